#include "core/base/quoted_words.h"

#include "core/base/text.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

class Splitter {
 public:
  explicit Splitter(Bytes line) : rest_(line) {}

  /// Moves to the next word; false at the line's end.
  bool find_word() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
    return !rest_.empty();
  }

  std::optional<std::string> word() {
    std::string word;
    while (!rest_.empty() && !ends_word(rest_[0])) {
      const char c = take();
      if (c != '"' && c != '\'') {
        word.push_back(c);
        continue;
      }
      if (!(c == '"' ? double_quoted(word) : single_quoted(word))) return std::nullopt;
      // The quote has closed, and a closed quote ends the word.
      if (!rest_.empty() && !is_space(rest_[0])) return std::nullopt;
      break;
    }
    return word;
  }

 private:
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  bool double_quoted(std::string& word) {
    while (!rest_.empty()) {
      char c = take();
      if (c == '"') return true;
      if (c == '\\' && !rest_.empty()) {
        if (take_hex(word)) continue;
        c = unescape(take());
      }
      word.push_back(c);
    }
    return false;
  }

  bool take_hex(std::string& word) {
    if (rest_.size() < 3 || rest_[0] != 'x') return false;
    const int high = hex_digit(rest_[1]);
    const int low = hex_digit(rest_[2]);
    if (high < 0 || low < 0) return false;
    word.push_back(static_cast<char>(high * 16 + low));
    rest_.remove_prefix(3);
    return true;
  }

  bool single_quoted(std::string& word) {
    while (!rest_.empty()) {
      char c = take();
      if (c == '\'') return true;
      if (c == '\\' && !rest_.empty() && rest_[0] == '\'') c = take();
      word.push_back(c);
    }
    return false;
  }

  Bytes rest_;
};

void append_quoted(char c, std::string& out) {
  constexpr Bytes kEscaped = "\\\"\n\r\t\a\b";
  constexpr Bytes kLetters = "\\\"nrtab";
  if (const size_t i = kEscaped.find(c); i != Bytes::npos) {
    (out += '\\') += kLetters[i];
  } else if (c >= ' ' && c <= '~') {
    out += c;
  } else {
    const auto byte = static_cast<unsigned char>(c);
    ((out += "\\x") += kHexDigits[byte >> 4]) += kHexDigits[byte & 15];
  }
}

bool is_plain_word(Bytes word) {
  const auto is_plain = [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\';
  };
  return !word.empty() && word.front() != '#' && std::all_of(word.begin(), word.end(), is_plain);
}

}  // namespace

std::string quote_word(Bytes bytes) {
  std::string out = "\"";
  for (char c : bytes) append_quoted(c, out);
  out += '"';
  return out;
}

std::string join_quoted_words(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    line += is_plain_word(word) ? word : quote_word(word);
  }
  return line;
}

std::optional<std::vector<std::string>> split_quoted_words(Bytes line) {
  std::vector<std::string> words;
  Splitter splitter(line);
  while (splitter.find_word()) {
    std::optional<std::string> word = splitter.word();
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace sorrel
