// The rows that say which commands the differential runner draws, how often, and what the arguments
// that COMMAND DOCS calls a plain integer or string really are.
//
// A new group of commands is a new list of rows; nothing else changes. The arguments' names are
// those of COMMAND DOCS. What isn't named gets values by its type.
#pragma once

#include "core/base/bytes.h"

#include <span>
#include <string>
#include <vector>

namespace sorrel::test {

enum class ValueKind {
  kByType,
  kKey,
  kValue,    // any string that a key may hold
  kInteger,  // small, or at the ends of 64 bits
  kIndex,    // small, negative too
  kFloat,
  kByteOffset,  // small enough not to make giants, or refused
  kBitOffset,
  kFieldType,    // i8, u63, ...
  kFieldOffset,  // 12, #3
  kBit,
  kBitOperation,
  kDatabase,
  kFarSeconds,  // relative and unlike any other, so that no two runs differ by a tie
  kFarMilliseconds,
  kUnixSeconds,  // far away, or long past
  kUnixMilliseconds,
  kUnixSecondsAhead,  // never past: what is stored already expired counts in DBSIZE until it is
                      // found
  kUnixMillisecondsAhead,
  kPattern,
  kWholeScan,  // a COUNT that visits everything at once
  kScanStart,  // a cursor of which only 0 means the same everywhere
  kTypeName,
  kProtocolVersion,
  kClientName,
  kBadNumber,
  kCount,  // how many: small, zero and negative too
};

struct ArgumentValue {
  Bytes argument;
  ValueKind kind;
  bool always = false;  // an option that is given each time
};

struct CommandRow {
  Bytes name;  // as in COMMAND DOCS: "set", "object|encoding"
  int weight;
  std::vector<ArgumentValue> values;
};

struct CommandGroup {
  Bytes name;
  std::vector<CommandRow> rows;
};

/// All groups; the types' own groups make values of the wrong type for the others.
std::vector<CommandGroup> command_groups();

}  // namespace sorrel::test
