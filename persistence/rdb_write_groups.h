// Writes a stream's consumer groups in the RDB format: the second half of a
// stream.
//
//   groups: | name | last ID | entries read | pending … | consumers … |
//   pending: | ID (16) | time (8) | deliveries |
//   consumer: | name | seen (8) | active (8, third form) | IDs of its pending
//   entries (16 each) … |
//
// An entry that was handed back and belongs to nobody can't be told in this
// format, and Redis 7 breaks on one: it is written as a consumer's without a
// name, and taken back from that one when it is read.
#pragma once

#include "core/value/stream_groups.h"
#include "persistence/rdb_output.h"

namespace sorrel {

void write_rdb_groups(const StreamGroups& groups, int version, RdbOutput& output);

}  // namespace sorrel
