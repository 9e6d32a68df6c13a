// Bytes: a view of bytes that somebody else owns.
//
// Keys, values and arguments are bytes, never text: they may hold NUL and anything else. A Bytes
// never owns; whoever hands one out says how long it stays valid.
#pragma once

#include <string_view>

namespace sorrel {

using Bytes = std::string_view;

/// ASCII only, as the protocol and redis.conf compare words.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

constexpr bool equals_ignore_case(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

}  // namespace sorrel
