#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

CommandGroup sorted_set_rows() {
  return {"sorted-set",
          "zzzzzs",
          kOpenFamilies,
          4,
          {
              {"zadd",
               10,
               {{"score_member", K::kByType, Given::kMany},
                {"condition", K::kByType, Given::kNever},
                {"comparison", K::kByType, Given::kNever},
                {"increment", K::kByType, Given::kNever}}},
              {"zadd", 6, {{"score_member", K::kByType, Given::kMany}}},
              {"zincrby", 4, {{"increment", K::kScore}}},
              {"zrem", 4, {{"member", K::kMember, Given::kMany}}},
              {"zcard", 1, {}},
              {"zscore", 2, {}},
              {"zmscore", 2, {}},
              {"zrank", 2, {}},
              {"zrevrank", 2, {}},
              {"zcount", 2, {}},
              {"zrange",
               3,
               {{"start", K::kIndex}, {"stop", K::kIndex}, {"sortby", K::kByType, Given::kNever}}},
              {"zrange",
               3,
               {{"start", K::kScoreBound},
                {"stop", K::kScoreBound},
                {"sortby", K::kByType, Given::kAlways, "byscore"}}},
              {"zrevrange", 2, {}},
              {"zrangebyscore", 3, {}},
              {"zrevrangebyscore", 3, {}},
              {"zrangestore",
               2,
               {{"min", K::kIndex}, {"max", K::kIndex}, {"sortby", K::kByType, Given::kNever}}},
              {"zrangestore",
               2,
               {{"min", K::kScoreBound},
                {"max", K::kScoreBound},
                {"sortby", K::kByType, Given::kAlways, "byscore"}}},
              {"zremrangebyrank", 2, {}},
              {"zremrangebyscore", 2, {}},
              {"zpopmin", 2, {}},
              {"zpopmax", 2, {}},
              {"zmpop", 2, {}},
              {"zrandmember", 2, {{"count", K::kManyOrAll}}},
              {"zunion", 2, {}},
              {"zunionstore", 3, {}},
              {"zinter", 2, {}},
              {"zinterstore", 3, {}},
              {"zintercard", 2, {}},
              {"zdiff", 2, {}},
              {"zdiffstore", 3, {}},
              {"zscan", 2, {{"cursor", K::kScanStart}, {"COUNT", K::kWholeScan, Given::kAlways}}},
          }};
}

CommandGroup lexicographic_rows() {
  return {
      "lexicographic",
      "x",
      "x",
      4,
      {
          {"zadd", 4, {{"score_member", K::kByType, Given::kMany}, {"score", K::kSameScore}}, true},
          {"zrem", 1, {}},
          {"zrank", 1, {}},
          {"zrangebylex", 2, {{"min", K::kLexBound}, {"max", K::kLexBound}}},
          {"zrevrangebylex", 2, {{"min", K::kLexBound}, {"max", K::kLexBound}}},
          {"zlexcount", 2, {{"min", K::kLexBound}, {"max", K::kLexBound}}},
          {"zremrangebylex", 1, {{"min", K::kLexBound}, {"max", K::kLexBound}}},
          {"zrange",
           2,
           {{"start", K::kLexBound},
            {"stop", K::kLexBound},
            {"sortby", K::kByType, Given::kAlways, "bylex"}}},
          {"zrangestore",
           1,
           {{"min", K::kLexBound},
            {"max", K::kLexBound},
            {"sortby", K::kByType, Given::kAlways, "bylex"}}},
      }};
}

CommandGroup geo_rows() {
  return {"geo",
          "g",
          "g",
          4,
          {
              {"geoadd", 10, {{"longitude_latitude_member", K::kByType, Given::kMany}}},
              {"geodist", 2, {}},
              {"geohash", 2, {}},
              {"geopos", 2, {}},
              {"georadius", 1, {}},
              {"georadius",
               2,
               {{"STORE", K::kDestination, Given::kNever},
                {"STOREDIST", K::kDestination, Given::kNever}}},
              {"georadius_ro", 1, {}},
              {"georadiusbymember", 1, {}},
              {"georadiusbymember",
               2,
               {{"STORE", K::kDestination, Given::kNever},
                {"STOREDIST", K::kDestination, Given::kNever}}},
              {"georadiusbymember_ro", 1, {}},
              {"geosearch", 5, {}},
              {"geosearchstore", 3, {}},
              {"zrem", 1, {}},
              {"zrange",
               1,
               {{"start", K::kIndex}, {"stop", K::kIndex}, {"sortby", K::kByType, Given::kNever}}},
          }};
}

}  // namespace sorrel::test
