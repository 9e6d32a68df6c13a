#include "core/settings/setting_units.h"

#include "core/base/number.h"

#include <charconv>
#include <limits>

namespace sorrel {
namespace {

struct MemoryUnit {
  const char* name;
  int64_t bytes;
};
constexpr MemoryUnit kPrintedUnits[] = {{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}};

}  // namespace

std::optional<uint64_t> memory_from_text(Bytes text) {
  if (text.empty()) return 0;
  if (const std::optional<uint64_t> bytes = parse_memory_size(text)) return bytes;
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0) return std::nullopt;
  const Bytes unit = digits == Bytes::npos ? Bytes() : text.substr(digits);
  const bool is_too_large = parse_memory_size("1" + std::string(unit)).has_value();
  if (!is_too_large) return std::nullopt;
  return std::numeric_limits<uint64_t>::max();
}

std::optional<int64_t> int64_memory_from_text(Bytes text) {
  const std::optional<uint64_t> bytes = memory_from_text(text);
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (!bytes || *bytes > kMax) return std::nullopt;
  return static_cast<int64_t>(*bytes);
}

std::string memory_in_units(int64_t bytes) {
  for (const MemoryUnit& unit : kPrintedUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + unit.name;
    }
  }
  return std::to_string(bytes);
}

std::optional<int64_t> octal_from_text(Bytes text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 8);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string octal_text(int64_t value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value, 8);
  return std::string(digits, error == std::errc() ? end : digits);
}

}  // namespace sorrel
