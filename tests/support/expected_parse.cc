#include "tests/support/command_words.h"
#include "tests/support/expected_reply.h"

#include <charconv>
#include <limits>

namespace sorrel::test {
namespace {

using Kind = ExpectedReply::Kind;
using Order = ExpectedReply::Order;

constexpr int kDepthMax = 32;

/// How an aggregate opens. Longer openings come before those they end with.
struct Opening {
  Bytes text;
  char closing;
  Kind kind;
  Order order;
};
constexpr Opening kOpenings[] = {
    {"unordered-pairs[", ']', Kind::kArray, Order::kAnyInPairs},
    {"unordered[", ']', Kind::kArray, Order::kAny},
    {"unordered{", '}', Kind::kMap, Order::kAnyInPairs},
    {"text[", ']', Kind::kText, Order::kFixed},
    {"~[", ']', Kind::kSet, Order::kAny},
    {">[", ']', Kind::kPush, Order::kFixed},
    {"|{", '}', Kind::kAttributed, Order::kFixed},
    {"[", ']', Kind::kArray, Order::kFixed},
    {"{", '}', Kind::kMap, Order::kFixed},
};

struct Word {
  Bytes text;
  Kind kind;
  int64_t value;
};
constexpr Word kWords[] = {
    {"any", Kind::kAny, 0},         {"...", Kind::kRest, 0},     {"nil", Kind::kNull, 0},
    {"nil[]", Kind::kNullArray, 0}, {"true", Kind::kBoolean, 1}, {"false", Kind::kBoolean, 0},
};

class NotationParser {
 public:
  explicit NotationParser(Bytes text) : text_(text) {}

  Result<ExpectedReply> parse_all() {
    skip_separators();
    Result<ExpectedReply> reply = parse(0);
    if (!reply) return reply;
    skip_separators();
    if (!at_end()) return fail("something follows the reply");
    return reply;
  }

 private:
  static bool is_separator(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  bool at_end() const { return position_ == text_.size(); }
  Bytes rest() const { return text_.substr(position_); }

  void skip_separators() {
    while (!at_end() && is_separator(text_[position_])) ++position_;
  }

  Status fail(const std::string& what) const {
    return Status::failure(what + " at \"" + std::string(rest().substr(0, 30)) + "\"");
  }

  Result<ExpectedReply> parse(int depth) {
    if (depth > kDepthMax) return fail("nested too deeply");
    if (at_end()) return fail("a reply is missing");
    for (const Opening& opening : kOpenings) {
      if (rest().starts_with(opening.text)) return parse_aggregate(opening, depth);
    }
    switch (text_[position_]) {
      case '+':
        return parse_line(Kind::kStatus, depth);
      case '-':
        return parse_line(Kind::kError, depth);
      case ':':
        return parse_integer();
      case '"':
        return parse_string(Kind::kBulk, 0);
      case '=':
        return parse_verbatim();
      case ',':
        return parse_token_kind(Kind::kDouble);
      case '(':
        return parse_token_kind(Kind::kBigNumber);
      default:
        break;
    }
    if (rest().starts_with("glob\"")) return parse_string(Kind::kGlob, 4);
    return parse_word();
  }

  Result<ExpectedReply> parse_aggregate(const Opening& opening, int depth) {
    position_ += opening.text.size();
    ExpectedReply reply;
    reply.kind = opening.kind;
    reply.order = opening.order;
    while (true) {
      skip_separators();
      if (at_end()) return fail("an aggregate isn't closed");
      if (text_[position_] == opening.closing) break;
      Result<ExpectedReply> item = parse(depth + 1);
      if (!item) return item;
      reply.items.push_back(std::move(item.value()));
    }
    ++position_;
    if (opening.kind != Kind::kAttributed) return reply;
    skip_separators();
    Result<ExpectedReply> annotated = parse(depth + 1);
    if (annotated) reply.items.push_back(std::move(annotated.value()));
    return annotated ? Result<ExpectedReply>(std::move(reply)) : annotated;
  }

  /// Statuses and errors: unquoted to the end of the line at the top, quoted anywhere.
  Result<ExpectedReply> parse_line(Kind kind, int depth) {
    if (rest().substr(1).starts_with("\"")) return parse_string(kind, 1);
    if (depth > 0) return fail("inside an aggregate a status or an error is quoted");
    ExpectedReply reply;
    reply.kind = kind;
    const size_t end = std::min(text_.find('\n', position_), text_.size());
    reply.text = std::string(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end;
    return reply;
  }

  Result<ExpectedReply> parse_string(Kind kind, size_t prefix) {
    position_ += prefix;
    Result<std::string> bytes = read_quoted(text_, position_);
    if (!bytes) return bytes.status();
    ExpectedReply reply;
    reply.kind = kind;
    reply.text = std::move(bytes.value());
    return reply;
  }

  Result<ExpectedReply> parse_verbatim() {
    if (rest().size() < 5 || rest()[4] != '"') return fail("a verbatim string is =txt\"...\"");
    const std::string format(rest().substr(1, 3));
    Result<ExpectedReply> reply = parse_string(Kind::kVerbatim, 4);
    if (reply) reply.value().text = format + ":" + reply.value().text;
    return reply;
  }

  Bytes take_token() {
    const size_t begin = position_;
    while (!at_end() && !is_separator(text_[position_]) && text_[position_] != ']' &&
           text_[position_] != '}') {
      ++position_;
    }
    return text_.substr(begin, position_ - begin);
  }

  Result<ExpectedReply> parse_token_kind(Kind kind) {
    ++position_;
    ExpectedReply reply;
    reply.kind = kind;
    reply.text = std::string(take_token());
    return reply;
  }

  Result<ExpectedReply> parse_word() {
    for (const Word& word : kWords) {
      const size_t end = position_ + word.text.size();
      const bool ends =
          end >= text_.size() || is_separator(text_[end]) || text_[end] == ']' || text_[end] == '}';
      if (!rest().starts_with(word.text) || !ends) continue;
      position_ = end;
      ExpectedReply reply;
      reply.kind = word.kind;
      reply.low = word.value;
      return reply;
    }
    return fail("no such notation");
  }

  static bool read_number(Bytes token, int64_t& value) {
    const char* end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data(), end, value);
    return error == std::errc() && stop == end;
  }

  Result<ExpectedReply> parse_integer() {
    ++position_;
    const Bytes token = take_token();
    ExpectedReply reply;
    reply.kind = Kind::kInteger;
    if (token == "*") {
      reply.low = std::numeric_limits<int64_t>::min();
      reply.high = std::numeric_limits<int64_t>::max();
      return reply;
    }
    const size_t dots = token.find("..");
    const bool range = dots != Bytes::npos;
    if (!read_number(range ? token.substr(0, dots) : token, reply.low)) return fail("no integer");
    reply.high = reply.low;
    if (range && !read_number(token.substr(dots + 2), reply.high)) return fail("no upper bound");
    return reply;
  }

  Bytes text_;
  size_t position_ = 0;
};

}  // namespace

Result<ExpectedReply> parse_expected(Bytes notation) {
  return NotationParser(notation).parse_all();
}

}  // namespace sorrel::test
