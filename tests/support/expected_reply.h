// ExpectedReply: what a golden file says a reply must be, and the notation it is written in.
//
//   +OK  -ERR text     a status, an error: to the end of the line; quoted inside an aggregate
//   :7  :*  :1..9      an integer, any integer, one within bounds
//   "bytes"            a bulk string, with the escapes of command_words.h
//   glob"v=?.*"        a string of any kind that the pattern matches (*, ? and backslash)
//   text["a:*" ... ]   a string of any kind, line by line, each line a pattern
//   nil  nil[]         RESP2's null bulk and null array; in RESP3 both are its one null
//   true  ,1.5  (12    RESP3's booleans, doubles and big numbers
//   =txt"bytes"        a verbatim string
//   [ ]  { }  ~[ ]  >[ ]   array, map, set (in any order), push
//   unordered[ ]       an array in any order; unordered-pairs[ ] keeps items together two by two
//   unordered{ }       a map in any order
//   any  ...           any one reply; inside an aggregate or a text, any number of items or lines
//   |{ }               RESP3's attributes, before the reply they belong to
//
// Blanks and line ends separate items. The same notation prints a reply, and what was printed
// matches the reply it came from: that is how expectations are recorded.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/resp/reply.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel::test {

struct ExpectedReply {
  enum class Kind {
    kAny,
    kRest,
    kStatus,
    kError,
    kInteger,
    kBulk,
    kGlob,
    kText,
    kNull,
    kNullArray,
    kBoolean,
    kDouble,
    kBigNumber,
    kVerbatim,
    kArray,
    kSet,
    kMap,
    kPush,
    kAttributed,
  };
  enum class Order { kFixed, kAny, kAnyInPairs };

  Kind kind = Kind::kAny;
  Order order = Order::kFixed;
  std::string text;  // bytes, pattern, digits; of a verbatim string "txt:bytes"
  int64_t low = 0;   // kInteger: the bounds; kBoolean: 0 or 1
  int64_t high = 0;
  std::vector<ExpectedReply> items;  // a map's keys and values alternate
};

/// The whole of `notation`; fails with what was wrong and where.
Result<ExpectedReply> parse_expected(Bytes notation);

bool matches(const ExpectedReply& expected, ReplyView reply);

/// The reply in the notation, on several lines where one would be long. `any_order` prints its
/// outermost aggregate sorted, as one that may come in any order.
std::string print_reply(ReplyView reply, bool any_order = false);

/// * stands for any bytes, ? for one byte, a backslash takes the next byte literally.
bool glob_matches(Bytes pattern, Bytes bytes);

}  // namespace sorrel::test
