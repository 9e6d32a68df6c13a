#include "core/structure/measure.h"

namespace sorrel {
namespace {

// Children of a block that stand for all of them.
constexpr size_t kSampled = 3;

size_t count_children(const Remains& thing) {
  size_t count = 0;
  for (size_t position = 0; thing.kind->next_child(thing.block, position);) ++count;
  return count;
}

}  // namespace

// As deep as the thing is, which Teardown bounds.
size_t measured_footprint(const Heap& heap, const Remains& thing) {
  const size_t own = heap.footprint(bytes_of(thing));
  if (weight_of(thing) == 0) return own;
  const size_t children = count_children(thing);
  if (children == 0) return own;
  const size_t stride = (children + kSampled - 1) / kSampled;
  size_t sampled = 0;
  size_t bytes = 0;
  size_t position = 0;
  for (size_t i = 0; i < children; ++i) {
    const Remains child = thing.kind->next_child(thing.block, position);
    if (i % stride != 0) continue;
    bytes += measured_footprint(heap, child);
    ++sampled;
  }
  return own + bytes * children / sampled;
}

}  // namespace sorrel
