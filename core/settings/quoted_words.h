// Quoted words: the grammar of a line of redis.conf.
//
// Words are separated by blanks. "double quotes" know the escapes \n \r \t \b \a \xHH and take any
// other escaped byte as itself; 'single quotes' know only \'. A closing quote must be followed by a
// blank or the end. The inline form of a command on a socket uses the same grammar.
#pragma once

#include "core/base/bytes.h"

#include <optional>
#include <string>
#include <vector>

namespace sorrel {

/// The words of a line; nothing when a quote doesn't close or closes in the middle of a word.
std::optional<std::vector<std::string>> split_quoted_words(Bytes line);

/// `bytes` in double quotes, such that split_quoted_words gives them back.
std::string quote_word(Bytes bytes);

}  // namespace sorrel
