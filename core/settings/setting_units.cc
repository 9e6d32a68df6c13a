#include "core/settings/setting_units.h"

#include "core/base/bytes.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sorrel {
namespace {

struct MemoryUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr MemoryUnit kMemoryUnits[] = {
    {"", 1},          {"b", 1},           {"k", 1000},          {"kb", 1ull << 10},
    {"m", 1'000'000}, {"mb", 1ull << 20}, {"g", 1'000'000'000}, {"gb", 1ull << 30},
};
constexpr MemoryUnit kPrintedUnits[] = {{"gb", 1ull << 30}, {"mb", 1ull << 20}, {"kb", 1ull << 10}};

std::optional<uint64_t> unit_bytes(std::string_view name) {
  for (const MemoryUnit& unit : kMemoryUnits) {
    if (equals_ignore_case(unit.name, name)) return unit.bytes;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_unsigned(std::string_view text, int base) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_memory(std::string_view text) {
  if (text.empty()) return 0;
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<uint64_t> unit = unit_bytes(text.substr(digits));
  const std::optional<uint64_t> count = parse_unsigned(text.substr(0, digits), 10);
  if (!unit || !count) return std::nullopt;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (*count > kMax / *unit) return std::nullopt;
  return static_cast<int64_t>(*count * *unit);
}

std::string memory_in_units(int64_t bytes) {
  for (const MemoryUnit& unit : kPrintedUnits) {
    const auto size = static_cast<int64_t>(unit.bytes);
    if (bytes != 0 && bytes % size == 0) {
      return std::to_string(bytes / size) + std::string(unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string to_octal(int64_t value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value, 8);
  return std::string(digits, error == std::errc() ? end : digits);
}

}  // namespace sorrel
