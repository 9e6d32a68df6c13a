#include "core/base/number.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <system_error>

namespace sorrel {
namespace {

// Redis refuses longer operands before it looks at them.
constexpr size_t kLongRealCharsMax = 5 * 1024;

constexpr uint64_t kInt64MinMagnitude = uint64_t{1} << 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Digits without a leading zero that fit an uint64.
std::optional<uint64_t> parse_digits(Bytes text) {
  if (text.empty() || text.size() > kIntegerCharsMax) return std::nullopt;
  if (text[0] == '0') return text.size() == 1 ? std::optional<uint64_t>(0) : std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    if (__builtin_mul_overflow(value, 10u, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value)) return std::nullopt;
  }
  return value;
}

bool starts_real(Bytes text, std::chars_format format) {
  if (text.empty()) return false;
  const char c = to_lower(text[0]);
  return is_digit(c) || c == '.' || (format == std::chars_format::hex && c >= 'a' && c <= 'f');
}

bool is_infinity(Bytes text) {
  return equals_ignore_case(text, "inf") || equals_ignore_case(text, "infinity");
}

// Signs, "0x" and infinity are what strtod takes and from_chars doesn't, or takes in other places.
// It is shown nothing that starts with a letter: libstdc++ 12 reads behind the end of "nan". Nor
// two signs of an exponent, which it takes where the number is hexadecimal.
template <typename Real>
std::optional<Real> parse_any_real(Bytes text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  Real value = std::numeric_limits<Real>::infinity();
  if (!is_infinity(text)) {
    auto format = std::chars_format::general;
    if (text.size() > 2 && text[0] == '0' && to_lower(text[1]) == 'x') {
      format = std::chars_format::hex;
      text.remove_prefix(2);
    }
    if (!starts_real(text, format) || text.find("+-") != Bytes::npos) return std::nullopt;
    const char* const text_end = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), text_end, value, format);
    if (failure != std::errc() || end != text_end) return std::nullopt;
  }
  return negative ? -value : value;
}

// The digits of a double, d.ddd × 10^exponent, without the point.
struct Decimal {
  char digits[18];
  int count = 0;
  int exponent = 0;
};

Decimal shortest_decimal(double magnitude) {
  char text[32];
  const char* end =
      std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* at = text;
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[decimal.count++] = *at;
  }
  const char* exponent = at[1] == '+' ? at + 2 : at + 1;
  std::from_chars(exponent, end, decimal.exponent);
  return decimal;
}

char* put(char* out, const char* from, int count) {
  std::memcpy(out, from, static_cast<size_t>(count));
  return out + count;
}

char* put_zeros(char* out, int count) {
  std::memset(out, '0', static_cast<size_t>(count));
  return out + count;
}

// Plain notation for up to 7 added zeros, and for fractions of at most 6 places or down to 0.001;
// otherwise d.ddde±x with no zeros before the exponent: what the library inside Redis 7.2 prints.
char* put_decimal(char* out, const Decimal& decimal) {
  const int count = decimal.count;
  const int scale = decimal.exponent - (count - 1);  // value = digits × 10^scale
  const int exponent = decimal.exponent < 0 ? -decimal.exponent : decimal.exponent;
  if (scale >= 0 && exponent < count + 7) {
    return put_zeros(put(out, decimal.digits, count), scale);
  }
  if (scale < 0 && (scale > -7 || exponent < 4)) {
    const int whole = count + scale;
    if (whole <= 0) {
      return put(put_zeros(put(out, "0.", 2), -whole), decimal.digits, count);
    }
    out = put(put(out, decimal.digits, whole), ".", 1);
    return put(out, decimal.digits + whole, count - whole);
  }
  *out++ = decimal.digits[0];
  if (count > 1) out = put(put(out, ".", 1), decimal.digits + 1, count - 1);
  *out++ = 'e';
  *out++ = decimal.exponent < 0 ? '-' : '+';
  return out + format_unsigned(out, static_cast<uint64_t>(exponent));
}

}  // namespace

std::optional<int64_t> parse_integer_slowly(Bytes text) {
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::optional<uint64_t> magnitude = parse_digits(text);
  if (!magnitude) return std::nullopt;
  if (!negative) {
    if (*magnitude >= kInt64MinMagnitude) return std::nullopt;
    return static_cast<int64_t>(*magnitude);
  }
  if (*magnitude == 0 || *magnitude > kInt64MinMagnitude) return std::nullopt;
  return static_cast<int64_t>(0 - *magnitude);
}

std::optional<uint64_t> parse_unsigned(Bytes text) {
  return parse_digits(text);
}

std::optional<double> parse_real(Bytes text) {
  return parse_any_real<double>(text);
}

std::optional<long double> parse_long_real(Bytes text) {
  if (text.size() >= kLongRealCharsMax) return std::nullopt;
  return parse_any_real<long double>(text);
}

std::optional<uint64_t> parse_memory_size(Bytes text) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0) return std::nullopt;
  struct Unit {
    Bytes name;
    uint64_t bytes;
  };
  constexpr Unit kUnits[] = {
      {"", 1},          {"b", 1},        {"k", 1000},          {"kb", 1 << 10},
      {"m", 1'000'000}, {"mb", 1 << 20}, {"g", 1'000'000'000}, {"gb", 1 << 30},
  };
  for (const Unit& unit : kUnits) {
    if (!equals_ignore_case(text.substr(digits), unit.name)) continue;
    uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + digits, value);
    if (parsed.ec != std::errc()) return std::nullopt;
    if (__builtin_mul_overflow(value, unit.bytes, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

size_t format_real(char* out, double value) {
  char* const begin = out;
  if (std::isnan(value)) return static_cast<size_t>(put(out, "nan", 3) - begin);
  if (std::signbit(value)) *out++ = '-';
  const double magnitude = std::fabs(value);
  if (std::isinf(value)) {
    out = put(out, "inf", 3);
  } else if (magnitude <= 0x1p62 && magnitude == std::floor(magnitude)) {
    out += format_unsigned(out, static_cast<uint64_t>(magnitude));
  } else {
    out = put_decimal(out, shortest_decimal(magnitude));
  }
  return static_cast<size_t>(out - begin);
}

std::string format_human_long_real(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text(std::numeric_limits<long double>::max_exponent10 + 32, '\0');
  const auto printed =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 17);
  text.resize(static_cast<size_t>(printed.ptr - text.data()));
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace sorrel
