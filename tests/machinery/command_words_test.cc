#include "tests/support/command_words.h"

#include <catch2/catch.hpp>

namespace sorrel::test {
namespace {

TEST_CASE("a line is split into words as a shell would") {
  const Result<Words> words = split_words(R"(SET  k "a b\x00\n" 'it''s' '\' )");
  CHECK_FALSE(words);  // a word is glued to a closing quote

  const Result<Words> good = split_words(R"(SET	k "a b\x00\n\"" 'a"\' b' "")");
  REQUIRE(good);
  CHECK(good.value() == Words{"SET", "k", std::string("a b\0\n\"", 6), "a\"' b", ""});
}

TEST_CASE("bad quoting is refused") {
  for (const char* line : {"\"open", "'open", "\"a\"b", "\"\\"}) {
    INFO(line);
    CHECK_FALSE(split_words(line));
  }
}

TEST_CASE("any bytes survive being quoted and split again") {
  std::string every_byte;
  for (int code = 0; code < 256; ++code) every_byte.push_back(static_cast<char>(code));
  const Words words = {every_byte, "", "plain", "with space", "\"", "'", "\\", "a\\n"};
  const Result<Words> again = split_words(join_words(words));
  REQUIRE(again);
  CHECK(again.value() == words);
}

}  // namespace
}  // namespace sorrel::test
