// Delivery: entries of a stream that one command gives to one consumer of a group: new ones, its
// own once more, or those of others.
//
// It makes the consumer if there is none, notes when it was seen and when it was given something,
// counts the changes, and tells the journal what came of it (core/commands/stream_journal.h). An
// entry that was found to be deleted isn't pending any more. One that was delivered too often isn't
// given: it is for the caller to move (dead_letters()). It replies nothing.
//
// Lives as long as the command looks at the group; finish() ends it, and lets consumers go that
// have been away for too long.
#pragma once

#include "core/command/context.h"
#include "core/commands/stream_dead_letter.h"
#include "core/value/stream.h"
#include "core/value/stream_groups.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sorrel {

/// How entries are to be claimed.
struct ClaimRule {
  int64_t min_idle_ms = 0;
  int64_t time_ms = 0;                // when they count as delivered
  std::optional<int64_t> deliveries;  // how often; left out, once more, unless just_id
  bool force = false;                 // what isn't pending is made so; what is delayed is taken
  bool just_id = false;
};

class Delivery {
 public:
  /// The key holds a stream with this group.
  Delivery(Context& context, KeyWriter& key, Bytes group, Bytes consumer);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  const Stream& stream() const { return stream_; }
  const StreamGroup& group() const { return group_; }
  const PendingEntries& pending() const { return group_.pending(); }
  uint32_t consumer() const { return consumer_; }

  enum class Claimed : uint8_t { kTaken, kDeleted, kLeft };
  Claimed claim(StreamId id, const ClaimRule& rule);
  /// A new entry, the group's next; without `acknowledge` it is pending from now on.
  void give_new(StreamId id, bool acknowledge);
  /// One that the consumer has pending, and that is there. False when it isn't given any more.
  bool give_again(StreamId id);
  /// The group has been given everything up to this ID.
  void move_to(StreamId last_delivered, int64_t entries_read);
  void finish();
  /// What is to be moved when nobody stands at the key any more.
  std::vector<DeadLetter>& dead_letters() { return dead_letters_; }

 private:
  Claimed claim_there(const PendingEntry& pending, const ClaimRule& rule);
  Claimed claim_new(StreamId id, const ClaimRule& rule);
  bool may_claim(const PendingEntry& pending, const ClaimRule& rule) const;
  bool is_dead(const PendingEntry& pending);
  void put(const PendingEntry& entry);
  void forget(StreamId id);
  void journal();

  Context& context_;
  KeyWriter& key_;
  const Bytes consumer_name_;
  const int64_t now_ms_;
  const Stream& stream_;
  StreamGroup& group_;
  const uint32_t consumer_;
  const bool takes_dead_letters_;
  std::vector<DeadLetter> dead_letters_;
  uint64_t changes_ = 0;
  bool moved_ = false;
  bool active_ = false;
  // For the journal alone, and only while there is one.
  std::vector<PendingEntry> given_;
  std::vector<StreamId> forgotten_;
};

}  // namespace sorrel
