#include "tests/support/command_words.h"

#include "core/base/quoted_words.h"

#include <optional>

namespace sorrel::test {
namespace {

/// Where the quote that opens at `begin` closes.
size_t closing_quote(Bytes text, size_t begin) {
  size_t at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at;
}

}  // namespace

Result<Words> split_words(Bytes line) {
  std::optional<Words> words = split_quoted_words(line);
  if (!words) return Status::failure("quotes aren't balanced");
  return std::move(*words);
}

std::string join_words(const Words& words) {
  return join_quoted_words(words);
}

Result<std::string> read_quoted(Bytes text, size_t& position) {
  const size_t close = closing_quote(text, position);
  if (close >= text.size()) return Status::failure("a quote isn't closed");
  Result<Words> words = split_words(text.substr(position, close + 1 - position));
  if (!words) return words.status();
  position = close + 1;
  return std::move(words.value()[0]);
}

}  // namespace sorrel::test
