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

SystemClock::Moment SystemClock::moment() {
  const uint64_t before = read_counter();
  const int64_t ns = kernel_monotonic_ns();
  const uint64_t ticks = read_counter();
  return {ticks, ticks - before, ns};
}

SystemClock::SystemClock() {
  if (!counter_is_invariant()) return;
  source_ = Source::kCalibrating;
  base_ = moment();
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
  const uint64_t passed = ticks > base_.ticks ? ticks - base_.ticks : 0;
  const auto ns = static_cast<int64_t>((static_cast<Wide>(passed) * ns_per_tick_) >> 32);
  last_ns_ = std::max(last_ns_, base_.ns + ns);
  return last_ns_;
}

int64_t SystemClock::calibrate() {
  if (source_ == Source::kKernel) {
    last_ns_ = std::max(last_ns_, kernel_monotonic_ns());
    return last_ns_;
  }
  const Moment now = moment();
  last_ns_ = std::max(last_ns_, now.ns);
  if (now.ns - base_.ns < kCalibrationNs) return last_ns_;
  if (now.ticks <= base_.ticks) {
    source_ = Source::kKernel;
    return last_ns_;
  }
  const uint64_t ticks = now.ticks - base_.ticks;
  if (base_.doubt + now.doubt > ticks >> kDoubtBits) {
    // The first reading of all waits for pages: from a better one on it takes less long.
    if (now.doubt < base_.doubt) base_ = now;
    return last_ns_;
  }
  ns_per_tick_ = static_cast<uint64_t>(
      (static_cast<Wide>(static_cast<uint64_t>(now.ns - base_.ns)) << 32) / ticks);
  base_ = now;
  source_ = Source::kCounter;
  return last_ns_;
}

const char* SystemClock::monotonic_source() const {
  return source_ == Source::kKernel ? "POSIX clock_gettime" : "X86 TSC";
}

}  // namespace sorrel
