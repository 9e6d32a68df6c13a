// What XINFO says of consumer groups, the part of XINFO STREAM FULL included.
#pragma once

#include "core/command/context.h"
#include "core/value/stream.h"

#include <cstdint>

namespace sorrel {

/// The array of all groups for XINFO STREAM FULL: at most `count` pending entries of each group and
/// each consumer (0: all).
void reply_groups_in_full(Context& context, const Stream& stream, uint64_t count);

}  // namespace sorrel
