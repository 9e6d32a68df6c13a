// Clock: where time comes from. Given to an instance by its constructor, so that a test can hold
// time still and a simulation can run a day in a second. The engine reads it once a turn; only what
// measures durations (slow log, latency) reads it more often.
#pragma once

#include <cstdint>

namespace sorrel {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Microseconds since 1970-01-01 UTC. May jump when somebody sets the machine's clock.
  virtual int64_t unix_us() = 0;
  /// Nanoseconds from an unspecified start; never goes back. Cheap: called twice a command.
  virtual int64_t monotonic_ns() = 0;
};

/// A clock for tests: stands still until told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t start_unix_us = 1'700'000'000'000'000) : unix_us_(start_unix_us) {}
  int64_t unix_us() override { return unix_us_; }
  int64_t monotonic_ns() override { return monotonic_ns_; }
  void advance_ms(int64_t ms) {
    unix_us_ += ms * 1000;
    monotonic_ns_ += ms * 1'000'000;
  }

 private:
  int64_t unix_us_;
  int64_t monotonic_ns_ = 0;
};

}  // namespace sorrel
