#include "core/commands/bit_offset.h"

#include "core/base/number.h"
#include "core/command/string_limit.h"

namespace sorrel {
namespace {

std::optional<uint64_t> parse_scaled(Context& context, Bytes text, unsigned scale) {
  const std::optional<int64_t> number = parse_integer(text);
  int64_t bit = 0;
  if (number && *number >= 0 && !__builtin_mul_overflow(*number, int64_t{scale}, &bit) &&
      within_string_limit(context, static_cast<uint64_t>(bit) / 8 + 1)) {
    return static_cast<uint64_t>(bit);
  }
  context.error("ERR bit offset is not an integer or out of range");
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_bit_offset(Context& context, Bytes text) {
  return parse_scaled(context, text, 1);
}

std::optional<uint64_t> parse_field_offset(Context& context, Bytes text, unsigned width) {
  if (text.empty() || text[0] != '#') return parse_scaled(context, text, 1);
  return parse_scaled(context, text.substr(1), width);
}

}  // namespace sorrel
