// HeldReplies: what of a session's output waits for the journal to become durable (reply_hold.h).
//
// Stretches of output, oldest first, each up to an output offset and waiting for a journal offset;
// both grow. Nearly always empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorrel {

class HeldReplies {
 public:
  bool empty() const { return stretches_.empty(); }
  /// The output up to `output_end` waits for `journal_offset`, as far as it doesn't wait already.
  void hold(uint64_t output_end, uint64_t journal_offset) {
    if (output_end <= known_) return;
    known_ = output_end;
    if (!stretches_.empty() && stretches_.back().journal_offset == journal_offset) {
      stretches_.back().output_end = output_end;
    } else {
      stretches_.push_back({output_end, journal_offset});
    }
  }
  /// Nothing up to there waits, unless it does already.
  void pass(uint64_t output_end) {
    if (output_end <= known_) return;
    known_ = output_end;
    if (stretches_.empty()) {
      shown_ = output_end;
    } else {
      stretches_.back().output_end = output_end;
    }
  }
  /// What waited for no more than that waits no longer. True when there was such.
  bool release(uint64_t durable) {
    size_t count = 0;
    while (count < stretches_.size() && stretches_[count].journal_offset <= durable) ++count;
    if (count == 0) return false;
    shown_ = stretches_[count - 1].output_end;
    stretches_.erase(stretches_.begin(), stretches_.begin() + static_cast<ptrdiff_t>(count));
    return true;
  }
  /// None waits for more than that.
  void lower(uint64_t journal_offset) {
    for (Stretch& stretch : stretches_) {
      if (stretch.journal_offset > journal_offset) stretch.journal_offset = journal_offset;
    }
  }
  /// Where what waits begins; meaningless when nothing does.
  uint64_t shown() const { return shown_; }

 private:
  struct Stretch {
    uint64_t output_end;
    uint64_t journal_offset;
  };
  std::vector<Stretch> stretches_;
  uint64_t known_ = 0;  // of what lies behind nothing is known yet
  uint64_t shown_ = 0;
};

}  // namespace sorrel
