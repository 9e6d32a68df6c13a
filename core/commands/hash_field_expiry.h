// What the commands that give fields an expiry have in common: their time, and what follows from
// it. Sources: https://redis.io/docs/latest/commands/hexpire/ and its siblings.
#pragma once

#include "core/command/arguments.h"
#include "core/command/expire_time.h"
#include "core/commands/hash_access.h"

#include <optional>
#include <vector>

namespace sorrel {

/// Unix milliseconds of `text`, which must not be negative; otherwise an error was answered.
std::optional<int64_t> parse_field_time(Context& context, Bytes text, TimeUnit unit);

/// Lets fields of one hash expire at one time. When that has passed they are deleted instead.
class FieldExpirer {
 public:
  FieldExpirer(Context& context, KeyWriter& key, int64_t at_ms);

  bool deletes() const { return deletes_; }
  /// The field must be there.
  void apply(Bytes field);
  /// Event, journal and count, when any field was changed.
  void finish();

 private:
  void journal() const;

  Context& context_;
  KeyWriter& key_;
  const int64_t at_ms_;
  const bool deletes_;
  std::optional<HashWriter> hash_;  // from the first field on
  std::vector<Bytes> changed_;
};

}  // namespace sorrel
