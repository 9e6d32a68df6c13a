#include "tests/support/reply_numbers.h"

#include "tests/support/expected_reply.h"

#include <charconv>
#include <cmath>

namespace sorrel::test {
namespace {

/// Whole numbers with more digits than a double has are rounded by either way of writing.
constexpr size_t kExactDigits = 15;
constexpr Bytes kMinusZero = "-0";

bool may_be_written_in_two_ways(ReplyView leaf) {
  const bool has_text = leaf.type() == ReplyType::kBulk || leaf.type() == ReplyType::kReal;
  return has_text && (leaf.text().find_first_of(".e") != Bytes::npos ||
                      leaf.text().size() > kExactDigits || leaf.text() == kMinusZero);
}

std::string print_leaf(ReplyView leaf) {
  if (!may_be_written_in_two_ways(leaf)) return print_reply(leaf);
  const Bytes text = leaf.text();
  if (text == kMinusZero) return leaf.type() == ReplyType::kReal ? ",0" : "\"0\"";
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return print_reply(leaf);
  if (number == 0) number = 0;  // and not -0
  char digits[400];
  const auto written = std::to_chars(digits, digits + sizeof digits, number);
  const bool is_real = leaf.type() == ReplyType::kReal;
  return (is_real ? "," : "\"") + std::string(digits, written.ptr) + (is_real ? "" : "\"");
}

}  // namespace

std::string print_with_numbers_alike(ReplyView reply) {
  if (!reply.is_aggregate()) return print_leaf(reply);
  std::string text = "[";
  for (size_t i = 0; i < reply.size(); ++i) text += " " + print_with_numbers_alike(reply[i]);
  return text + " ]";
}

bool same_but_for_numbers(ReplyView left, ReplyView right) {
  if (left.type() != right.type() || left.size() != right.size()) return false;
  if (!left.is_aggregate()) return print_leaf(left) == print_leaf(right);
  for (size_t i = 0; i < left.size(); ++i) {
    if (!same_but_for_numbers(left[i], right[i])) return false;
  }
  return true;
}

}  // namespace sorrel::test
