#include "tests/differential/command_rows.h"

namespace sorrel::test {
namespace {

using K = ValueKind;

}  // namespace

CommandGroup generic_rows() {
  return {"generic",
          kAllFamilies,
          kOpenFamilies,
          2,
          {
              {"copy", 4, {{"destination-db", K::kDatabase}}},
              {"del", 2, {}},
              {"unlink", 1, {}},
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
               {{"cursor", K::kScanStart},
                {"count", K::kWholeScan, Given::kAlways},
                {"type", K::kTypeName}}},
              {"randomkey", 1, {}},
              {"rename", 2, {}},
              {"renamenx", 3, {}},
              {"move", 2, {{"db", K::kDatabase}}},
          }};
}

/// Where two elements compare the same, their order means nothing: BY with ALPHA is a row without
/// what would make that show in a list that is stored. None with BY is made wrong, since any word
/// without a star in its place leaves a set unsorted.
CommandGroup sort_rows() {
  return {
      "sort",
      "lllllssz",
      kOpenFamilies,
      4,
      {
          {"sort", 5, {{"BY", K::kByPattern, Given::kNever}, {"GET", K::kGetPattern}}},
          {"sort",
           5,
           {{"BY", K::kByPattern, Given::kAlways},
            {"GET", K::kGetPattern},
            {"sorting", K::kByType, Given::kNever}},
           true},
          {"sort",
           1,
           {{"BY", K::kByPattern, Given::kAlways},
            {"LIMIT", K::kByType, Given::kNever},
            {"GET", K::kGetPattern, Given::kNever},
            {"sorting", K::kByType, Given::kAlways},
            {"STORE", K::kDestination, Given::kNever}},
           true},
          {"sort_ro",
           3,
           {{"BY", K::kByPattern}, {"GET", K::kGetPattern}, {"sorting", K::kByType, Given::kNever}},
           true},
      }};
}

CommandGroup connection_rows() {
  return {"connection",
          "k",
          kNearlyAllFamilies,
          1,
          {
              {"ping", 1, {{"message", K::kValue}}},
              {"echo", 1, {{"message", K::kValue}}},
              {"select", 1, {{"index", K::kDatabase}}},
              {"client|setname", 1, {{"connection-name", K::kClientName}}},
              {"client|getname", 1, {}},
          }};
}

CommandGroup server_rows() {
  return {"server",
          "k",
          kNearlyAllFamilies,
          1,
          {
              {"dbsize", 2, {}},
              {"flushdb", 1, {}},
              {"swapdb", 1, {{"index1", K::kDatabase}, {"index2", K::kDatabase}}},
              {"time", 1, {}},
          }};
}

}  // namespace sorrel::test
