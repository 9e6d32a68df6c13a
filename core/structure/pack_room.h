// PackRoom: how much room a packed array gets when it grows or shrinks: one rule for Pack and
// IntPack.
//
// A first filling gets what it needs; what grows after that gets an eighth more, so that n appends
// copy O(n) bytes. Both take the rest of the heap's size class, which costs nothing. A block is
// given up for a smaller one when less than half of it is used.
#pragma once

#include "core/structure/heap.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sorrel {

struct PackRoom {
  static constexpr size_t kStep = 8;
  static constexpr size_t kCapacityMax = UINT32_MAX - 32;
  /// Smaller blocks aren't worth a copy.
  static constexpr size_t kShrunkMin = 64;

  /// The capacity of a block with `header` bytes before its contents of `needed` bytes.
  static uint32_t exact(const Heap& heap, size_t header, size_t needed) {
    const size_t asked = (header + needed + kStep - 1) & ~(kStep - 1);
    const size_t taken = heap.footprint(asked);
    // Some hosts count their own header in, and what they say can't be asked for.
    const bool usable = taken > asked && heap.footprint(taken) == taken;
    return static_cast<uint32_t>(std::min((usable ? taken : asked) - header, kCapacityMax));
  }
  static uint32_t grown(const Heap& heap, size_t header, size_t needed) {
    return exact(heap, header, std::min(needed + std::max(needed / 8, kStep), kCapacityMax));
  }
  static bool too_big(size_t capacity, size_t needed) {
    return capacity > kShrunkMin && needed < capacity / 2;
  }
};

}  // namespace sorrel
