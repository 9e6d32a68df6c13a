// Command words: a command line as a person writes it, and the arguments it stands for.
//
// The quoting is core/base/quoted_words.h's. It goes both ways without loss: any bytes can be
// written as a word, and splitting what join_words() wrote gives them back.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <string>
#include <vector>

namespace sorrel::test {

/// The arguments of one command; the first is its name.
using Words = std::vector<std::string>;

Result<Words> split_words(Bytes line);
std::string join_words(const Words& words);

/// The bytes of the double-quoted string that opens at `position`, which is moved past its end.
Result<std::string> read_quoted(Bytes text, size_t& position);

}  // namespace sorrel::test
