#include "tests/differential/exceptions.h"

#include "tests/support/expected_reply.h"
#include "tests/support/reply_numbers.h"
#include "tests/support/stream_moments.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace sorrel::test {
namespace {

constexpr size_t kColumns = 4;

struct RuleName {
  Bytes name;
  Rule rule;
};
constexpr RuleName kRuleNames[] = {
    {"any-order", Rule::kAnyOrder},
    {"any-order-in-pairs", Rule::kAnyOrderInPairs},
    {"scan", Rule::kScan},
    {"scan-pairs", Rule::kScanPairs},
    {"clock-seconds", Rule::kClockSeconds},
    {"clock-ms", Rule::kClockMs},
    {"existing-key", Rule::kExistingKey},
    {"drawn-elements", Rule::kDrawnElements},
    {"popped-elements", Rule::kPoppedElements},
    {"same-numbers", Rule::kSameNumbers},
    {"shape", Rule::kShape},
    {"moments", Rule::kMoments},
    {"idle-times", Rule::kIdleTimes},
};
/// Each with the two answers behind it.
constexpr RuleName kRulesOfAnswers[] = {
    {"differs ", Rule::kDiffers},
    {"differs-deleted ", Rule::kDiffersDeleted},
};

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream stream(line);
  for (std::string column; std::getline(stream, column, '|');) columns.push_back(trimmed(column));
  return columns;
}

Status parse_differs(const std::string& text, Rule rule, Exception& exception) {
  constexpr Bytes kArrow = " => ";
  const size_t arrow = text.find(kArrow);
  if (arrow == std::string::npos) return Status::failure("differs needs A => B: " + text);
  Result<ExpectedReply> left = parse_expected(Bytes(text).substr(0, arrow));
  Result<ExpectedReply> right = parse_expected(Bytes(text).substr(arrow + kArrow.size()));
  if (!left) return left.status();
  if (!right) return right.status();
  exception.rule = rule;
  exception.left = std::move(left.value());
  exception.right = std::move(right.value());
  return Status::ok();
}

Status parse_rule(const std::string& text, Exception& exception) {
  for (const RuleName& known : kRulesOfAnswers) {
    if (!text.starts_with(known.name)) continue;
    return parse_differs(text.substr(known.name.size()), known.rule, exception);
  }
  for (const RuleName& known : kRuleNames) {
    if (known.name != text) continue;
    exception.rule = known.rule;
    return Status::ok();
  }
  return Status::failure("no such rule: " + text);
}

Result<Exception> parse_exception(const std::string& line) {
  const std::vector<std::string> columns = columns_of(line);
  if (columns.size() != kColumns) return Status::failure("four columns are needed: " + line);
  if (columns[2].empty() || columns[3].empty()) {
    return Status::failure("an exception needs a reason and a source: " + line);
  }
  Exception exception;
  exception.commands = columns[0];
  exception.reason = columns[2];
  exception.source = columns[3];
  if (Status status = parse_rule(columns[1], exception); !status) return status;
  return exception;
}

std::string upper_line(const Words& command) {
  std::string line = join_words(command);
  std::transform(line.begin(), line.end(), line.begin(), to_upper);
  return line;
}

/// Where items come in pairs, the second may be a score.
std::string text_of(ReplyView item, size_t width) {
  return width == 1 ? print_reply(item) : print_with_numbers_alike(item);
}

/// Of single items, or of each two of them.
std::multiset<std::string> texts_of(ReplyView aggregate, size_t width = 1) {
  std::multiset<std::string> texts;
  for (size_t i = 0; i < aggregate.size(); i += width) {
    std::string text;
    for (size_t j = i; j < std::min(i + width, aggregate.size()); ++j) {
      text += text_of(aggregate[j], width) + " ";
    }
    texts.insert(std::move(text));
  }
  return texts;
}

bool same_shape(ReplyView left, ReplyView right) {
  if (left.type() != right.type() || left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!same_shape(left[i], right[i])) return false;
  }
  return true;
}

bool same_in_any_order(ReplyView left, ReplyView right, size_t width = 1) {
  return left.type() == right.type() && texts_of(left, width) == texts_of(right, width);
}

bool same_shape_of_success(ReplyView left, ReplyView right) {
  return !left.is_error() && same_shape(left, right);
}

std::set<std::string> distinct_texts_of(ReplyView aggregate, size_t width) {
  const std::multiset<std::string> texts = texts_of(aggregate, width);
  return {texts.begin(), texts.end()};
}

