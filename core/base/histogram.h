// Histogram: how often values of each size came, in constant memory, with a relative error of 1/64.
//
// Log-linear, the layout that HdrHistogram made known: every power of two is divided into 64 equal
// steps. Memory is taken at the first value.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace sorrel {

class Histogram {
 public:
  void add(uint64_t value) {
    if (counts_.empty()) counts_.resize(kCells);
    ++counts_[cell_of(value < kValueMax ? value : kValueMax)];
    ++total_;
  }
  uint64_t total() const { return total_; }
  /// The greatest value that the given share (0 to 100) of all values doesn't exceed.
  uint64_t percentile(double percent) const {
    const double wanted = percent / 100 * static_cast<double>(total_);
    uint64_t seen = 0;
    for (uint32_t cell = 0; cell < counts_.size(); ++cell) {
      seen += counts_[cell];
      if (seen != 0 && static_cast<double>(seen) >= wanted) return highest_in(cell);
    }
    return 0;
  }
  /// How many values were at most `value`.
  uint64_t at_most(uint64_t value) const {
    uint64_t seen = 0;
    for (uint32_t cell = 0; cell < counts_.size() && highest_in(cell) <= value; ++cell) {
      seen += counts_[cell];
    }
    return seen;
  }
  void clear() {
    counts_.clear();
    total_ = 0;
  }
  size_t bytes() const { return counts_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr unsigned kStepBits = 6;
  static constexpr uint64_t kSteps = uint64_t{1} << kStepBits;
  static constexpr unsigned kValueBits = 40;
  static constexpr uint64_t kValueMax = (uint64_t{1} << kValueBits) - 1;
  static constexpr size_t kCells = (kValueBits - kStepBits + 1) * kSteps;

  static uint32_t cell_of(uint64_t value) {
    if (value < kSteps) return static_cast<uint32_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
    return static_cast<uint32_t>((shift << kStepBits) + (value >> shift));
  }
  static uint64_t highest_in(uint32_t cell) {
    if (cell < 2 * kSteps) return cell;
    const unsigned shift = (cell >> kStepBits) - 1;
    const uint64_t step = kSteps + (cell & (kSteps - 1));
    return ((step + 1) << shift) - 1;
  }

  std::vector<uint64_t> counts_;
  uint64_t total_ = 0;
};

}  // namespace sorrel
