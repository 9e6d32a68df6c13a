// The letters of notify-keyspace-events, one for each class of events
// (core/keyspace/event_class.h).
#pragma once

#include "core/base/bytes.h"
#include "core/keyspace/event_class.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

/// "KEA" to bits; nothing for a letter that is no class.
std::optional<uint32_t> parse_keyspace_events(Bytes letters);
/// Bits to letters in the order that CONFIG GET shows: classes (or A), then K, E, m.
std::string format_keyspace_events(uint32_t events);

}  // namespace sorrel
