#include "core/base/quoted_words.h"
#include "tests/support/expected_reply.h"

#include <algorithm>

namespace sorrel::test {
namespace {

using Type = ReplyType;

constexpr size_t kLineWidthMax = 90;

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\n') out += "  ";
  }
  return out;
}

bool is_printable(Bytes text) {
  return !text.empty() && text[0] != '"' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
}

/// A status or an error: bare where it may run to the end of its line.
std::string print_line(char mark, Bytes text, bool nested) {
  const bool bare = !nested && is_printable(text);
  return mark + (bare ? std::string(text) : quote_word(text));
}

std::string print_scalar(ReplyView reply, bool nested) {
  const std::string text(reply.text());
  switch (reply.type()) {
    case Type::kSimple:
      return print_line('+', text, nested);
    case Type::kError:
    case Type::kBulkError:
      return print_line('-', text, nested);
    case Type::kInteger:
      return ":" + std::to_string(reply.integer());
    case Type::kBulk:
      return quote_word(text);
    case Type::kBoolean:
      return reply.integer() != 0 ? "true" : "false";
    case Type::kReal:
      return "," + text;
    case Type::kBigNumber:
      return "(" + text;
    case Type::kVerbatim:
      return "=" + std::string(reply.format()) + quote_word(text);
    default:
      return reply.null_form() == NullForm::kNullArray ? "nil[]" : "nil";
  }
}

std::string print(ReplyView reply, bool nested);

/// The first `count` items as text; a map's keys and values share an entry.
std::vector<std::string> print_items(ReplyView reply, size_t count, size_t entry_size) {
  std::vector<std::string> entries;
  for (size_t i = 0; i < count; ++i) {
    std::string text = print(reply[i], true);
    if (i % entry_size == 0) {
      entries.push_back(std::move(text));
    } else {
      entries.back() += " " + text;
    }
  }
  return entries;
}

std::string join_entries(const std::string& opening, const std::vector<std::string>& entries,
                         char closing) {
  std::string line = opening;
  for (const std::string& entry : entries) {
    line += (&entry == &entries.front() ? "" : " ") + entry;
  }
  line.push_back(closing);
  if (line.size() <= kLineWidthMax && line.find('\n') == std::string::npos) return line;
  std::string lines = opening + "\n";
  for (const std::string& entry : entries) lines += indented(entry) + "\n";
  return lines + closing;
}

std::string print_attributed(ReplyView reply) {
  const size_t attributes = reply.size() - 1;
  return join_entries("|{", print_items(reply, attributes, 2), '}') + "\n" +
         print(reply[attributes], true);
}

std::string print_aggregate(ReplyView reply, bool any_order) {
  if (reply.type() == Type::kAttribute) return print_attributed(reply);
  const bool map = reply.type() == Type::kMap;
  std::vector<std::string> entries = print_items(reply, reply.size(), map ? 2 : 1);
  std::string opening = map ? "{" : "[";
  if (any_order) opening = "unordered" + opening;
  if (reply.type() == Type::kSet) opening = "~[";
  if (reply.type() == Type::kPush) opening = ">[";
  if (any_order || reply.type() == Type::kSet) std::sort(entries.begin(), entries.end());
  return join_entries(opening, entries, map ? '}' : ']');
}

std::string print(ReplyView reply, bool nested) {
  return reply.is_aggregate() ? print_aggregate(reply, false) : print_scalar(reply, nested);
}

}  // namespace

std::string print_reply(ReplyView reply, bool any_order) {
  return reply.is_aggregate() ? print_aggregate(reply, any_order) : print_scalar(reply, false);
}

}  // namespace sorrel::test
