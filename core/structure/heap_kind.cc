#include "core/structure/heap_kind.h"

#include "core/structure/pass_through_heap.h"
#include "core/structure/slab_heap.h"

namespace sorrel {

std::unique_ptr<Heap> make_heap(HeapKind kind, const Allocator& allocator) {
  if (kind == HeapKind::kPassThrough) return std::make_unique<PassThroughHeap>(allocator);
  return std::make_unique<SlabHeap>(allocator);
}

}  // namespace sorrel
