// CommandLog: the last calls that were slow, or large coming in, or large going out (SLOWLOG and
// COMMANDLOG).
//
// Three logs of one form, each with its threshold and length from the settings. Owned by the
// engine. Entries keep copies of the arguments, cut to named limits; redacted ones are not kept.
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class Context;

class CommandLog {
 public:
  enum class Kind : uint8_t { kSlow, kLargeRequest, kLargeReply };
  static constexpr size_t kKinds = 3;
  static constexpr size_t kArgumentsMax = 32;
  static constexpr size_t kArgumentBytesMax = 128;

  struct Entry {
    int64_t id;
    int64_t unix_seconds;
    int64_t amount;  // microseconds, or bytes
    std::vector<std::string> arguments;
    std::string address;
    std::string client_name;
  };

  /// `amount` from which a call is logged; negative: never.
  void set(Kind kind, int64_t threshold, size_t length_max);
  /// Whether a call of that amount is to be logged.
  bool wants(Kind kind, int64_t amount) const {
    const int64_t threshold = logs_[static_cast<size_t>(kind)].threshold;
    return threshold >= 0 && amount >= threshold;
  }
  void add(Kind kind, int64_t amount, const Context& context, int64_t unix_seconds);
  /// Newest first.
  const std::deque<Entry>& entries(Kind kind) const {
    return logs_[static_cast<size_t>(kind)].entries;
  }
  void clear(Kind kind) { logs_[static_cast<size_t>(kind)].entries.clear(); }

 private:
  struct Log {
    int64_t threshold = -1;
    size_t length_max = 0;
    int64_t next_id = 0;
    std::deque<Entry> entries;
  };
  std::array<Log, kKinds> logs_;
};

}  // namespace sorrel
