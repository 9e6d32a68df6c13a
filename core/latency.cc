#include "core/latency.h"

#include <algorithm>
#include <cstdio>

namespace sorrel {

void LatencyMonitor::add(Bytes event, int64_t ms, int64_t unix_seconds) {
  Series& series = series_[std::string(event)];
  series.worst_ms = std::max(series.worst_ms, ms);
  if (!series.samples.empty() && series.samples.back().unix_seconds == unix_seconds) {
    series.samples.back().ms = std::max(series.samples.back().ms, ms);
    return;
  }
  if (series.samples.size() == kSamplesMax) series.samples.erase(series.samples.begin());
  series.samples.push_back(Sample{unix_seconds, ms});
}

bool LatencyMonitor::reset(Bytes event) {
  const auto it = series_.find(event);
  if (it == series_.end()) return false;
  series_.erase(it);
  return true;
}

namespace {

constexpr int kGraphRows = 4;

std::string age(int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 86400) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

}  // namespace

std::string latency_graph(const LatencyMonitor::Series& series, Bytes event, int64_t now_seconds) {
  int64_t low = series.samples.front().ms;
  int64_t high = low;
  for (const auto& sample : series.samples) {
    low = std::min(low, sample.ms);
    high = std::max(high, sample.ms);
  }
  std::string out = std::string(event) + " - high " + std::to_string(high) + " ms, low " +
                    std::to_string(low) + " ms (all time high " + std::to_string(series.worst_ms) +
                    " ms)\n" + std::string(80, '-') + "\n";
  // A column a spike, its height by where it stands between the lowest and the highest.
  for (int row = kGraphRows; row-- > 0;) {
    for (const auto& sample : series.samples) {
      const int64_t height =
          high == low ? kGraphRows - 1 : (sample.ms - low) * (kGraphRows - 1) / (high - low);
      out += height == row ? '#' : height > row ? '|' : row == 0 ? '_' : ' ';
    }
    out += '\n';
  }
  out += '\n';
  // How long ago each was, written downwards.
  std::vector<std::string> ages;
  size_t longest = 0;
  for (const auto& sample : series.samples) {
    ages.push_back(age(now_seconds - sample.unix_seconds));
    longest = std::max(longest, ages.back().size());
  }
  for (size_t row = 0; row < longest; ++row) {
    for (const std::string& text : ages) out += row < text.size() ? text[row] : ' ';
    out += '\n';
  }
  return out;
}

std::string latency_advice(const LatencyMonitor& monitor) {
  if (!monitor.enabled() && monitor.series().empty()) {
    return "The latency monitor is off. Switch it on with CONFIG SET latency-monitor-threshold "
           "<milliseconds>, let the server work for a while, and ask again.\n";
  }
  if (monitor.series().empty()) {
    return "No latency spike has been seen since the last reset: the server answers in time.\n";
  }
  std::string out = "Events that held the server longer than the threshold:\n\n";
  int number = 0;
  for (const auto& [event, series] : monitor.series()) {
    int64_t sum = 0;
    for (const auto& sample : series.samples) sum += sample.ms;
    char line[160];
    std::snprintf(line, sizeof line, "%d. %s: %zu spikes, %lld ms on average, %lld ms at worst.\n",
                  ++number, event.c_str(), series.samples.size(),
                  static_cast<long long>(sum / static_cast<int64_t>(series.samples.size())),
                  static_cast<long long>(series.worst_ms));
    out += line;
  }
  out += "\nWhat usually helps:\n";
  out +=
      "- command, fast-command: look at SLOWLOG GET for calls over large values or many keys; "
      "SCAN instead of KEYS.\n";
  out += "- expire-cycle, eviction-cycle: spread expiry times, or give the server more memory.\n";
  out +=
      "- everything at once: the machine itself pauses; look for swapping and busy neighbours.\n";
  return out;
}

}  // namespace sorrel
