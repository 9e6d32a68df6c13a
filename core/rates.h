// Rates: how much happened a second lately (instantaneous_… in INFO).
//
// Sixteen samples, one each tenth of a second; the rate is their mean. Owned by the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class Rate {
 public:
  /// `total` is the counter now, `elapsed_ms` the time since the last sample.
  void sample(uint64_t total, int64_t elapsed_ms) {
    const double delta = total >= last_ ? static_cast<double>(total - last_) : 0;
    samples_[next_++ % samples_.size()] =
        elapsed_ms == 0 ? 0 : delta * 1000 / static_cast<double>(elapsed_ms);
    last_ = total;
  }
  double per_second() const {
    double sum = 0;
    for (const double sample : samples_) sum += sample;
    return sum / static_cast<double>(samples_.size());
  }
  void clear() { samples_.fill(0); }

 private:
  std::array<double, 16> samples_{};
  size_t next_ = 0;
  uint64_t last_ = 0;
};

struct Rates {
  static constexpr int64_t kIntervalMs = 100;
  Rate commands;
  Rate input_bytes;
  Rate output_bytes;
  Rate turns;
  Rate turn_ns;
  int64_t last_ms = 0;
};

}  // namespace sorrel
