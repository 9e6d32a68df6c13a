#include "core/structure/pass_through_heap.h"

#include "core/base/check.h"

namespace sorrel {

PassThroughHeap::PassThroughHeap(const Allocator& allocator, size_t stock_bytes_max)
    : host_(allocator, stock_bytes_max) {
  for (size_t i = 0; i < footprints_.size(); ++i) {
    // The most bytes of a class stand for all of it: callers round to 8 anyway.
    const size_t bytes = host_.footprint(size_class::bytes(i));
    VERIFY(bytes <= UINT16_MAX);
    footprints_[i] = static_cast<uint16_t>(bytes);
  }
}

void* PassThroughHeap::make_block(size_t bytes) {
  void* block = host_.try_allocate(bytes);
  if (block != nullptr) used_ += footprint(bytes);
  return block;
}

void PassThroughHeap::free_block(void* block, size_t bytes) {
  used_ -= footprint(bytes);
  host_.free(block, bytes);
}

}  // namespace sorrel
