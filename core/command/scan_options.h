// ScanOptions: cursor and options of SCAN, HSCAN, SSCAN and ZSCAN.
#pragma once

#include "core/command/context.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sorrel {

struct ScanOptions {
  Bytes pattern;
  bool filtered = false;
  size_t count = 10;
  Bytes type;
  bool typed = false;
  bool no_values = false;

  bool matches(Bytes name) const;
};

/// What is scanned decides which options there are: TYPE is SCAN's, NOVALUES HSCAN's.
enum class Scanned : uint8_t { kKeys, kFields, kMembers };

/// Nothing when an error was answered.
std::optional<uint64_t> parse_scan_cursor(Context& context, Bytes text);
/// The options from argument `from` on; nothing when an error was answered.
std::optional<ScanOptions> parse_scan_options(Context& context, size_t from, Scanned scanned);

/// The head of the reply: the next cursor. The array of what was found follows.
void reply_scan_cursor(Context& context, uint64_t cursor);

}  // namespace sorrel
