#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

CommandGroup hash_rows() {
  return {"hash",
          "h",
          kNearlyAllFamilies,
          4,
          {
              {"hset", 8, {{"field_value", K::kByType, Given::kMany}}},
              {"hmset", 2, {{"field_value", K::kByType, Given::kMany}}},
              {"hsetnx", 3, {}},
              {"hget", 3, {}},
              {"hmget", 3, {}},
              {"hgetall", 2, {}},
              {"hkeys", 1, {}},
              {"hvals", 1, {}},
              {"hlen", 2, {}},
              {"hstrlen", 2, {}},
              {"hexists", 2, {}},
              {"hdel", 5, {{"field", K::kMember, Given::kMany}}},
              {"hincrby", 4, {}},
              {"hincrbyfloat", 3, {}},
              {"hrandfield", 2, {{"count", K::kManyOrAll}}},
              {"hscan", 2, {{"cursor", K::kScanStart}, {"COUNT", K::kWholeScan, Given::kAlways}}},
          }};
}

CommandGroup list_rows() {
  return {"list",
          "l",
          kNearlyAllFamilies,
          4,
          {
              {"lpush", 5, {{"element", K::kElement, Given::kMany}}},
              {"rpush", 5, {{"element", K::kElement, Given::kMany}}},
              {"lpushx", 2, {}},
              {"rpushx", 2, {}},
              {"lpop", 3, {}},
              {"rpop", 3, {}},
              {"llen", 2, {}},
              {"lindex", 3, {}},
              {"lrange", 4, {}},
              {"lset", 3, {}},
              {"linsert", 4, {}},
              {"lrem", 3, {}},
              {"ltrim", 2, {}},
              {"lpos", 4, {}},
              {"lmove", 4, {}},
              {"rpoplpush", 2, {}},
              {"lmpop", 3, {}},
          }};
}

CommandGroup set_rows() {
  return {"set",
          "s",
          kNearlyAllFamilies,
          4,
          {
              {"sadd", 10, {{"member", K::kMember, Given::kMany}}},
              {"srem", 4, {{"member", K::kMember, Given::kMany}}},
              {"sismember", 2, {}},
              {"smismember", 2, {}},
              {"scard", 2, {}},
              {"smembers", 2, {}},
              {"smove", 3, {}},
              {"spop", 1, {{"count", K::kManyOrAll}}},
              {"srandmember", 2, {{"count", K::kManyOrAll}}},
              {"sinter", 3, {}},
              {"sintercard", 3, {}},
              {"sinterstore", 3, {}},
              {"sunion", 2, {}},
              {"sunionstore", 2, {}},
              {"sdiff", 2, {}},
              {"sdiffstore", 3, {}},
              {"sscan", 2, {{"cursor", K::kScanStart}, {"COUNT", K::kWholeScan, Given::kAlways}}},
          }};
}

}  // namespace sorrel::test
