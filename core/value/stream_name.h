// StreamName: the name of a consumer group, or of a consumer, in one heap block.
//
//   | size (4) | text …
//
// Owned by the group or by the consumer that it names. Never changed: no snapshot, and nobody who
// borrows its address, sees it move but by compaction.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace sorrel {

class StreamName {
 public:
  /// Throws std::bad_alloc.
  static Owned<StreamName> make(Epoch& epoch, Bytes text) {
    void* block = epoch.heap().allocate(sizeof(StreamName) + text.size());
    return Owned<StreamName>::adopt(::new (block) StreamName(text), epoch);
  }

  Bytes text() const { return {reinterpret_cast<const char*>(this + 1), size_}; }

  // The contract of Owned<T>, see core/structure/kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = kinds::kStreamName;
  static size_t bytes(const StreamName& name) { return sizeof(StreamName) + name.size_; }

 private:
  explicit StreamName(Bytes text) : size_(static_cast<uint32_t>(text.size())) {
    text.copy(reinterpret_cast<char*>(this + 1), text.size());
  }

  uint32_t size_;
};
static_assert(sizeof(StreamName) == 4);

}  // namespace sorrel
