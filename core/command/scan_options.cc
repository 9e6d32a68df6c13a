#include "core/command/scan_options.h"

#include "core/base/glob.h"
#include "core/base/number.h"
#include "core/command/arguments.h"

#include <charconv>

namespace sorrel {
namespace {

/// As strtoul reads it, on which Redis stands: nothing is 0, and a minus counts from the end.
std::optional<uint64_t> read_cursor(Bytes text) {
  if (text.empty()) return 0;
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  uint64_t cursor = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), cursor);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return minus ? 0 - cursor : cursor;
}

/// False when an error was answered.
bool read_count(Context& context, Bytes text, size_t& out) {
  const std::optional<int64_t> count = parse_integer(text);
  if (!count || *count < 1) {
    context.error(count ? errors::kSyntax : errors::kNotAnInteger);
    return false;
  }
  out = static_cast<size_t>(*count);
  return true;
}

/// False when an error was answered.
bool read_option(Context& context, Arguments& arguments, Scanned scanned, ScanOptions& options) {
  Bytes value;
  if (arguments.take("COUNT", value)) return read_count(context, value, options.count);
  if (arguments.take("MATCH", value)) {
    options.pattern = value;
    options.filtered = value != "*";
    return true;
  }
  if (scanned == Scanned::kKeys && arguments.take("TYPE", value)) {
    options.type = value;
    return options.typed = true;
  }
  const bool no_values = arguments.take("NOVALUES");
  if (no_values && scanned == Scanned::kFields) return options.no_values = true;
  context.error(no_values ? Bytes("ERR NOVALUES option can only be used in HSCAN")
                          : errors::kSyntax);
  return false;
}

}  // namespace

bool ScanOptions::matches(Bytes name) const {
  return !filtered || glob_match(pattern, name);
}

std::optional<uint64_t> parse_scan_cursor(Context& context, Bytes text) {
  const std::optional<uint64_t> cursor = read_cursor(text);
  if (!cursor) context.error("ERR invalid cursor");
  return cursor;
}

std::optional<ScanOptions> parse_scan_options(Context& context, size_t from, Scanned scanned) {
  ScanOptions options;
  Arguments arguments(context, from);
  while (!arguments.done()) {
    if (!read_option(context, arguments, scanned, options)) return std::nullopt;
  }
  return options;
}

void reply_scan_cursor(Context& context, uint64_t cursor) {
  char text[kIntegerCharsMax];
  context.reply.array(2);
  context.reply.bulk(Bytes(text, format_unsigned(text, cursor)));
}

}  // namespace sorrel
