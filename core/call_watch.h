// CallWatch: who looks at calls after they have run: the logs of slow and large ones, the latency
// monitor, the hot keys.
//
// Hardly any call is worth a look, so that one is taken only above thresholds that are worked out
// beforehand, from all who look on: look_anew() when one of them wants to see other calls. The
// counters that every call goes into are the command's own (core/command/table.h).
//
// Owned by the engine.
#pragma once

#include "core/base/bytes.h"
#include "core/command_log.h"
#include "core/hot_keys.h"
#include "core/latency.h"

#include <cstdint>

namespace sorrel {

class Context;
class Engine;

class CallWatch {
 public:
  explicit CallWatch(Engine& engine) : engine_(engine) {}

  /// After a setting has changed.
  void apply_settings();
  void look_anew();

  /// Whether a call that took so long, or whose request or reply was so large, is worth a look.
  bool notable(int64_t took_ns, uint64_t bytes) const {
    return took_ns >= notable_ns_ || bytes >= notable_bytes_;
  }
  void look_at(const Context& context, int64_t took_ns, uint64_t reply_bytes);
  /// Something took that long.
  void note_spike(Bytes event, int64_t ns);

  CommandLog& command_log() { return command_log_; }
  LatencyMonitor& latency() { return latency_; }
  HotKeys& hot_keys() { return hot_keys_; }

 private:
  void count_hot_keys(const Context& context, int64_t took_ns, uint64_t reply_bytes);

  Engine& engine_;
  CommandLog command_log_;
  LatencyMonitor latency_;
  HotKeys hot_keys_;
  int64_t notable_ns_ = INT64_MAX;
  uint64_t notable_bytes_ = UINT64_MAX;
};

}  // namespace sorrel
