// SystemClock: the machine's clocks.
//
// Wall time comes from the kernel. Monotonic time, which the engine reads about twice a command,
// comes from the processor's time stamp counter where that counts at one rate in every state and on
// every core; elsewhere from the kernel, too. The counter's rate is measured while the clock is
// used and not waited for: until kCalibrationNs have passed the kernel answers, then the counter
// takes over from where the kernel stood, so the clock never goes back. Both are read one after the
// other, and a thread may lose its processor in between: the counter takes over when what that may
// have cost is less than one part in 2^kDoubtBits of the time that was measured over, about fifteen
// in a million. That is enough for what durations are used for; it is not wall time.
//
// One thread at a time.
#pragma once

#include "core/base/clock.h"

#include <cstdint>

namespace sorrel {

class SystemClock final : public Clock {
 public:
  SystemClock();
  int64_t unix_us() override;
  int64_t monotonic_ns() override;

  /// What monotonic_ns() reads: for INFO and the log.
  const char* monotonic_source() const;

 private:
  enum class Source : uint8_t { kKernel, kCalibrating, kCounter };
  static constexpr int64_t kCalibrationNs = 20'000'000;
  static constexpr int kDoubtBits = 16;

  /// Both clocks at one moment: the counter stood at most `doubt` before its ticks.
  struct Moment {
    uint64_t ticks;
    uint64_t doubt;
    int64_t ns;
  };
  static Moment moment();

  [[gnu::noinline]] int64_t calibrate();

  Source source_ = Source::kKernel;
  Moment base_ = {};          // the start of the calibration, then of the counter's reign
  uint64_t ns_per_tick_ = 0;  // times 2^32
  int64_t last_ns_ = 0;
};

}  // namespace sorrel
