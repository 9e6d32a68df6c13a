#include "core/base/glob.h"

#include "core/base/random.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sorrel;

namespace {

bool class_holds(Bytes& pattern, char c) {
  const bool negated = !pattern.empty() && pattern[0] == '^';
  if (negated) pattern.remove_prefix(1);
  bool found = false;
  while (!pattern.empty() && pattern[0] != ']') {
    size_t taken = 1;
    if (pattern[0] == '\\' && pattern.size() >= 2) {
      found |= pattern[1] == c;
      taken = 2;
    } else if (pattern.size() >= 3 && pattern[1] == '-') {
      found |= (pattern[0] <= c && c <= pattern[2]) || (pattern[2] <= c && c <= pattern[0]);
      taken = 3;
    } else {
      found |= pattern[0] == c;
    }
    pattern.remove_prefix(taken);
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return found != negated;
}

// The meaning of a pattern, as plainly as it can be said: exponential, for short strings only.
bool model(Bytes pattern, Bytes text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t taken = 0; taken <= text.size(); ++taken) {
      if (model(pattern.substr(1), text.substr(taken))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const char c = text[0];
  if (pattern[0] == '[') {
    pattern.remove_prefix(1);
    return class_holds(pattern, c) && model(pattern, text.substr(1));
  }
  if (pattern[0] == '?') return model(pattern.substr(1), text.substr(1));
  if (pattern[0] == '\\' && pattern.size() >= 2) pattern.remove_prefix(1);
  return pattern[0] == c && model(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("patterns match as Redis matches them", "[glob]") {
  CHECK(glob_match("h?llo", "hello"));
  CHECK_FALSE(glob_match("h?llo", "hllo"));
  CHECK(glob_match("h*llo", "hllo"));
  CHECK(glob_match("h*llo", "heeello"));
  CHECK(glob_match("h[ae]llo", "hallo"));
  CHECK_FALSE(glob_match("h[ae]llo", "hillo"));
  CHECK(glob_match("h[^e]llo", "hallo"));
  CHECK_FALSE(glob_match("h[^e]llo", "hello"));
  CHECK(glob_match("h[a-b]llo", "hbllo"));
  CHECK(glob_match("h[b-a]llo", "hbllo"));
  CHECK(glob_match("a*", "a"));
  CHECK(glob_match("**a**", "a"));
  CHECK(glob_match("*b*a", "bbaba"));
  CHECK_FALSE(glob_match("abc", "ab"));
  CHECK_FALSE(glob_match("ab", "abc"));
  CHECK(glob_match("a\\*c", "a*c"));
  CHECK_FALSE(glob_match("a\\*c", "abc"));
  CHECK(glob_match("\\a\\", "a\\"));
  CHECK(glob_match(Bytes("a\0?", 3), Bytes("a\0b", 3)));
}

TEST_CASE("the empty string matches only the empty pattern", "[glob]") {
  CHECK(glob_match("", ""));
  CHECK_FALSE(glob_match("", "a"));
  CHECK_FALSE(glob_match("*", ""));
  CHECK_FALSE(glob_match("**", ""));
  CHECK_FALSE(glob_match("?", ""));
}

TEST_CASE("odd classes", "[glob]") {
  CHECK_FALSE(glob_match("[", "["));
  CHECK(glob_match("[^", "x"));
  CHECK_FALSE(glob_match("[]", "]"));
  CHECK(glob_match("[^]", "]"));
  CHECK_FALSE(glob_match("[]]", "]"));
  CHECK(glob_match("[a", "a"));
  CHECK(glob_match("[\\", "\\"));
  CHECK(glob_match("[\\]", "]"));
  CHECK(glob_match("[\\]]", "]"));
  CHECK(glob_match("[a-", "-"));
  CHECK(glob_match("[a-z-]", "-"));
  CHECK(glob_match("[*-]", "A"));      // the range from '*' to ']', unclosed
  CHECK(glob_match("[a-\xff]", "A"));  // bytes compare signed
}

TEST_CASE("case can be ignored, but not in an escape within a class", "[glob]") {
  const auto match = [](Bytes pattern, Bytes text) {
    return glob_match(pattern, text, Case::kIgnored);
  };
  CHECK(match("MAXmemory*", "maxMEMORY-policy"));
  CHECK(match("*POLICY", "maxmemory-policy"));
  CHECK(match("[A-C]x", "bX"));
  CHECK(match("[B]", "b"));
  CHECK(match("\\B", "b"));
  CHECK_FALSE(match("[\\B]", "b"));
}

TEST_CASE("random patterns mean what the model says", "[glob]") {
  Random random(3);
  const Bytes pattern_bytes = "ab*?[]^-\\c";
  const Bytes text_bytes = "abc]-^\\";
  const auto draw = [&](Bytes alphabet, size_t size_max) {
    std::string text(random.below(size_max + 1), '\0');
    for (char& c : text) c = alphabet[random.below(alphabet.size())];
    return text;
  };
  size_t matches = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::string pattern = draw(pattern_bytes, 8);
    const std::string text = draw(text_bytes, 6);
    if (text.empty()) continue;
    const bool expected = model(pattern, text);
    matches += expected ? 1 : 0;
    INFO(pattern << " on " << text);
    REQUIRE(glob_match(pattern, text) == expected);
  }
  CHECK(matches > 5'000);
}

TEST_CASE("no pattern explodes", "[glob]") {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "a*";
  const std::string text(10'000, 'a');
  CHECK_FALSE(glob_match(pattern + "b", text));
  CHECK_FALSE(glob_match(pattern + "b", text, Case::kIgnored));
  CHECK(glob_match(pattern, text));
  CHECK_FALSE(glob_match(std::string(10'000, '*') + "[b]", text));
}

TEST_CASE("a literal pattern is recognised", "[glob]") {
  CHECK(glob_is_literal("user:1"));
  CHECK(glob_is_literal("]^-"));
  for (Bytes pattern : {"a*", "?", "[a", "\\a"}) CHECK_FALSE(glob_is_literal(pattern));
}
