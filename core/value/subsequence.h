// CommonSubsequence: a longest common subsequence of two strings, by dynamic programming.
//
// Of several longest ones it is the one that Redis gives: walking back from the ends, a match is
// always taken, and on a tie the second string is shortened first. The lengths are needed a row at
// a time; for the way back one bit a cell says which string to shorten: (a + 1) × (b + 1) bits, a
// thirty-second of the table of lengths. Time a × b.
//
// It owns its bits and refers to the strings, which must outlive it.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorrel {

class CommonSubsequence {
 public:
  /// Throws std::bad_alloc.
  CommonSubsequence(Bytes a, Bytes b);

  size_t length() const { return length_; }

  /// A run of bytes that follow each other in both strings: a[a_first…] equals b[b_first…].
  struct Run {
    size_t a_first;
    size_t b_first;
    size_t length;
  };
  /// Calls `visit(run)` for every maximal run, from the end to the beginning.
  template <typename Visit>
  void for_each_run(Visit visit) const {
    Run run{0, 0, 0};
    size_t i = a_.size();
    size_t j = b_.size();
    while (i > 0 && j > 0) {
      if (a_[i - 1] == b_[j - 1]) {
        run = Run{--i, --j, run.length + 1};
        continue;
      }
      if (run.length != 0) visit(run);
      run.length = 0;
      shortens_a(i, j) ? --i : --j;
    }
    if (run.length != 0) visit(run);
  }

 private:
  bool shortens_a(size_t i, size_t j) const {
    const size_t bit = i * width_ + j;
    return (bits_[bit / 64] >> (bit % 64) & 1) != 0;
  }

  Bytes a_;
  Bytes b_;
  size_t width_;
  size_t length_ = 0;
  std::vector<uint64_t> bits_;
};

}  // namespace sorrel
