// Words with quotes, as people type them: inline requests and lines of redis.conf.
//
//   SET key "two words\x21\n" 'it\'s'      ->  SET, key, two words!<LF>, it's
//
// In double quotes \n \r \t \b \a \xHH are escapes and a backslash makes any other byte literal; in
// single quotes only \' is an escape. A quote may open inside a word, but must be followed by space
// when it closes.
#pragma once

#include "core/base/bytes.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

/// Before a word, six characters are space …
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
/// … and four of them end an unquoted word; vertical tab and form feed belong to it.
constexpr bool ends_word(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// nullopt when the quotes aren't balanced.
std::optional<std::vector<std::string>> split_quoted_words(Bytes line);

/// `bytes` in double quotes, printable, such that split_quoted_words gives them back.
std::string quote_word(Bytes bytes);

/// Words as a line: quoted only where they need it (blanks, quotes, a leading #, the empty word).
std::string join_quoted_words(std::span<const std::string> words);

}  // namespace sorrel
