#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

CommandGroup string_rows() {
  return {"string",
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

CommandGroup generic_rows() {
  return {"generic",
          {
              {"copy", 4, {{"destination-db", K::kDatabase}}},
              {"del", 3, {}},
              {"unlink", 2, {}},
              {"exists", 2, {}},
              {"touch", 1, {}},
              {"expire", 4, {}},
              {"pexpire", 4, {}},
              {"expireat", 4, {}},
              {"pexpireat", 4, {}},
              {"ttl", 2, {}},
              {"pttl", 2, {}},
              {"expiretime", 3, {}},
              {"pexpiretime", 3, {}},
              {"persist", 2, {}},
              {"type", 2, {}},
              {"object|encoding", 4, {}},
              {"object|refcount", 1, {}},
              {"object|freq", 1, {}},
              {"object|idletime", 1, {}},
              {"keys", 1, {}},
              {"scan",
               2,
               {{"cursor", K::kScanStart}, {"count", K::kWholeScan, true}, {"type", K::kTypeName}}},
              {"randomkey", 1, {}},
              {"rename", 3, {}},
              {"renamenx", 3, {}},
              {"move", 2, {{"db", K::kDatabase}}},
          }};
}

CommandGroup connection_rows() {
  return {"connection",
          {
              {"ping", 1, {{"message", K::kValue}}},
              {"echo", 1, {{"message", K::kValue}}},
              {"select", 2, {{"index", K::kDatabase}}},
              {"client|setname", 1, {{"connection-name", K::kClientName}}},
              {"client|getname", 1, {}},
          }};
}

CommandGroup server_rows() {
  return {"server",
          {
              {"dbsize", 2, {}},
              {"flushdb", 1, {}},
              {"swapdb", 1, {{"index1", K::kDatabase}, {"index2", K::kDatabase}}},
              {"time", 1, {}},
          }};
}

}  // namespace

std::vector<CommandGroup> command_groups() {
  return {string_rows(), bitmap_rows(), generic_rows(), connection_rows(), server_rows()};
}

}  // namespace sorrel::test
