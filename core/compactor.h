// Compactor: active defragmentation. It walks all keys and has the heap move what stands in sparse
// slabs, so that these become empty and their memory goes back to the system.
//
// A cycle begins when the settings say that enough is wasted (active-defrag-*), or when somebody
// asks (MEMORY PURGE): the heap marks slabs, every database is walked once, what was marked and
// isn't empty serves again. All of it goes in slices, with a share of the time that passes; a
// snapshot stops it where it is, until the snapshot is gone.
//
// Owned by the engine. It keeps positions in hash order, and no pointer from one slice to the next.
#pragma once

#include "core/base/clock.h"
#include "core/keyspace/keyspace.h"
#include "core/settings/setting_values.h"
#include "core/stats.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sorrel {

class Compactor {
 public:
  using Databases = std::vector<std::unique_ptr<Keyspace>>;
  /// All outlive it.
  Compactor(Epoch& epoch, Clock& clock, const Databases& databases, Stats& stats)
      : epoch_(epoch), heap_(epoch.heap()), clock_(clock), databases_(databases), stats_(stats) {}

  /// One slice, when one is due; true when another is due right away.
  bool tick(const SettingValues& values);
  /// Begins a cycle as soon as that is possible, whatever the settings say.
  void request() { requested_ = true; }

  /// Percent of the time that it takes now; 0 when it rests.
  int effort_percent() const { return stage_ == Stage::kResting ? 0 : effort_percent_; }
  /// How long this cycle has been going on.
  int64_t cycle_us() const {
    return stage_ == Stage::kResting ? 0 : (clock_.monotonic_ns() - began_ns_) / 1000;
  }

 private:
  enum class Stage : uint8_t { kResting, kMarking, kWalking, kEnding };

  void look(const SettingValues& values, int64_t now_ns);
  int wanted_effort(const SettingValues& values) const;
  /// True when the stage has nothing more to do.
  bool step(const SettingValues& values);
  bool walk(const SettingValues& values);
  void advance();

  Epoch& epoch_;
  Heap& heap_;
  Clock& clock_;
  const Databases& databases_;
  Stats& stats_;

  Stage stage_ = Stage::kResting;
  bool requested_ = false;
  int effort_percent_ = 0;
  int64_t looked_ns_ = 0;
  int64_t began_ns_ = 0;
  int64_t last_ns_ = 0;
  int64_t credit_ns_ = 0;  // of the time that passed, what is still ours
  // Where the walk is.
  size_t database_ = 0;
  uint64_t position_ = 0;
  std::vector<Keyspace::BigValue> big_values_;
};

}  // namespace sorrel