/// An element may come twice, which SCAN allows. Only a whole iteration is comparable: one that
/// began at cursor 0 and has ended.
bool same_scan(Bytes cursor, ReplyView left, ReplyView right, size_t width) {
  if (left.size() != 2 || right.size() != 2) return false;
  const bool complete = cursor == "0" && left[0].text() == "0" && right[0].text() == "0";
  return !complete || distinct_texts_of(left[1], width) == distinct_texts_of(right[1], width);
}

/// SCAN's stands where the others have their key.
Bytes cursor_of(const Words& command) {
  const bool of_keyspace = to_upper(command[0][0]) == 'S' && to_upper(command[0][1]) == 'C';
  const size_t at = of_keyspace ? 1 : 2;
  return at < command.size() ? Bytes(command[at]) : Bytes();
}

bool same_clock(ReplyView left, ReplyView right, int64_t tolerance) {
  return left.type() == ReplyType::kInteger && right.type() == ReplyType::kInteger &&
         within_clock_tolerance(left.integer(), right.integer(), tolerance);
}

bool allows(const Exception& exception, const Words& command, ReplyView left, ReplyView right) {
  switch (exception.rule) {
    case Rule::kAnyOrder:
      return same_in_any_order(left, right);
    case Rule::kAnyOrderInPairs:
      return same_in_any_order(left, right, 2);
    case Rule::kScan:
    case Rule::kScanPairs:
      return same_scan(cursor_of(command), left, right, exception.rule == Rule::kScan ? 1 : 2);
    case Rule::kClockSeconds:
      return same_clock(left, right, kClockToleranceMs / 1000);
    case Rule::kClockMs:
      return same_clock(left, right, kClockToleranceMs);
    case Rule::kExistingKey:
      return left.type() == right.type();
    case Rule::kDrawnElements:
    case Rule::kPoppedElements:
      return same_shape_of_success(left, right);
    case Rule::kSameNumbers:
      return same_but_for_numbers(left, right);
    case Rule::kShape:
      return same_shape(left, right);
    case Rule::kMoments:
      return same_but_for_moments(print_reply(left), print_reply(right), kClockToleranceMs);
    case Rule::kIdleTimes:
      return same_but_for_idle_times(left, right, kClockToleranceMs);
    case Rule::kDiffers:
    case Rule::kDiffersDeleted:
      return matches(exception.left, left) && matches(exception.right, right);
  }
  return false;
}

}  // namespace

bool within_clock_tolerance(int64_t left, int64_t right, int64_t tolerance) {
  if (left == right) return true;
  return left >= 0 && right >= 0 && std::max(left, right) - std::min(left, right) <= tolerance;
}

Result<Exceptions> Exceptions::load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status::failure("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  Result<Exceptions> exceptions = parse(text.str());
  return exceptions ? exceptions : exceptions.status().with(path);
}

Result<Exceptions> Exceptions::parse(const std::string& text) {
  Exceptions exceptions;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#') continue;
    Result<Exception> exception = parse_exception(line);
    if (!exception) return exception.status();
    exceptions.list_.push_back(std::move(exception.value()));
  }
  return exceptions;
}

bool Exceptions::allow(const Words& command, const Reply& left, const Reply& right) {
  if (left.bytes() == right.bytes()) return true;
  const std::string line = upper_line(command);
  for (Exception& exception : list_) {
    if (!glob_matches(exception.commands, line)) continue;
    if (!allows(exception, command, left.root(), right.root())) continue;
    ++exception.uses;
    return true;
  }
  return false;
}

std::optional<Rule> Exceptions::wants_look_up(const Words& command) const {
  const std::string line = upper_line(command);
  for (const Exception& exception : list_) {
    const Rule rule = exception.rule;
    const bool wants = rule == Rule::kExistingKey || rule == Rule::kDrawnElements ||
                       rule == Rule::kPoppedElements || rule == Rule::kDiffersDeleted;
    if (wants && glob_matches(exception.commands, line)) return rule;
  }
  return std::nullopt;
}

std::vector<Exception> Exceptions::unused() const {
  std::vector<Exception> unused;
  std::copy_if(list_.begin(), list_.end(), std::back_inserter(unused),
               [](const Exception& exception) { return exception.uses == 0; });
  return unused;
}

}  // namespace sorrel::test
