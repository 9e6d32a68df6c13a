// How far a group has read: of all entries that were ever added to its stream, how many are at or
// before an ID, as far as that can be told.
//
// A stream counts what was added and what is there, not what stood where; so the number is known at
// its ends, and in between for a group that has counted along while nothing was deleted ahead of
// it. The rules are Redis's, https://redis.io/docs/latest/commands/xinfo-groups/ (consumer group
// lag).
#pragma once

#include "core/value/stream.h"
#include "core/value/stream_group.h"

#include <cstdint>
#include <optional>

namespace sorrel {

/// Entries ever added, up to this ID; StreamGroup::kUnknown.
int64_t entries_read_at(const Stream& stream, StreamId id);
/// The same once the group has been given `id`, which is the next entry.
int64_t entries_read_after(const Stream& stream, const StreamGroup& group, StreamId id);
/// Entries that the group has still to be given; nothing when nobody can tell.
std::optional<int64_t> lag_of(const Stream& stream, const StreamGroup& group);

}  // namespace sorrel
