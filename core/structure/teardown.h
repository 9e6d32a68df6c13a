// Teardown: frees one thing and all that it owns, a few blocks at a time.
//
// It keeps the path from the top to where it is (a table's root, page, segment, an entry, its
// value's nodes …), asks each block for its next child, frees children that own nothing, descends
// into the others, and frees a block when its children are gone. It never allocates, so it can't
// fail. Owned by the epoch, or on the stack of a drop of something small.
#pragma once

#include "core/structure/heap.h"
#include "core/structure/kind.h"

#include <array>
#include <cstddef>

namespace sorrel {

class Teardown {
 public:
  explicit Teardown(Heap& heap) : heap_(&heap) {}
  bool busy() const { return depth_ != 0; }
  /// Only when not busy, and only something that has a weight.
  void begin(const Remains& top);
  /// Frees at most `blocks` blocks; returns how many it did.
  size_t run(size_t blocks);

 private:
  // Root, page, segment, entry, value object, again a table's three and an item, a tree's levels.
  static constexpr size_t kDepthMax = 32;
  struct Frame {
    Remains remains;
    size_t position;
  };
  void descend(const Remains& remains);
  void free_block(const Remains& remains) { heap_->free(remains.block, bytes_of(remains)); }

  Heap* heap_;
  size_t depth_ = 0;
  std::array<Frame, kDepthMax> path_;
};

}  // namespace sorrel
