#pragma once
#include "core/structure/heap.h"
namespace sorrel {
class Epoch {
 public:
  explicit Epoch(Heap& heap) : heap_(heap) {}
  Heap& heap() { return heap_; }
  bool reclaim(size_t) { return false; }

 private:
  Heap& heap_;
};
}  // namespace sorrel
