// ClientMemory: how much memory the sessions' buffers take, and who takes most.
//
// Owned by the engine. Whoever carries a session tells its size whenever it may have changed.
// Sessions that may be evicted (maxmemory-clients) stand in lists by the power of two of their
// size, so that a largest one is found without looking at the others.
//
// Invariant: total() is the sum of what was last told of every open session.
#pragma once

#include "core/base/intrusive_list.h"
#include "core/session.h"

#include <array>
#include <cstddef>

namespace sorrel {

class ClientMemory {
 public:
  void account(Session& session, size_t bytes);
  void forget(Session& session);
  size_t total() const { return total_; }
  /// A session of the largest class, or nullptr when nobody may be evicted.
  Session* largest();

 private:
  // Classes from under 32 KiB to 4 GiB and over.
  static constexpr int kFirstClassBits = 15;
  static constexpr size_t kClasses = 18;
  static size_t class_of(size_t bytes);

  size_t total_ = 0;
  std::array<IntrusiveList<Session, &Session::memory_hook>, kClasses> classes_;
};

}  // namespace sorrel
