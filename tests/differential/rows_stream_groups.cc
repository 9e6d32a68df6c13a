#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

// Streams that no other group's commands meet: what they pend on shows in no digest, but in what
// these commands answer.
CommandGroup stream_group_rows() {
  return {"stream-groups",
          "ccccc",
          "c",
          4,
          {
              {"xadd",
               8,
               {{"id_or_auto", K::kByType, Given::kAlways, "id"},
                {"id", K::kStreamNewId},
                {"trim", K::kByType, Given::kNever}}},
              {"xdel", 2, {{"id", K::kStreamId}}},
              {"xtrim", 1, {{"threshold", K::kStreamThreshold}}},
              {"xgroup|create",
               4,
               {{"groupname", K::kGroupName}, {"id", K::kStreamId}, {"ENTRIESREAD", K::kCount}}},
              {"xgroup|setid",
               1,
               {{"groupname", K::kGroupName}, {"id", K::kStreamId}, {"ENTRIESREAD", K::kCount}}},
              {"xgroup|destroy", 1, {{"groupname", K::kGroupName}}},
              {"xgroup|createconsumer",
               1,
               {{"groupname", K::kGroupName}, {"consumername", K::kConsumerName}}},
              {"xgroup|delconsumer",
               1,
               {{"groupname", K::kGroupName}, {"consumername", K::kConsumerName}}},
              {"xreadgroup",
               8,
               {{"group", K::kGroupName},
                {"consumer", K::kConsumerName},
                {"id", K::kReadPosition},
                {"BLOCK", K::kByType, Given::kNever}}},
              {"xack", 4, {{"group", K::kGroupName}, {"id", K::kStreamId}}},
              {"xclaim",
               4,
               {{"group", K::kGroupName},
                {"consumer", K::kConsumerName},
                {"min-idle-time", K::kIdleTime},
                {"id", K::kStreamId},
                {"IDLE", K::kByType, Given::kNever},
                {"TIME", K::kByType, Given::kNever},
                {"LASTID", K::kStreamId}}},
              {"xautoclaim",
               3,
               {{"group", K::kGroupName},
                {"consumer", K::kConsumerName},
                {"min-idle-time", K::kIdleTime},
                {"start", K::kStreamBound}}},
              {"xpending",
               4,
               {{"group", K::kGroupName},
                {"IDLE", K::kIdleTime},
                {"start", K::kStreamBound},
                {"end", K::kStreamBound},
                {"count", K::kCount},
                {"consumer", K::kConsumerName}}},
              {"xinfo|groups", 2, {}},
          }};
}

}  // namespace sorrel::test
