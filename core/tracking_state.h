// TrackingState: how one session wants to hear that what it caches has changed (core/tracking.h).
//
// Owned by the session while its tracking is on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace sorrel {

/// What CLIENT TRACKING ON was given.
struct TrackingOptions {
  bool broadcast = false;  // of keys by their prefix, whether they were read or not
  bool opt_in = false;     // keys are remembered only after CLIENT CACHING YES
  bool opt_out = false;    // ... unless after CLIENT CACHING NO
  bool no_loop = false;    // not of what the session changes itself
  uint64_t redirect = 0;   // the session that is told; 0: this one
};

struct TrackingState {
  TrackingOptions options;
  /// CLIENT CACHING spoke of the next command.
  bool caching = false;
  /// The session that is to be told has gone, which was found out when there was something to tell.
  bool broken_redirect = false;
  std::set<std::string, std::less<>> prefixes;  // of a broadcast
  size_t prefix_bytes = 0;                      // of the names and what holds them

  size_t bytes() const { return sizeof *this + prefix_bytes; }
};

}  // namespace sorrel
