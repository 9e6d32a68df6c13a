// LatencyMonitor: spikes of whatever may hold the loop, by event (LATENCY LATEST, HISTORY, GRAPH,
// DOCTOR).
//
// Owned by the engine. Of every event the last 160 spikes are kept, at most one a second: the
// worst.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sorrel {

class LatencyMonitor {
 public:
  static constexpr size_t kSamplesMax = 160;

  struct Sample {
    int64_t unix_seconds;
    int64_t ms;
  };
  struct Series {
    int64_t worst_ms = 0;
    std::vector<Sample> samples;  // oldest first
  };

  /// Milliseconds from which a spike is kept; 0: none is.
  void set_threshold(int64_t ms) { threshold_ms_ = ms; }
  bool wants(int64_t ms) const { return threshold_ms_ != 0 && ms >= threshold_ms_; }
  bool enabled() const { return threshold_ms_ != 0; }
  void add(Bytes event, int64_t ms, int64_t unix_seconds);
  const std::map<std::string, Series, std::less<>>& series() const { return series_; }
  /// True when there was such an event.
  bool reset(Bytes event);

 private:
  int64_t threshold_ms_ = 0;
  std::map<std::string, Series, std::less<>> series_;
};

/// The spikes of one event as a picture of characters.
std::string latency_graph(const LatencyMonitor::Series& series, Bytes event, int64_t now_seconds);
/// What a person should know of the spikes, in sentences.
std::string latency_advice(const LatencyMonitor& monitor);

}  // namespace sorrel
