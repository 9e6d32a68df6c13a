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

std::optional<int64_t> memory_from_text(Bytes text) {
  if (text.empty()) return 0;
  const std::optional<uint64_t> bytes = parse_memory_size(text);
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
