// Bytes: a view of bytes that somebody else owns.
//
// Keys, values and arguments are bytes, never text: they may hold NUL and anything else. A Bytes
// never owns; whoever hands one out says how long it stays valid.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sorrel {

using Bytes = std::string_view;

/// a == b. Names, keys and members are mostly short: up to 32 bytes are compared in words, without
/// a call.
// Always inlined: twice in the life of a GET, where a call costs as much as the comparison.
[[gnu::always_inline]] inline bool same_bytes(Bytes a, Bytes b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  const auto differ = [p = a.data(), q = b.data()]<typename Word>(size_t at, Word) {
    Word left, right;
    std::memcpy(&left, p + at, sizeof left);
    std::memcpy(&right, q + at, sizeof right);
    return left ^ right;
  };
  // First and last words may overlap.
  if (size >= 8) {
    if (size > 32) return std::memcmp(a.data(), b.data(), size) == 0;
    uint64_t difference = differ(0, uint64_t{}) | differ(size - 8, uint64_t{});
    if (size > 16) difference |= differ(8, uint64_t{}) | differ(size - 16, uint64_t{});
    return difference == 0;
  }
  if (size >= 4) return (differ(0, uint32_t{}) | differ(size - 4, uint32_t{})) == 0;
  if (size == 0) return true;
  return ((a[0] ^ b[0]) | (a[size / 2] ^ b[size / 2]) | (a[size - 1] ^ b[size - 1])) == 0;
}

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
