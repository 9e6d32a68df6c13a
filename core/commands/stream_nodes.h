// How many nodes the radix tree of Redis would have for a stream's blocks: what XINFO STREAM calls
// radix-tree-nodes. Sorrel has no such tree; people compare the number.
#pragma once

#include "core/value/stream.h"

#include <cstddef>

namespace sorrel {

/// Counted for the first kCountedBlocksMax blocks; where there are more, in proportion.
size_t count_radix_nodes(const Stream& stream);

inline constexpr size_t kCountedBlocksMax = 8192;

}  // namespace sorrel
