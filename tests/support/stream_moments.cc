#include "tests/support/stream_moments.h"

#include "core/base/bytes.h"
#include "tests/support/expected_reply.h"

#include <algorithm>
#include <charconv>

namespace sorrel::test {
namespace {

std::string without_active_times(std::string text) {
  const Bytes name = "\"active-time\"";
  for (size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
    const size_t number = text.find(':', at);
    text.erase(at, text.find_first_not_of("-0123456789", number + 1) - at);
  }
  // Where lines end depends on how long they are.
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

/// The integer behind a colon, which goes too.
int64_t take_integer(Bytes& text) {
  int64_t value = 0;
  const char* const begin = text.data() + 1;
  const char* const end = std::from_chars(begin, text.data() + text.size(), value).ptr;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

bool close(int64_t left, int64_t right, int64_t tolerance) {
  return std::max(left, right) - std::min(left, right) <= tolerance;
}

bool same_row(ReplyView left, ReplyView right, int64_t tolerance_ms) {
  constexpr size_t kIdle = 2;
  constexpr size_t kItems = 4;
  if (left.size() != kItems || right.size() != kItems) return false;
  for (size_t i = 0; i < kItems; ++i) {
    if (i != kIdle && print_reply(left[i]) != print_reply(right[i])) return false;
  }
  return left[kIdle].type() == ReplyType::kInteger && right[kIdle].type() == ReplyType::kInteger &&
         close(left[kIdle].integer(), right[kIdle].integer(), tolerance_ms);
}

}  // namespace

bool same_but_for_moments(const std::string& left, const std::string& right, int64_t tolerance_ms) {
  constexpr int64_t kFirstMoment = 1'000'000'000'000;
  const std::string texts[] = {without_active_times(left), without_active_times(right)};
  Bytes a = texts[0];
  Bytes b = texts[1];
  while (!a.empty() && !b.empty()) {
    if (a.front() != b.front()) return false;
    if (a.front() != ':') {
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    const int64_t first = take_integer(a);
    const int64_t second = take_integer(b);
    if (first == second) continue;
    if (std::min(first, second) < kFirstMoment || !close(first, second, tolerance_ms)) return false;
  }
  return a.empty() && b.empty();
}

bool same_but_for_idle_times(ReplyView left, ReplyView right, int64_t tolerance_ms) {
  if (left.type() != ReplyType::kArray || right.type() != ReplyType::kArray) return false;
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!same_row(left[i], right[i], tolerance_ms)) return false;
  }
  return true;
}

}  // namespace sorrel::test
