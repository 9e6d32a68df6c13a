#include "tests/support/expected_reply.h"

#include <charconv>
#include <span>

namespace sorrel::test {
namespace {

using Kind = ExpectedReply::Kind;
using Order = ExpectedReply::Order;
using Type = ReplyType;
using ExpectedItems = std::span<const ExpectedReply>;
using Replies = std::vector<ReplyView>;

bool is_string(ReplyView reply) {
  return reply.type() == Type::kSimple || reply.is_error() || reply.type() == Type::kBulk ||
         reply.type() == Type::kVerbatim;
}

std::vector<std::string> lines_of(Bytes text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Bytes line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool line_matches(const ExpectedReply& expected, const std::string& line) {
  if (expected.kind == Kind::kAny) return true;
  return (expected.kind == Kind::kBulk || expected.kind == Kind::kGlob) &&
         glob_matches(expected.text, line);
}

Replies items_of(ReplyView reply) {
  Replies items;
  for (size_t i = 0; i < reply.size(); ++i) items.push_back(reply[i]);
  return items;
}

/// In order; "..." takes as many as are needed.
template <typename Item, typename Test>
bool sequence_matches(ExpectedItems expected, std::span<const Item> items, Test test) {
  if (expected.empty()) return items.empty();
  if (expected[0].kind != Kind::kRest) {
    return !items.empty() && test(expected[0], items[0]) &&
           sequence_matches(expected.subspan(1), items.subspan(1), test);
  }
  for (size_t skipped = 0; skipped <= items.size(); ++skipped) {
    if (sequence_matches(expected.subspan(1), items.subspan(skipped), test)) return true;
  }
  return false;
}

bool group_matches(ExpectedItems expected, std::span<const ReplyView> replies) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!matches(expected[i], replies[i])) return false;
  }
  return true;
}

/// Each expected group of `size` items takes one reply group that no other has taken.
bool any_order_matches(ExpectedItems expected, std::span<const ReplyView> replies, size_t size) {
  const bool open = !expected.empty() && expected.back().kind == Kind::kRest;
  if (open) expected = expected.first(expected.size() - 1);
  if (expected.size() % size != 0 || replies.size() % size != 0) return false;
  std::vector<bool> taken(replies.size() / size);
  for (size_t i = 0; i < expected.size(); i += size) {
    size_t group = 0;
    while (group < taken.size() &&
           (taken[group] ||
            !group_matches(expected.subspan(i, size), replies.subspan(group * size, size)))) {
      ++group;
    }
    if (group == taken.size()) return false;
    taken[group] = true;
  }
  return open || expected.size() == replies.size();
}

bool aggregate_matches(const ExpectedReply& expected, ReplyView reply, Type type) {
  if (reply.type() != type) return false;
  const Replies items = items_of(reply);
  switch (expected.order) {
    case Order::kAny:
      return any_order_matches(expected.items, items, 1);
    case Order::kAnyInPairs:
      return any_order_matches(expected.items, items, 2);
    case Order::kFixed:
      break;
  }
  return sequence_matches(ExpectedItems(expected.items), std::span<const ReplyView>(items),
                          matches);
}

bool text_matches(const ExpectedReply& expected, ReplyView reply) {
  if (!is_string(reply)) return false;
  const std::vector<std::string> lines = lines_of(reply.text());
  return sequence_matches(ExpectedItems(expected.items), std::span<const std::string>(lines),
                          line_matches);
}

bool same_text(const ExpectedReply& expected, ReplyView reply, Type type) {
  return reply.type() == type && reply.text() == expected.text;
}

bool scalar_matches(const ExpectedReply& expected, ReplyView reply) {
  switch (expected.kind) {
    case Kind::kStatus:
      return same_text(expected, reply, Type::kSimple);
    case Kind::kError:
      return reply.is_error() && reply.text() == expected.text;
    case Kind::kBulk:
      return same_text(expected, reply, Type::kBulk);
    case Kind::kDouble:
      return same_text(expected, reply, Type::kReal);
    case Kind::kBigNumber:
      return same_text(expected, reply, Type::kBigNumber);
    case Kind::kVerbatim:
      return reply.type() == Type::kVerbatim &&
             std::string(reply.format()) + ":" + std::string(reply.text()) == expected.text;
    case Kind::kGlob:
      return is_string(reply) && glob_matches(expected.text, reply.text());
    case Kind::kInteger:
      return reply.type() == Type::kInteger && reply.integer() >= expected.low &&
             reply.integer() <= expected.high;
    case Kind::kBoolean:
      return reply.type() == Type::kBoolean && reply.integer() == expected.low;
    default:
      return false;
  }
}

/// RESP3's one null stands for both of RESP2's.
bool null_matches(ReplyView reply, NullForm form) {
  return reply.is_null() && (reply.null_form() == form || reply.null_form() == NullForm::kNull);
}

}  // namespace

bool matches(const ExpectedReply& expected, ReplyView reply) {
  switch (expected.kind) {
    case Kind::kAny:
      return true;
    case Kind::kRest:
      return false;
    case Kind::kText:
      return text_matches(expected, reply);
    case Kind::kNull:
      return null_matches(reply, NullForm::kNullBulk);
    case Kind::kNullArray:
      return null_matches(reply, NullForm::kNullArray);
    case Kind::kArray:
      return aggregate_matches(expected, reply, Type::kArray);
    case Kind::kSet:
      return aggregate_matches(expected, reply, Type::kSet);
    case Kind::kMap:
      return aggregate_matches(expected, reply, Type::kMap);
    case Kind::kPush:
      return aggregate_matches(expected, reply, Type::kPush);
    case Kind::kAttributed:
      return aggregate_matches(expected, reply, Type::kAttribute);
    default:
      return scalar_matches(expected, reply);
  }
}

bool glob_matches(Bytes pattern, Bytes bytes) {
  if (pattern.empty()) return bytes.empty();
  if (pattern[0] == '*') {
    for (size_t skipped = 0; skipped <= bytes.size(); ++skipped) {
      if (glob_matches(pattern.substr(1), bytes.substr(skipped))) return true;
    }
    return false;
  }
  if (bytes.empty()) return false;
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  if (escaped) pattern.remove_prefix(1);
  if (pattern[0] != bytes[0] && (escaped || pattern[0] != '?')) return false;
  return glob_matches(pattern.substr(1), bytes.substr(1));
}

}  // namespace sorrel::test
