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
  const int64_t start_kernel = steady_ns();
  const int64_t start = clock.monotonic_ns();
  int64_t last = start;
  bool steady = true;
  // Across the moment at which the counter takes over.
  while (steady_ns() - start_kernel < 60'000'000) {
    const int64_t now = clock.monotonic_ns();
    steady = steady && now >= last;
    last = now;
  }
  CHECK(steady);
  const int64_t drift = (clock.monotonic_ns() - start) - (steady_ns() - start_kernel);
  CHECK(std::abs(drift) < 1'000'000);
}

TEST_CASE("the system's wall clock is the machine's", "[server]") {
  SystemClock clock;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t expected = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  CHECK(std::abs(clock.unix_us() - expected) < 1'000'000);
}

}  // namespace
}  // namespace sorrel
