#include "server/system_clock.h"

#include "core/base/random.h"

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#include <algorithm>

namespace sorrel {
namespace {

int64_t kernel_monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

#if defined(__x86_64__)
bool counter_is_invariant() {
  constexpr unsigned kPowerManagement = 0x80000007;
  constexpr unsigned kInvariantCounter = 1u << 8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(kPowerManagement, &a, &b, &c, &d) != 0 && (d & kInvariantCounter) != 0;
}
uint64_t read_counter() {
  return __rdtsc();
}
#else
bool counter_is_invariant() {
  return false;
}
uint64_t read_counter() {
  return 0;
}
#endif

}  // namespace

SystemClock::SystemClock() {
  if (!counter_is_invariant()) return;
  source_ = Source::kCalibrating;
  base_ticks_ = read_counter();
  base_ns_ = kernel_monotonic_ns();
}

int64_t SystemClock::unix_us() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

int64_t SystemClock::monotonic_ns() {
  if (source_ != Source::kCounter) [[unlikely]]
    return calibrate();
  // A core whose counter is a little behind must not show it.
  const uint64_t ticks = read_counter();
  const uint64_t passed = ticks > base_ticks_ ? ticks - base_ticks_ : 0;
  const auto ns = static_cast<int64_t>((static_cast<Wide>(passed) * ns_per_tick_) >> 32);
  last_ns_ = std::max(last_ns_, base_ns_ + ns);
  return last_ns_;
}

int64_t SystemClock::calibrate() {
  last_ns_ = std::max(last_ns_, kernel_monotonic_ns());
  if (source_ == Source::kKernel || last_ns_ - base_ns_ < kCalibrationNs) return last_ns_;
  const uint64_t ticks = read_counter();
  if (ticks <= base_ticks_) {
    source_ = Source::kKernel;
    return last_ns_;
  }
  const auto passed_ns = static_cast<uint64_t>(last_ns_ - base_ns_);
  ns_per_tick_ =
      static_cast<uint64_t>((static_cast<Wide>(passed_ns) << 32) / (ticks - base_ticks_));
  base_ticks_ = ticks;
  base_ns_ = last_ns_;
  source_ = Source::kCounter;
  return last_ns_;
}

const char* SystemClock::monotonic_source() const {
  return source_ == Source::kKernel ? "POSIX clock_gettime" : "X86 TSC";
}

}  // namespace sorrel
