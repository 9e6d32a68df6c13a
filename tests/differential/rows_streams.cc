#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

// IDs are given, never made up: two servers' clocks differ.
CommandGroup stream_rows() {
  return {"stream",
          "ttttts",
          kOpenFamilies,
          4,
          {
              {"xadd",
               16,
               {{"id_or_auto", K::kByType, Given::kAlways, "id"},
                {"id", K::kStreamNewId},
                {"nomkstream", K::kByType, Given::kNever},
                {"trim", K::kByType, Given::kNever}}},
              {"xadd",
               6,
               {{"id_or_auto", K::kByType, Given::kAlways, "id"},
                {"id", K::kStreamNewId},
                {"threshold", K::kStreamThreshold},
                {"field_value", K::kByType, Given::kMany}}},
              {"xdel", 4, {{"id", K::kStreamId}}},
              {"xlen", 1, {}},
              {"xtrim", 2, {{"threshold", K::kStreamThreshold}}},
              {"xrange", 3, {{"start", K::kStreamBound}, {"end", K::kStreamBound}}},
              {"xrevrange", 3, {{"start", K::kStreamBound}, {"end", K::kStreamBound}}},
              {"xread", 3, {{"id", K::kStreamId}, {"BLOCK", K::kByType, Given::kNever}}},
              {"xsetid",
               1,
               {{"last-id", K::kStreamLastId},
                {"ENTRIESADDED", K::kCount},
                {"MAXDELETEDID", K::kStreamId}},
               true},
              {"xinfo|stream", 3, {}},
          }};
}

}  // namespace sorrel::test
