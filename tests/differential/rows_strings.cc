#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

CommandGroup string_rows() {
  return {"string",
          "k",
          kNearlyAllFamilies,
          2,
          {
              {"set",
               14,
               {{"value", K::kValue},
                {"unix-time-seconds", K::kUnixSecondsAhead},
                {"unix-time-milliseconds", K::kUnixMillisecondsAhead}}},
              {"get", 6, {}},
              {"getset", 2, {{"value", K::kValue}}},
              {"getdel", 2, {}},
              {"getex", 4, {}},
              {"setnx", 2, {{"value", K::kValue}}},
              {"setex", 2, {{"value", K::kValue}}},
              {"psetex", 2, {{"value", K::kValue}}},
              {"append", 5, {{"value", K::kValue}}},
              {"strlen", 2, {}},
              {"getrange", 4, {}},
              {"substr", 2, {}},
              {"setrange", 4, {{"offset", K::kByteOffset}, {"value", K::kValue}}},
              {"incr", 3, {}},
              {"decr", 3, {}},
              {"incrby", 4, {}},
              {"decrby", 4, {}},
              {"incrbyfloat", 4, {{"increment", K::kFloat}}},
              {"mget", 3, {}},
              {"mset", 3, {{"value", K::kValue}}},
              {"msetnx", 2, {{"value", K::kValue}}},
              {"lcs", 3, {{"len", K::kCount}}},
          }};
}

CommandGroup bitmap_rows() {
  return {"bitmap",
          "k",
          kNearlyAllFamilies,
          1,
          {
              {"setbit", 6, {{"offset", K::kBitOffset}, {"value", K::kBit}}},
              {"getbit", 3, {{"offset", K::kBitOffset}}},
              {"bitcount", 4, {}},
              {"bitpos", 4, {{"bit", K::kBit}}},
              {"bitop", 4, {{"operation", K::kBitOperation}}},
              {"bitfield",
               6,
               {{"encoding", K::kFieldType},
                {"offset", K::kFieldOffset},
                {"value", K::kInteger},
                {"increment", K::kInteger}}},
              {"bitfield_ro", 3, {{"encoding", K::kFieldType}, {"offset", K::kFieldOffset}}},
          }};
}

CommandGroup hyperloglog_rows() {
  return {"hyperloglog",
          "p",
          kOpenFamilies,
          4,
          {
              {"pfadd", 8, {{"element", K::kMember, Given::kMany}}},
              {"pfcount", 5, {}},
              {"pfmerge", 4, {}},
              {"getset", 1, {{"value", K::kValue}}},
              {"pfdebug", 1, {{"subcommand", K::kSketchWord}}},
          }};
}

}  // namespace sorrel::test
