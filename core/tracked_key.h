// TrackedKey: a key that sessions have read, and which sessions, in one block.
//
//   | key size (4) | sessions (4) | id (8) … ascending, room for a power of two of them | key … |
//
// Owned by the tracking table (core/tracking.h), in an epoch in which no snapshot ever begins.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorrel {

class TrackedKey {
 public:
  /// Throws std::bad_alloc. There is at least one id; they ascend.
  static Owned<TrackedKey> make(Epoch& epoch, Bytes key, std::span<const uint64_t> sessions);

  Bytes table_key() const { return {at(sizeof *this + capacity() * sizeof(uint64_t)), key_bytes_}; }
  std::span<const uint64_t> sessions() const { return {ids(), count_}; }
  bool contains(uint64_t session) const;
  /// No room: a larger one has to be made.
  bool full() const { return count_ == capacity(); }
  /// It isn't full, and doesn't contain the session.
  void add(uint64_t session);

  // The contract of Owned<T>, see core/structure/kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = kinds::kTrackedKey;
  static size_t bytes(const TrackedKey& key) { return bytes_for(key.key_bytes_, key.capacity()); }

 private:
  TrackedKey(Bytes key, std::span<const uint64_t> sessions);
  static size_t bytes_for(size_t key_bytes, size_t capacity) {
    return sizeof(TrackedKey) + capacity * sizeof(uint64_t) + key_bytes;
  }
  size_t capacity() const;
  uint64_t* ids() { return reinterpret_cast<uint64_t*>(this + 1); }
  const uint64_t* ids() const { return reinterpret_cast<const uint64_t*>(this + 1); }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }

  uint32_t key_bytes_;
  uint32_t count_;
};
static_assert(sizeof(TrackedKey) == 8);

}  // namespace sorrel
