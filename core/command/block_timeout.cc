#include "core/command/block_timeout.h"

#include "core/base/number.h"

#include <cmath>

namespace sorrel {
namespace {

// More than that, counted from now, is no time that 64 bits can hold.
constexpr double kTimeoutMsMax = 9.2e18;

}  // namespace

std::optional<int64_t> parse_block_timeout(Context& context, Bytes text) {
  const std::optional<double> seconds = parse_real(text);
  if (!seconds) {
    context.error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  const double ms = std::ceil(*seconds * 1000);
  if (ms < 0 || ms > kTimeoutMsMax - static_cast<double>(context.now_ms())) {
    context.error(ms < 0 ? "ERR timeout is negative" : "ERR timeout is out of range");
    return std::nullopt;
  }
  return static_cast<int64_t>(ms);
}

std::optional<int64_t> parse_block_timeout_ms(Context& context, Bytes text) {
  const std::optional<int64_t> ms = parse_integer(text);
  if (ms && *ms >= 0 && *ms <= INT64_MAX - context.now_ms()) return ms;
  if (!ms) {
    context.error("ERR timeout is not an integer or out of range");
  } else {
    context.error(*ms < 0 ? "ERR timeout is negative" : "ERR timeout is out of range");
  }
  return std::nullopt;
}

}  // namespace sorrel
