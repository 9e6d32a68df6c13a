#include "core/client_memory.h"

#include <algorithm>
#include <bit>

namespace sorrel {

size_t ClientMemory::class_of(size_t bytes) {
  const int bits = std::bit_width(bytes) - kFirstClassBits;
  return static_cast<size_t>(std::clamp(bits, 0, static_cast<int>(kClasses) - 1));
}

void ClientMemory::account(Session& session, size_t bytes) {
  const bool evictable = !session.has(Session::kNoEvict | Session::kReplica | Session::kInternal);
  if (bytes == session.memory_bytes && evictable == session.memory_hook.linked()) return;
  const bool same_class = class_of(bytes) == class_of(session.memory_bytes);
  total_ += bytes - session.memory_bytes;
  session.memory_bytes = bytes;
  if (same_class && evictable == session.memory_hook.linked()) return;
  session.memory_hook.unlink();
  if (evictable) classes_[class_of(bytes)].push_back(session);
}

void ClientMemory::forget(Session& session) {
  total_ -= session.memory_bytes;
  session.memory_bytes = 0;
  session.memory_hook.unlink();
}

Session* ClientMemory::largest() {
  for (size_t i = kClasses; i-- > 0;) {
    if (!classes_[i].empty()) return &classes_[i].front();
  }
  return nullptr;
}

}  // namespace sorrel
