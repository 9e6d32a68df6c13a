// Entries that are to be added to a stream later: what XADD's DELAY and XDELAYED ADD share.
#pragma once

#include "core/command/context.h"
#include "core/value/stream.h"

#include <cstdint>
#include <optional>

namespace sorrel {

/// The time of a delayed entry: `DELAY ms` from now on, `AT unix-time-ms`; or the error was
/// answered.
std::optional<int64_t> parse_delay(Context& context, Bytes text, int64_t from_ms);

/// Hands an entry in under an ID of delayed entries that is free; makes the stream if need be, and
/// gives it. It is told as one change.
Stream& delay_entry(KeyWriter& key, StreamId delayed, StreamFields entry);

}  // namespace sorrel
