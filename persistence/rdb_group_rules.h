// What a consumer group does by itself (core/value/stream_group.h, GroupRules), in an RDB file.
//
// One of a stream's extras (rdb_stream_extras.h): a field for each group that has rules,
//
//   sorrel-group-rules    GROUP MAXDELIVERIES CONSUMERIDLE-MS [DEADLETTER-KEY]
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/value/stream.h"

#include <string>
#include <vector>

namespace sorrel {

inline constexpr Bytes kGroupRulesField = "sorrel-group-rules";

/// The fields' values; hardly ever any.
std::vector<std::string> group_rules_of(const Stream& stream);

/// False when it says nothing of a group that is there.
[[nodiscard]] bool apply_group_rules(Bytes field, Stream& stream, Epoch& epoch);

}  // namespace sorrel
