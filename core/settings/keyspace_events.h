// The event classes of notify-keyspace-events, one letter and one bit each.
//
// kEventAll (letter A) stands for the classes that a plain "everything" means: it leaves out key
// misses (m) and new keys (n), which a client has to ask for by name.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

enum KeyspaceEvent : uint32_t {
  kEventKeyspace = 1u << 0,  // K: publish to __keyspace@<db>__:<key>
  kEventKeyevent = 1u << 1,  // E: publish to __keyevent@<db>__:<event>
  kEventGeneric = 1u << 2,   // g
  kEventString = 1u << 3,    // $
  kEventList = 1u << 4,      // l
  kEventSet = 1u << 5,       // s
  kEventHash = 1u << 6,      // h
  kEventZset = 1u << 7,      // z
  kEventExpired = 1u << 8,   // x
  kEventEvicted = 1u << 9,   // e
  kEventStream = 1u << 10,   // t
  kEventKeyMiss = 1u << 11,  // m
  kEventModule = 1u << 12,   // d
  kEventNew = 1u << 13,      // n
  kEventAll = kEventGeneric | kEventString | kEventList | kEventSet | kEventHash | kEventZset |
              kEventExpired | kEventEvicted | kEventStream | kEventModule,
};

/// "KEA" to bits; nothing for a letter that is no class.
std::optional<uint32_t> parse_keyspace_events(Bytes letters);
/// Bits to letters in the order that CONFIG GET shows: classes (or A), then K, E, m.
std::string format_keyspace_events(uint32_t events);

}  // namespace sorrel
