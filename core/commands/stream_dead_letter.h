// Dead letters: entries that have been delivered too often, or were refused for good, move to a
// stream of their own (docs/streams.md).
//
// A command collects them while it works on the group, where they stay pending, and moves them when
// it is through with that key: each is added to the dead-letter stream and acknowledged in one
// step.
#pragma once

#include "core/command/context.h"
#include "core/value/stream_group.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel {

struct DeadLetter {
  enum class Reason : uint8_t { kMaxDeliveries, kFatal };
  StreamId id;
  int64_t deliveries;
  std::string consumer;  // who had it last; empty: nobody
  Reason reason;
};

/// Whether the group, of the stream at `key`, has a dead-letter stream to which entries can be
/// moved now. The stream itself can't be it: RENAME and COPY may have put it there.
bool takes_dead_letters(Context& context, Bytes key, const StreamGroup& group);

/// Moves entries that are pending in the group. No writer may stand at any key.
void move_dead_letters(Context& context, Bytes key, Bytes group,
                       const std::vector<DeadLetter>& letters);

}  // namespace sorrel
