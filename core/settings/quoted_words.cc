#include "core/settings/quoted_words.h"

namespace sorrel {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

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

class LineReader {
 public:
  explicit LineReader(Bytes line) : rest_(line) {}

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool at_end() const { return rest_.empty(); }

  /// False when the quoting is broken.
  bool read_word(std::string& word) {
    while (!rest_.empty() && !is_blank(rest_.front())) {
      const char c = take();
      if (c == '"') {
        if (!read_double_quoted(word)) return false;
        return at_end() || is_blank(rest_.front());
      }
      if (c == '\'') {
        if (!read_single_quoted(word)) return false;
        return at_end() || is_blank(rest_.front());
      }
      word += c;
    }
    return true;
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool read_double_quoted(std::string& word) {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '"') return true;
      if (c == '\\' && !rest_.empty()) {
        word += read_escape();
      } else {
        word += c;
      }
    }
    return false;
  }

  char read_escape() {
    if (rest_.size() >= 3 && rest_[0] == 'x' && hex_digit(rest_[1]) >= 0 &&
        hex_digit(rest_[2]) >= 0) {
      const int byte = hex_digit(rest_[1]) * 16 + hex_digit(rest_[2]);
      rest_.remove_prefix(3);
      return static_cast<char>(byte);
    }
    return unescape(take());
  }

  bool read_single_quoted(std::string& word) {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '\'') return true;
      if (c == '\\' && !rest_.empty() && rest_.front() == '\'') {
        word += take();
      } else {
        word += c;
      }
    }
    return false;
  }

  Bytes rest_;
};

void append_escaped(char c, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '\\':
    case '"':
      (out += '\\') += c;
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\a':
      out += "\\a";
      return;
    case '\b':
      out += "\\b";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7f) {
    out += c;
  } else {
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

}  // namespace

std::optional<std::vector<std::string>> split_quoted_words(Bytes line) {
  std::vector<std::string> words;
  LineReader reader(line);
  for (reader.skip_blanks(); !reader.at_end(); reader.skip_blanks()) {
    std::string word;
    if (!reader.read_word(word)) return std::nullopt;
    words.push_back(std::move(word));
  }
  return words;
}

std::string quote_word(Bytes bytes) {
  std::string out = "\"";
  for (char c : bytes) append_escaped(c, out);
  out += '"';
  return out;
}

}  // namespace sorrel
