#include "core/value/subsequence.h"

namespace sorrel {

CommonSubsequence::CommonSubsequence(Bytes a, Bytes b)
    : a_(a), b_(b), width_(b.size() + 1), bits_(((a.size() + 1) * width_ + 63) / 64) {
  // row[j]: the length for the first i bytes of a and the first j of b.
  std::vector<uint32_t> row(width_, 0);
  for (size_t i = 1; i <= a_.size(); ++i) {
    uint32_t diagonal = 0;
    uint32_t left = 0;
    size_t bit = i * width_;
    for (size_t j = 1; j <= b_.size(); ++j) {
      ++bit;
      const uint32_t up = row[j];
      const bool shorten_a = up > left;
      bits_[bit / 64] |= uint64_t{shorten_a} << (bit % 64);
      left = a_[i - 1] == b_[j - 1] ? diagonal + 1 : shorten_a ? up : left;
      diagonal = up;
      row[j] = left;
    }
  }
  length_ = row.back();
}

}  // namespace sorrel
