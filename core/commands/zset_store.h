// Storing a sorted set that a command has made: what ZUNIONSTORE and its like, ZRANGESTORE and
// GEOSEARCHSTORE have in common.
#pragma once

#include "core/command/context.h"
#include "core/value/zset_builder.h"

namespace sorrel {

/// Puts what was built in the place of whatever the key held; nothing deletes the key. Announces
/// `event`, or "del", and answers the number of members.
void store_zset(Context& context, Bytes key, ZsetBuilder& result, Bytes event);

/// A range of indexes as ZRANGE takes them, from the end when negative, as ranks of a set.
RankRange indexes_to_ranks(int64_t start, int64_t stop, uint64_t size);

}  // namespace sorrel
