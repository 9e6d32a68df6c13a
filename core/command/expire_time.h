// Expire times as commands give them: relative or absolute, in seconds or milliseconds.
#pragma once

#include "core/command/context.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

/// The unit and base of EX, PX, EXAT, PXAT and of the EXPIRE family.
struct TimeUnit {
  bool seconds;
  bool absolute;
};
inline constexpr TimeUnit kEx{true, false};
inline constexpr TimeUnit kPx{false, false};
inline constexpr TimeUnit kExat{true, true};
inline constexpr TimeUnit kPxat{false, true};

/// Unix milliseconds of `text`, which must be positive; otherwise an error was answered.
std::optional<int64_t> parse_expire_time(Context& context, Bytes text, TimeUnit unit);

/// "ERR invalid expire time in 'set' command".
std::string invalid_expire_time(const Context& context);

}  // namespace sorrel
