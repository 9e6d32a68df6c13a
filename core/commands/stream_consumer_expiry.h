// Consumers that went away: when a group has an idle time for its consumers (CONSUMERIDLE,
// docs/streams.md), those that haven't asked for anything for so long are deleted, and what they
// had pending is handed back.
//
// There is no timer: whoever reads or claims in the group looks at a few, in turn.
#pragma once

#include "core/command/context.h"
#include "core/value/stream_group.h"

#include <cstdint>

namespace sorrel {

/// Bounded work: kConsumersLookedAt consumers, kEntriesHandedBack entries. `asking` stays.
void expire_idle_consumers(Context& context, KeyWriter& key, StreamGroup& group, uint32_t asking);

inline constexpr size_t kConsumersLookedAt = 4;
inline constexpr size_t kEntriesHandedBack = 100;

}  // namespace sorrel
