// CommandSpec: a command, declared once, in one constexpr row beside its handler.
//
// Everything that is known about a command derives from its row: dispatch, arity, the gate's
// checks, COMMAND and its subcommands, the keys of a call, ACL categories, documentation, the
// fuzzers' dictionaries and the differential runner's generators. A row is checked when it is
// compiled (check_rows).
//
// A subcommand is a row of its own named "parent|child" in lower case; the parent's row has no
// handler.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorrel {

class Context;
using Handler = void (*)(Context&);

/// The flags of COMMAND INFO, in its order.
enum CommandFlag : uint32_t {
  kWrite = 1u << 0,
  kReadonly = 1u << 1,
  kDenyOom = 1u << 2,
  kAdmin = 1u << 3,
  kPubsub = 1u << 4,
  kNoscript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,
  kStale = 1u << 8,
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kAsking = 1u << 11,
  kFast = 1u << 12,
  kNoAuth = 1u << 13,
  kMayReplicate = 1u << 14,
  kNoMandatoryKeys = 1u << 15,
  kNoAsyncLoading = 1u << 16,
  kNoMulti = 1u << 17,
  kMovableKeys = 1u << 18,
  kAllowBusy = 1u << 19,
  /// Not shown: refused unless enable-debug-command allows it.
  kDebugCommand = 1u << 20,
  /// Not shown: runs at once even when a transaction is open.
  kNeverQueued = 1u << 21,
  /// Not shown: runs what was queued, so it writes what that writes.
  kRunsQueue = 1u << 22,
  /// Not shown: may be called by a RESP2 client that is subscribed.
  kWhileSubscribed = 1u << 23,
};

/// ACL categories that do not follow from the flags (those that do are added by categories()).
enum Category : uint32_t {
  kCategoryKeyspace = 1u << 0,
  kCategoryRead = 1u << 1,
  kCategoryWrite = 1u << 2,
  kCategorySet = 1u << 3,
  kCategorySortedSet = 1u << 4,
  kCategoryList = 1u << 5,
  kCategoryHash = 1u << 6,
  kCategoryString = 1u << 7,
  kCategoryBitmap = 1u << 8,
  kCategoryHyperLogLog = 1u << 9,
  kCategoryGeo = 1u << 10,
  kCategoryStream = 1u << 11,
  kCategoryPubsub = 1u << 12,
  kCategoryAdmin = 1u << 13,
  kCategoryFast = 1u << 14,
  kCategorySlow = 1u << 15,
  kCategoryBlocking = 1u << 16,
  kCategoryDangerous = 1u << 17,
  kCategoryConnection = 1u << 18,
  kCategoryTransaction = 1u << 19,
  kCategoryScripting = 1u << 20,
};

/// What a call does with a key (COMMAND INFO's key specifications).
enum KeyFlag : uint16_t {
  kKeyRO = 1 << 0,
  kKeyRW = 1 << 1,
  kKeyOW = 1 << 2,
  kKeyRM = 1 << 3,
  kKeyAccess = 1 << 4,
  kKeyUpdate = 1 << 5,
  kKeyInsert = 1 << 6,
  kKeyDelete = 1 << 7,
  kKeyNotKey = 1 << 8,
  kKeyIncomplete = 1 << 9,
  kKeyVariableFlags = 1 << 10,
};

/// How to find some of a call's keys: where the search begins, and how the keys lie from there.
struct KeySpec {
  enum class Begin : uint8_t { kNone, kIndex, kKeyword, kUnknown };
  enum class Find : uint8_t { kRange, kCount, kUnknown };

  uint16_t flags = 0;
  Begin begin = Begin::kNone;
  int index = 0;       // kIndex: argument number; kKeyword: where to start looking
  Bytes keyword = {};  // kKeyword
  Find find = Find::kRange;
  int last = 0;  // kRange: last key relative to the first; negative counts from the end
  int step = 1;
  int limit = 0;        // kRange with last == -1: only the first 1/limit of the rest
  int count_index = 0;  // kCount: where the number of keys stands, relative to the start
  int first = 0;        // kCount: first key, relative to the start
};

constexpr KeySpec key_at(int index, unsigned flags) {
  KeySpec spec;
  spec.flags = static_cast<uint16_t>(flags);
  spec.begin = KeySpec::Begin::kIndex;
  spec.index = index;
  return spec;
}
/// Keys from `index` to `last` (relative to index; -1: to the end) in steps.
constexpr KeySpec keys_from(int index, int last, int step, unsigned flags) {
  KeySpec spec = key_at(index, flags);
  spec.last = last;
  spec.step = step;
  return spec;
}
/// `numkeys key…`, with numkeys at `index`.
constexpr KeySpec keys_counted(int index, unsigned flags) {
  KeySpec spec = key_at(index, flags);
  spec.find = KeySpec::Find::kCount;
  spec.first = 1;
  return spec;
}

constexpr size_t kKeySpecsMax = 4;

struct CommandSpec {
  Bytes name;                 // lower case; "parent|child" for a subcommand
  Handler handler = nullptr;  // null only for a parent
  int arity = 0;              // with the command's name; negative: at least
  uint32_t flags = 0;
  uint32_t categories = 0;
  KeySpec keys[kKeySpecsMax] = {};
  /// What this call does with its keys, where its options decide (kKeyVariableFlags). The arguments
  /// needn't be valid: the call hasn't been parsed.
  uint16_t (*key_flags_of)(std::span<const Bytes> args) = nullptr;
  /// The argument that is the key of the last specification, where that is unknown; 0: there is
  /// none in this call, which needn't be valid either.
  size_t (*unknown_key_of)(std::span<const Bytes> args) = nullptr;
  /// Where the last specification is incomplete (kKeyIncomplete): the argument from which on all of
  /// this call's keys stand, instead of those of the first; 0: there is no such argument.
  size_t (*keys_from_of)(std::span<const Bytes> args) = nullptr;
  // Documentation, our own words.
  Bytes group;
  Bytes since;
  Bytes summary;
  Bytes complexity;
  /// The arguments in the notation of the documentation, e.g.
  /// "key value [NX | XX] [GET] [EX seconds | PX milliseconds]"; COMMAND DOCS derives its tree from
  /// it.
  Bytes syntax = {};
  Bytes deprecated_since = {};
  Bytes replaced_by = {};
  /// COMMAND INFO's tips, separated by spaces: "nondeterministic_output request_policy:all_shards".
  Bytes tips = {};
};

/// What a row must fulfil to compile.
constexpr bool check_row(const CommandSpec& row) {
  if (row.name.empty() || row.arity == 0) return false;
  if (row.group.empty() || row.since.empty() || row.summary.empty()) return false;
  for (char c : row.name) {
    if (c >= 'A' && c <= 'Z') return false;
  }
  // Alternatives stand in parentheses (syntax.h).
  if (row.syntax.find_first_of("<>{}") != Bytes::npos) return false;
  if ((row.flags & kWrite) && (row.flags & kReadonly)) return false;
  if ((row.flags & kDenyOom) && (row.flags & kReadonly)) return false;
  return true;
}
template <size_t N>
constexpr bool check_rows(const CommandSpec (&rows)[N]) {
  for (const CommandSpec& row : rows) {
    if (!check_row(row)) return false;
  }
  return true;
}

}  // namespace sorrel
