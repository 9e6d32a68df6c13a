// Any text as a number: refused, or a value whose own text reads back as the same value.
#include "core/base/check.h"
#include "core/base/number.h"

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using sorrel::Bytes;

void check_integers(Bytes text) {
  if (const auto value = sorrel::parse_integer(text)) {
    VERIFY(sorrel::IntegerText(*value).view() == text);
  }
  if (const auto value = sorrel::parse_unsigned(text)) {
    char digits[sorrel::kIntegerCharsMax];
    VERIFY(Bytes(digits, sorrel::format_unsigned(digits, *value)) == text);
  }
  sorrel::parse_memory_size(text);
}

// The C library is the judge: it must take the whole text, and nothing must have got lost.
bool strtod_takes(const std::string& text, double& value) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0])) != 0) return false;
  char* end = nullptr;
  errno = 0;
  value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || std::isnan(value)) return false;
  return errno != ERANGE || (std::isfinite(value) && value != 0);
}

void check_reals(Bytes text) {
  double expected = 0;
  const bool taken = strtod_takes(std::string(text), expected);
  const auto value = sorrel::parse_real(text);
  VERIFY(value.has_value() == taken);
  if (!taken) return;
  VERIFY(*value == expected);
  const sorrel::RealText printed(*value);
  VERIFY(sorrel::parse_real(printed.view()) == value);
}

void check_long_reals(Bytes text) {
  const auto value = sorrel::parse_long_real(text);
  if (!value) return;
  const std::string printed = sorrel::format_human_long_real(*value);
  VERIFY(!printed.empty());
  if (std::isfinite(*value)) VERIFY(printed.find_first_not_of("-.0123456789") == Bytes::npos);
}

void check_bits(const uint8_t* data) {
  double value;
  std::memcpy(&value, data, sizeof value);
  const sorrel::RealText printed(value);
  VERIFY(printed.view().size() <= sorrel::kRealCharsMax);
  if (!std::isnan(value)) VERIFY(sorrel::parse_real(printed.view()) == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes text(reinterpret_cast<const char*>(data), size);
  check_integers(text);
  check_reals(text);
  check_long_reals(text);
  if (size == sizeof(double)) check_bits(data);
  return 0;
}
