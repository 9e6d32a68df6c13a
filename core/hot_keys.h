// HotKeys: which keys take most of the server's time and of its traffic, for as long as somebody
// wants to know (HOTKEYS). https://redis.io/docs/latest/commands/hotkeys/
//
// Owned by the engine, which tells it of each call while it is active; nothing is counted
// otherwise. What a call takes is each of its keys' in full. Memory is bounded: TopNames.
#pragma once

#include "core/top_names.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace sorrel {

class Context;

class HotKeys {
 public:
  static constexpr size_t kShownMax = 64;
  static constexpr size_t kShownDefault = 10;
  static constexpr int64_t kDurationSecondsMax = 1'000'000;

  struct Options {
    bool by_time = false;
    bool by_bytes = false;
    size_t shown = kShownDefault;
    int64_t duration_ms = 0;  // 0: until it is stopped
    int64_t sample_one_in = 1;
  };
  /// CPU time that the process had taken, in milliseconds.
  struct Cpu {
    int64_t user_ms = 0;
    int64_t system_ms = 0;
  };
  struct Collection {
    Options options;
    int64_t began_ms;
    int64_t ends_ms;  // INT64_MAX: open
    Cpu cpu_before;
    std::optional<Cpu> cpu_after;  // once stopped
    uint64_t microseconds = 0;     // of all calls
    uint64_t bytes = 0;
    TopNames by_time;
    TopNames by_bytes;
  };

  bool active(int64_t now_ms) const { return counting_ && now_ms < collection_->ends_ms; }
  /// nullptr when nothing was collected since the last reset.
  const Collection* collection() const { return collection_.get(); }

  void start(const Options& options, int64_t now_ms, Cpu cpu);
  void stop(int64_t now_ms, Cpu cpu);
  void reset() { collection_.reset(); }

  /// Whether calls are to be told: started, not stopped, and its time may be over.
  bool counting() const { return counting_; }
  /// While active: a call that took so long, and whose reply had so many bytes.
  void add(const Context& context, int64_t ns, uint64_t reply_bytes);

 private:
  // More counters than are shown: sums are more exact.
  static constexpr size_t kCountersPerShown = 20;

  std::unique_ptr<Collection> collection_;
  bool counting_ = false;
};

}  // namespace sorrel
