// Exceptions: where two right servers may answer differently, each with its reason and its source.
//
// They are listed in exceptions.txt, which explains its own format; this reads it and applies the
// rules. What no exception covers must be the same to the byte.
#pragma once

#include "core/base/result.h"
#include "core/resp/reply.h"
#include "tests/support/command_words.h"
#include "tests/support/expected_reply.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel::test {

enum class Rule {
  kAnyOrder,
  kAnyOrderInPairs,
  kScan,
  kScanPairs,
  kClockSeconds,
  kClockMs,
  kExistingKey,
  kDrawnElements,
  kPoppedElements,
  kSameNumbers,
  kShape,
  kMoments,
  kIdleTimes,
  kDiffers,
  kDiffersDeleted,
};

/// How far apart the two servers may read their clocks for one command.
constexpr int64_t kClockToleranceMs = 30'000;

struct Exception {
  std::string commands;  // glob
  Rule rule = Rule::kShape;
  ExpectedReply left;  // of kDiffers and kDiffersDeleted
  ExpectedReply right;
  std::string reason;
  std::string source;
  uint64_t uses = 0;
};

class Exceptions {
 public:
  static Result<Exceptions> parse(const std::string& text);
  static Result<Exceptions> load(const std::string& path);

  /// May both answer `command`? The exception that made it so is counted. A rule that wants a
  /// look-up is only asked about the replies' shape.
  bool allow(const Words& command, const Reply& left, const Reply& right);
  /// The rule by which the answer must be looked up on the other side (look_up.h) before anything
  /// else happens.
  std::optional<Rule> wants_look_up(const Words& command) const;
  std::vector<Exception> unused() const;
  size_t size() const { return list_.size(); }

 private:
  std::vector<Exception> list_;
};

bool within_clock_tolerance(int64_t left, int64_t right, int64_t tolerance);

}  // namespace sorrel::test
