#include "core/command/expire_time.h"

#include "core/base/number.h"

namespace sorrel {

std::string invalid_expire_time(const Context& context) {
  return "ERR invalid expire time in '" + std::string(context.command.spec->name) + "' command";
}

std::optional<int64_t> parse_expire_time(Context& context, Bytes text, TimeUnit unit) {
  const std::optional<int64_t> given = parse_integer(text);
  if (!given) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  int64_t ms = *given;
  const bool too_large = unit.seconds && ms > INT64_MAX / 1000;
  if (unit.seconds && !too_large && ms > 0) ms *= 1000;
  const int64_t base = unit.absolute ? 0 : context.now_ms();
  if (ms <= 0 || too_large || ms > INT64_MAX - base) {
    context.error(invalid_expire_time(context));
    return std::nullopt;
  }
  return ms + base;
}

}  // namespace sorrel
