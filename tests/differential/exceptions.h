// Exceptions: where two right servers may answer differently, each with its reason and its source.
//
// They are listed in exceptions.txt, which explains its own format; this reads it and applies the
// rules. What no exception covers must be the same to the byte.
#pragma once

#include "core/base/result.h"
#include "core/resp/reply.h"
#include "tests/support/command_words.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel::test {

enum class Rule {
  kExact,
  kAnyOrder,
  kScan,
  kClockSeconds,
  kClockMs,
  kExistingKey,
  kShape,
  kArgumentsFirst,
};

/// How far apart the two servers may read their clocks for one command.
constexpr int64_t kClockToleranceMs = 30'000;

struct Exception {
  std::string commands;  // glob
  Rule rule = Rule::kExact;
  std::string reason;
  std::string source;
  uint64_t uses = 0;
};

class Exceptions {
 public:
  static Result<Exceptions> parse(const std::string& text);
  static Result<Exceptions> load(const std::string& path);

  /// The rule for this command; counts its use.
  Rule rule_for(const Words& command);
  std::vector<Exception> unused() const;
  size_t size() const { return list_.size(); }

 private:
  std::vector<Exception> list_;
};

/// May both answer `command`? kExistingKey compares only whether there is a key.
bool same_under(Rule rule, const Words& command, const Reply& left, const Reply& right);

bool within_clock_tolerance(int64_t left, int64_t right, int64_t tolerance);

}  // namespace sorrel::test
