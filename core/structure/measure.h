// What a thing takes with all that it owns, from samples.
//
// Of the children of each block a few, spread evenly, stand for all; so the cost is some hundred
// blocks looked at, however big the thing is. Exact where no block has more children than are
// sampled, or where siblings are alike. The same thing, unchanged, always measures the same.
#pragma once

#include "core/structure/heap.h"
#include "core/structure/kind.h"

#include <cstddef>

namespace sorrel {

/// Bytes, footprints counted.
size_t measured_footprint(const Heap& heap, const Remains& thing);

}  // namespace sorrel
