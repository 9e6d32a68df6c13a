// StreamGroup: a consumer group: how far it has read, who its consumers are, and what they have
// been given and not acknowledged.
//
// A heap block of its own, owned by the StreamGroups of a stream (core/value/stream_groups.h). What
// it says of entries are IDs alone: whether an entry is still in the stream isn't known here.
//
// Invariants:
//  1. The consumer of a pending entry is in consumers(), or is PendingEntry::kNobody.
//  2. On std::bad_alloc nothing has changed, except that what does many ends early, whole.
#pragma once

#include "core/value/stream_consumers.h"
#include "core/value/stream_id.h"
#include "core/value/stream_name.h"
#include "core/value/stream_pending.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

/// What a group does by itself: docs/streams.md.
struct GroupRules {
  int64_t max_deliveries = 0;    // what was delivered so often is a dead letter; 0: never
  int64_t consumer_idle_ms = 0;  // consumers go that haven't been seen for so long; 0: they stay
};

class StreamGroup {
 public:
  /// How many entries were read, when nobody can tell.
  static constexpr int64_t kUnknown = -1;

  /// Throws std::bad_alloc.
  static Owned<StreamGroup> make(Epoch& epoch, Bytes name);
  /// A copy that shares nothing with it.
  static Owned<StreamGroup> copy(const StreamGroup& from, Epoch& epoch);

  // ---- Reading.
  Bytes name() const { return name_->text(); }
  /// The last entry that was given to anybody as new.
  StreamId last_delivered() const { return last_delivered_; }
  /// How many entries of all that were ever added are at or before it; kUnknown.
  int64_t entries_read() const { return entries_read_; }
  const PendingEntries& pending() const { return pending_; }
  const StreamConsumers& consumers() const { return consumers_; }
  /// Of a pending entry's owner; empty when nobody owns it.
  Bytes owner_name(const PendingEntry& entry) const {
    return entry.owned() ? consumers_.at(entry.consumer).name() : Bytes();
  }
  const GroupRules& rules() const { return rules_; }
  /// The key of the stream for dead letters; empty: there is none.
  Bytes dead_letter() const { return dead_letter_ ? dead_letter_->text() : Bytes(); }
  size_t footprint(const Heap& heap) const;

  // ---- Changing. Only of a group that has been thawed.
  void set_position(StreamId last_delivered, int64_t entries_read) {
    last_delivered_ = last_delivered;
    entries_read_ = entries_read;
  }
  PendingEntries& pending() { return pending_; }
  StreamConsumers& consumers() { return consumers_; }
  void set_rules(const GroupRules& rules) { rules_ = rules; }
  void set_dead_letter(Bytes key, Epoch& epoch);
  /// One consumer after the other, again and again; there is one. Whose turn it is isn't kept by
  /// copies.
  const StreamConsumer& next_looked_at();
  /// Takes the consumer out with all that it has pending; returns how much that was.
  size_t erase_consumer(uint32_t number);

  /// Compaction of what the group owns, from `position` on; 0 at the end, as at the start.
  uint64_t compact(uint64_t position, Compaction& step);

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kStreamGroup;
  static size_t bytes(const StreamGroup&) { return sizeof(StreamGroup); }
  static StreamGroup* clone(const StreamGroup& from, Epoch& epoch);
  static size_t weight(const StreamGroup& group) {
    return 1 + group.pending_.weight() + group.consumers_.weight();
  }
  static Remains next_child(StreamGroup& group, size_t& position);

 private:
  StreamGroup(Epoch& epoch, Owned<StreamName>&& name)
      : name_(std::move(name)), pending_(epoch), consumers_(epoch) {}
  explicit StreamGroup(const StreamGroup& from)
      : name_(from.name_.inherit()),
        last_delivered_(from.last_delivered_),
        entries_read_(from.entries_read_),
        rules_(from.rules_),
        dead_letter_(from.dead_letter_.inherit()),
        pending_(PendingEntries::Inherit{}, from.pending_),
        consumers_(StreamConsumers::Inherit{}, from.consumers_) {}

  Owned<StreamName> name_;
  StreamId last_delivered_;
  int64_t entries_read_ = kUnknown;
  GroupRules rules_;
  Owned<StreamName> dead_letter_;
  uint32_t looked_at_ = 0;  // the place, among the consumers, of the next one
  PendingEntries pending_;
  StreamConsumers consumers_;
};

}  // namespace sorrel
