#include "core/compactor.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr int64_t kLookIntervalNs = 1'000'000'000;
// What a loop that slept may make up for at once, in slices.
constexpr int64_t kCreditNsMax = 30'000'000;
// Slabs that are marked, or taken back, between two looks at the clock.
constexpr size_t kSlabsPerStep = 64;
// Blocks that are looked at meanwhile, and in a slice of a clock that stands still.
constexpr size_t kBlocksPerStep = 32;
constexpr int kStepsPerSlice = 64;

}  // namespace

bool Compactor::tick(const SettingValues& values) {
  const bool wanted = values.activedefrag || requested_;
  if (stage_ == Stage::kResting && !wanted) return false;
  const int64_t now_ns = clock_.monotonic_ns();
  if (stage_ == Stage::kResting) {
    look(values, now_ns);
    if (stage_ == Stage::kResting) return false;
  }
  const int64_t passed_ns = now_ns - last_ns_;
  last_ns_ = now_ns;
  credit_ns_ = std::min(credit_ns_ + passed_ns * effort_percent_ / 100, kCreditNsMax);
  // What is retired is freed by the same tick: that is soon over.
  if (credit_ns_ <= 0 || epoch_.frozen() || epoch_.has_retired()) return false;
  if (!wanted && stage_ != Stage::kEnding) stage_ = Stage::kEnding;

  // A quarter is left for the last step, and for the pages that go back in the same turn.
  const int64_t end_ns = now_ns + values.active_defrag_cycle_us * 750;
  int64_t spent_until_ns = now_ns;
  for (int steps = kStepsPerSlice; steps-- > 0 && stage_ != Stage::kResting;) {
    if (step(values)) advance();
    spent_until_ns = clock_.monotonic_ns();
    if (spent_until_ns >= end_ns) break;
  }
  credit_ns_ -= spent_until_ns - now_ns;
  stats_.defrag_ns += static_cast<uint64_t>(spent_until_ns - now_ns);
  return stage_ != Stage::kResting && credit_ns_ > 0;
}

// Whether a cycle is to begin.
void Compactor::look(const SettingValues& values, int64_t now_ns) {
  if (epoch_.frozen() || epoch_.has_retired()) return;
  if (!requested_ && now_ns - looked_ns_ < kLookIntervalNs) return;
  looked_ns_ = now_ns;
  effort_percent_ = wanted_effort(values);
  if (effort_percent_ == 0 || !heap_.begin_evacuation()) {
    requested_ = false;
    return;
  }
  stage_ = Stage::kMarking;
  database_ = 0;
  position_ = 0;
  began_ns_ = last_ns_ = now_ns;
  credit_ns_ = 1;
}

// Between the lower and the upper threshold the effort grows with the waste.
int Compactor::wanted_effort(const SettingValues& values) const {
  const size_t used = std::max<size_t>(heap_.used(), 1);
  const size_t waste = heap_.active() - heap_.used();
  const auto percent = static_cast<int64_t>(waste * 100 / used);
  const int64_t lower = values.active_defrag_threshold_lower;
  const int64_t upper = std::max(values.active_defrag_threshold_upper, lower + 1);
  const int64_t least = values.active_defrag_cycle_min;
  const int64_t most = std::max(values.active_defrag_cycle_max, least);
  if (requested_) return static_cast<int>(most);
  if (percent < lower || waste < static_cast<size_t>(values.active_defrag_ignore_bytes)) return 0;
  const int64_t above = std::min(percent, upper) - lower;
  return static_cast<int>(least + (most - least) * above / (upper - lower));
}

bool Compactor::step(const SettingValues& values) {
  switch (stage_) {
    case Stage::kMarking:
      return !heap_.mark_sparse(kSlabsPerStep);
    case Stage::kWalking:
      return walk(values);
    case Stage::kEnding:
      return !heap_.end_evacuation(kSlabsPerStep);
    case Stage::kResting:
      break;
  }
  return true;
}

void Compactor::advance() {
  switch (stage_) {
    case Stage::kMarking:
      stage_ = Stage::kWalking;
      return;
    case Stage::kWalking:
      stage_ = Stage::kEnding;
      return;
    case Stage::kEnding:
    case Stage::kResting:
      stage_ = Stage::kResting;
      requested_ = false;
      big_values_.clear();
      return;
  }
}

// A few buckets, or a piece of a big value that was met in them; true at the end of all databases.
bool Compactor::walk(const SettingValues& values) {
  if (database_ >= databases_.size()) return true;
  Keyspace& keyspace = *databases_[database_];
  Compaction step{epoch_, kBlocksPerStep,
                  static_cast<size_t>(values.active_defrag_max_scan_fields)};
  const Keyspace::Compacted keys = big_values_.empty()
                                       ? keyspace.compact(position_, step, big_values_)
                                       : keyspace.compact_big(big_values_, step);
  stats_.defrag_hits += step.moved;
  stats_.defrag_misses += step.kept;
  stats_.defrag_key_hits += keys.moved;
  stats_.defrag_key_misses += keys.kept;
  if (big_values_.empty() && position_ == 0) ++database_;
  return false;
}

}  // namespace sorrel
