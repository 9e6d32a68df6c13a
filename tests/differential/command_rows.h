// The rows that say which commands the differential runner draws, how often, and what the arguments
// that COMMAND DOCS calls a plain integer or string really are.
//
// A new group of commands is a new list of rows; nothing else changes. The arguments' names are
// those of COMMAND DOCS. What isn't named gets values by its own name (a member, a score) or its
// type. A command may have several rows, each with another of its forms.
//
// A key's first letter is its family: the type that it holds, mostly. So a group's commands meet
// values that they can work with, and now and then one that they can't.
#pragma once

#include "core/base/bytes.h"

#include <span>
#include <string>
#include <vector>

namespace sorrel::test {

enum class ValueKind {
  kByType,
  kKey,
  kDestination,  // a key, mostly one that little else is done with, since a result takes its place
  kValue,        // any string that a key may hold
  kInteger,      // small, or at the ends of 64 bits
  kIndex,        // small, negative too
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
  kCount,       // how many: small, zero and negative too
  kMember,      // of a set or a sorted set, a field of a hash: out of few, so that they meet
  kElement,     // of a list: often a number, often there already
  kRank,        // which of the matches: from 1 on, or from the end
  kScore,       // of a sorted set: many ties, infinities, -0, nan
  kSameScore,   // every one alike
  kScoreBound,  // 1, (1, -inf
  kLexBound,    // [m1, (m1, -, +
  kLongitude,
  kLatitude,
  kDistance,
  kByPattern,        // k*, h*->m1, nosort
  kGetPattern,       // the same, #, and what has no star
  kSketchWord,       // what PFDEBUG does
  kStreamNewId,      // of an entry to come: mostly greater than all before
  kStreamLastId,     // greater than all before
  kStreamId,         // of an entry that may be there
  kStreamBound,      // an end of a range of them
  kGroupName,        // of a consumer group, one of few
  kConsumerName,     // the same of its consumers
  kReadPosition,     // what XREADGROUP reads from: mostly what is new
  kIdleTime,         // none, or more than any entry has been idle
  kStreamThreshold,  // how many entries are to stay, or from which ID on
  kManyOrAll,        // elements drawn at random: a few, more than there are, too many
};

/// Given::kMany: repeated some hundred times now and then, to leave the small encodings behind.
enum class Given { kSometimes, kAlways, kNever, kMany };

struct ArgumentValue {
  Bytes argument;  // its name, or the token before it
  ValueKind kind = ValueKind::kByType;
  Given given = Given::kSometimes;
  Bytes choice = {};  // where the argument is one of several: which
};

struct CommandRow {
  Bytes name;  // as in COMMAND DOCS: "set", "object|encoding"
  int weight;
  std::vector<ArgumentValue> values;
  bool always_right = false;  // never made wrong
};

/// Families of keys whose values mean something only to their own commands, so that a command that
/// is given such a key gets no other: all scores of x are the same, because ranges by name are
/// defined for such sorted sets alone; those of g are places; and in p a damaged HyperLogLog would
/// be changed by a command that fails, which Redis does and Sorrel doesn't.
constexpr Bytes kClosedFamilies = "gpx";
/// What a group's keys may be besides its own.
constexpr Bytes kOpenFamilies = "khlszt";
/// The same if neither a sorted set nor a piece of a string can come of it.
constexpr Bytes kNearlyAllFamilies = "khlsztgx";
constexpr Bytes kAllFamilies = "khlsztgxp";

struct CommandGroup {
  Bytes name;
  Bytes families;  // a letter each; one that stands twice is drawn twice as often
  Bytes others;    // families of a strange key
  int weight;      // times those of its rows
  std::vector<CommandRow> rows;
};

CommandGroup string_rows();
CommandGroup bitmap_rows();
CommandGroup hyperloglog_rows();
CommandGroup generic_rows();
CommandGroup sort_rows();
CommandGroup connection_rows();
CommandGroup server_rows();
CommandGroup hash_rows();
CommandGroup list_rows();
CommandGroup set_rows();
CommandGroup sorted_set_rows();
CommandGroup lexicographic_rows();
CommandGroup geo_rows();
CommandGroup stream_rows();
CommandGroup stream_group_rows();

/// All groups; the types' own groups make values of the wrong type for the others.
std::vector<CommandGroup> command_groups();

}  // namespace sorrel::test
