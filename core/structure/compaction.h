// Compaction: one step of moving live blocks together, as it goes through a keyspace and its
// values.
//
// Made by whoever walks (core/compactor.h), for one step: how much may still be looked at, and what
// came of it. Whoever owns references hands them to move(). No snapshot lives, and nothing retired
// waits.
#pragma once

#include "core/structure/owned.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

struct Compaction {
  Epoch& epoch;
  /// Blocks that may still be looked at. A step may overdraw a little, as it suits its structure.
  size_t budget;
  /// The most that is looked at in one collection.
  size_t collection_budget;
  uint64_t moved = 0;
  uint64_t kept = 0;

  /// True when the block has moved. The reference must not be empty.
  template <class T>
  bool move(Owned<T>& reference) {
    const bool has_moved = reference.relocate(epoch);
    has_moved ? ++moved : ++kept;
    if (budget != 0) --budget;
    return has_moved;
  }
};

}  // namespace sorrel
