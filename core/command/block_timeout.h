// The timeout of a blocking command: seconds, with a fraction, or milliseconds; 0 waits for ever.
#pragma once

#include "core/command/context.h"

#include <cstdint>
#include <optional>

namespace sorrel {

/// In milliseconds, rounded up; or the error was answered.
std::optional<int64_t> parse_block_timeout(Context& context, Bytes text);
/// The same of a command that is told milliseconds.
std::optional<int64_t> parse_block_timeout_ms(Context& context, Bytes text);

}  // namespace sorrel
