#include "core/command/database_number.h"

#include "core/base/number.h"
#include "core/command/errors.h"
#include "core/engine.h"

namespace sorrel {
namespace {

constexpr Bytes kNot32Bits =
    "ERR value is out of range, value must between -2147483648 and 2147483647";

Bytes refusal(const std::optional<int64_t>& number, int64_t databases) {
  if (!number) return errors::kNotAnInteger;
  if (*number < INT32_MIN || *number > INT32_MAX) return kNot32Bits;
  return *number < 0 || *number >= databases ? errors::kInvalidDb : Bytes();
}

}  // namespace

std::optional<int> parse_database_number(Context& context, Bytes text) {
  const std::optional<int64_t> number = parse_integer(text);
  const Bytes error = refusal(number, context.engine.database_count());
  if (error.empty()) return static_cast<int>(*number);
  context.error(error);
  return std::nullopt;
}

}  // namespace sorrel
