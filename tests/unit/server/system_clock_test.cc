#include "server/system_clock.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace sorrel {
namespace {

int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

TEST_CASE("the system's monotonic clock keeps pace with the kernel's and never goes back",
          "[server]") {
  SystemClock clock;
  const int64_t before_start = steady_ns();
  const int64_t start = clock.monotonic_ns();
  const int64_t behind_start = steady_ns();
  int64_t last = start;
  bool steady = true;
  // Across the moment at which the counter takes over.
  while (steady_ns() - before_start < 60'000'000) {
    const int64_t now = clock.monotonic_ns();
    steady = steady && now >= last;
    last = now;
  }
  CHECK(steady);
  // Between any two readings the scheduler may take the processor away: so it was at least, and at
  // most, so long.
  const int64_t before_end = steady_ns();
  const int64_t passed = clock.monotonic_ns() - start;
  const int64_t behind_end = steady_ns();
  constexpr int64_t kDriftMaxNs = 100'000;
  CHECK(passed > before_end - behind_start - kDriftMaxNs);
  CHECK(passed < behind_end - before_start + kDriftMaxNs);
}

TEST_CASE("the system's wall clock is the machine's", "[server]") {
  SystemClock clock;
  const auto machine_us = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  };
  const int64_t before = machine_us();
  const int64_t now = clock.unix_us();
  CHECK(now >= before);
  CHECK(now <= machine_us());
}

}  // namespace
}  // namespace sorrel
