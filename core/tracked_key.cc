#include "core/tracked_key.h"

#include "core/base/check.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace sorrel {

TrackedKey::TrackedKey(Bytes key, std::span<const uint64_t> sessions)
    : key_bytes_(static_cast<uint32_t>(key.size())),
      count_(static_cast<uint32_t>(sessions.size())) {
  std::copy(sessions.begin(), sessions.end(), ids());
  key.copy(reinterpret_cast<char*>(ids() + capacity()), key.size());
}

Owned<TrackedKey> TrackedKey::make(Epoch& epoch, Bytes key, std::span<const uint64_t> sessions) {
  VERIFY(key.size() <= UINT32_MAX && !sessions.empty());
  void* const block = epoch.heap().allocate(bytes_for(key.size(), std::bit_ceil(sessions.size())));
  return Owned<TrackedKey>::adopt(new (block) TrackedKey(key, sessions), epoch);
}

size_t TrackedKey::capacity() const {
  return std::bit_ceil(size_t{count_});
}

bool TrackedKey::contains(uint64_t session) const {
  return std::binary_search(ids(), ids() + count_, session);
}

void TrackedKey::add(uint64_t session) {
  VERIFY(!full());
  uint64_t* const end = ids() + count_;
  uint64_t* const place = std::lower_bound(ids(), end, session);
  std::copy_backward(place, end, end + 1);
  *place = session;
  ++count_;
}

}  // namespace sorrel
