// EventClass: the classes of keyspace events, with the letters of notify-keyspace-events.
//
// Two of them, K and E, say where an event is published; the others say what happened.
#pragma once

#include <cstdint>

namespace sorrel {

enum EventClass : uint32_t {
  kEventKeyspace = 1u << 0,      // K: to __keyspace@<db>__:<key>
  kEventKeyevent = 1u << 1,      // E: to __keyevent@<db>__:<event>
  kEventGeneric = 1u << 2,       // g
  kEventString = 1u << 3,        // $
  kEventList = 1u << 4,          // l
  kEventSet = 1u << 5,           // s
  kEventHash = 1u << 6,          // h
  kEventZset = 1u << 7,          // z
  kEventExpired = 1u << 8,       // x
  kEventEvicted = 1u << 9,       // e
  kEventStream = 1u << 10,       // t
  kEventKeymiss = 1u << 11,      // m
  kEventModule = 1u << 12,       // d
  kEventNew = 1u << 13,          // n
  kEventOverwritten = 1u << 14,  // o
  kEventTypeChanged = 1u << 15,  // c
  /// A: what a plain "everything" means. Key misses, new, overwritten and retyped keys have to be
  /// asked for by name.
  kEventAll = kEventGeneric | kEventString | kEventList | kEventSet | kEventHash | kEventZset |
              kEventExpired | kEventEvicted | kEventStream | kEventModule,
};

}  // namespace sorrel
