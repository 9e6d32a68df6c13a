#include "core/base/glob.h"

#include <cstring>
#include <utility>

namespace sorrel {
namespace {

struct Matcher {
  Bytes pattern;
  bool ignore_case;

  char fold(char c) const { return ignore_case ? to_lower(c) : c; }

  // Ranges compare as signed bytes, as Redis does on the machines people run it on.
  bool in_range(char from, char to, char c) const {
    auto low = static_cast<signed char>(from);
    auto high = static_cast<signed char>(to);
    if (low > high) std::swap(low, high);
    const auto byte = static_cast<signed char>(fold(c));
    return byte >= static_cast<signed char>(fold(low)) &&
           byte <= static_cast<signed char>(fold(high));
  }

  // `at` stands behind the '[' and is left behind the ']' or at the pattern's end.
  bool match_class(size_t& at, char c) const {
    const bool negated = at < pattern.size() && pattern[at] == '^';
    if (negated) ++at;
    bool found = false;
    while (at < pattern.size()) {
      const size_t left = pattern.size() - at;
      if (pattern[at] == '\\' && left >= 2) {
        found |= pattern[at + 1] == c;
        at += 2;
      } else if (pattern[at] == ']') {
        ++at;
        break;
      } else if (left >= 3 && pattern[at + 1] == '-') {
        found |= in_range(pattern[at], pattern[at + 2], c);
        at += 3;
      } else {
        found |= fold(pattern[at]) == fold(c);
        ++at;
      }
    }
    return found != negated;
  }

  // Every element but '*' takes exactly one byte; `at` moves behind the element.
  bool match_one(size_t& at, char c) const {
    char element = pattern[at++];
    if (element == '?') return true;
    if (element == '[') return match_class(at, c);
    if (element == '\\' && at < pattern.size()) element = pattern[at++];
    return fold(element) == fold(c);
  }

  size_t skip_stars(size_t at) const {
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at;
  }
};

bool is_special(char c) {
  return c == '*' || c == '?' || c == '[' || c == '\\';
}

}  // namespace

bool glob_is_literal(Bytes pattern) {
  return pattern.find_first_of("*?[\\") == Bytes::npos;
}

// Since every element but '*' takes one byte, only the last star met needs to be retried: giving an
// earlier one more text can't help what a later one couldn't do.
bool glob_match(Bytes pattern, Bytes text, Case letters) {
  if (text.empty()) return pattern.empty();
  const Matcher matcher{pattern, letters == Case::kIgnored};
  size_t at = 0;
  size_t position = 0;
  size_t after_star = Bytes::npos;  // the element behind the last star
  size_t star_end = 0;              // where the text given to that star ends
  while (position < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      at = matcher.skip_stars(at);
      if (at == pattern.size()) return true;
      after_star = at;
      star_end = position;
    }
    if (at < pattern.size() && matcher.match_one(at, text[position])) {
      ++position;
      continue;
    }
    if (after_star == Bytes::npos) return false;
    at = after_star;
    ++star_end;
    if (letters == Case::kSensitive && !is_special(pattern[at])) {
      star_end = text.find(pattern[at], star_end);
      if (star_end == Bytes::npos) return false;
    }
    position = star_end;
  }
  return matcher.skip_stars(at) == pattern.size();
}

}  // namespace sorrel
