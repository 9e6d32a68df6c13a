// Numbers as text, spelled and accepted exactly as Redis does.
//
// A number in a key or an argument is text under stricter rules than the C library's: one spelling
// a value ("-0", "+1", " 1" and "01" are not integers), because a string that round-trips through
// an integer may be stored as one. Reals are as strtod reads them, without surrounding space, not
// NaN, and not out of range. Nothing here depends on the process's locale.
//
// Reals are printed as Redis 7.2 does it: whole numbers up to 2^62 as integers, everything else
// with the fewest digits that read back to the same double. (Redis 7.0 prints up to 17 digits.)
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace sorrel {

inline constexpr size_t kIntegerCharsMax = 20;  // "-9223372036854775808", "18446744073709551615"
inline constexpr size_t kRealCharsMax = 32;

std::optional<int64_t> parse_integer_slowly(Bytes text);

/// An int64 in its one spelling.
inline std::optional<int64_t> parse_integer(Bytes text) {
  // Most strings aren't numbers and show it in the first byte or by their length.
  if (text.empty() || text.size() > kIntegerCharsMax) return std::nullopt;
  if (text[0] > '9' || (text[0] < '0' && text[0] != '-')) return std::nullopt;
  return parse_integer_slowly(text);
}

/// A uint64 in its one spelling.
std::optional<uint64_t> parse_unsigned(Bytes text);

/// A score, a coordinate, a timeout: inf and hexadecimal floats are accepted, NaN is not.
std::optional<double> parse_real(Bytes text);

/// The operands of INCRBYFLOAT, which Redis adds in long double.
std::optional<long double> parse_long_real(Bytes text);

/// redis.conf's sizes: digits and one of b, k (1000), kb (1024), m, mb, g, gb in any case.
std::optional<uint64_t> parse_memory_size(Bytes text);

/// "00" "01" … "99": two digits a step halve the divisions.
inline constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

constexpr size_t decimal_digits(uint64_t value) {
  size_t digits = 1;
  for (;;) {
    if (value < 10) return digits;
    if (value < 100) return digits + 1;
    if (value < 1000) return digits + 2;
    if (value < 10000) return digits + 3;
    value /= 10000;
    digits += 4;
  }
}

/// Writes at most kIntegerCharsMax bytes to `out` and returns how many; no NUL.
inline size_t format_unsigned(char* out, uint64_t value) {
  const size_t length = decimal_digits(value);
  char* end = out + length;
  while (value >= 100) {
    end -= 2;
    std::memcpy(end, &kDigitPairs[(value % 100) * 2], 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(end - 2, &kDigitPairs[value * 2], 2);
  } else {
    end[-1] = static_cast<char>('0' + value);
  }
  return length;
}

inline size_t format_integer(char* out, int64_t value) {
  if (value >= 0) return format_unsigned(out, static_cast<uint64_t>(value));
  *out = '-';
  return 1 + format_unsigned(out + 1, 0 - static_cast<uint64_t>(value));
}

/// Writes at most kRealCharsMax bytes: "3", "0.1", "1.5e+300", "inf", "-inf", "nan", "-0".
size_t format_real(char* out, double value);

/// INCRBYFLOAT's result: 17 digits after the point, trailing zeros cut, never an exponent.
std::string format_human_long_real(long double value);

/// An integer's text without a heap: `IntegerText(7).view()`.
class IntegerText {
 public:
  explicit IntegerText(int64_t value) : length_(format_integer(chars_, value)) {}
  Bytes view() const { return Bytes(chars_, length_); }

 private:
  char chars_[kIntegerCharsMax];
  size_t length_;
};

/// A double's text, likewise.
class RealText {
 public:
  explicit RealText(double value) : length_(format_real(chars_, value)) {}
  Bytes view() const { return Bytes(chars_, length_); }

 private:
  char chars_[kRealCharsMax];
  size_t length_;
};

}  // namespace sorrel
