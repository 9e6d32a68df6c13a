// PendingEntries: what a consumer group has delivered and nobody has acknowledged yet.
//
// Three trees hold the same entries:
//
//   by ID          the entries themselves: XPENDING, XACK, XCLAIM, XAUTOCLAIM
//   by time        | zone, time | ID |           XREADGROUP CLAIM, XPENDING IDLE: who waits longest
//   by consumer    | consumer number | ID |      a consumer's history, XGROUP DELCONSUMER
//
// so that each of these costs O(log n) for an entry, and what a consumer has pending is counted by
// two searches. An entry that was handed back (XNACK) has no owner: it stands in the zone before
// all that have one, by the time from which on it may be had.
//
// Part of a StreamGroup (core/value/stream_group.h).
//
// Invariants:
//  1. Each entry is in all three trees.
//  2. Times before 1970 count as 1970.
//  3. On std::bad_alloc nothing has changed.
#pragma once

#include "core/base/check.h"
#include "core/structure/tree.h"
#include "core/value/kinds.h"
#include "core/value/stream_id.h"

#include <compare>
#include <cstddef>
#include <cstdint>

namespace sorrel {

struct PendingEntry {
  /// The number of no consumer: the entry was handed back.
  static constexpr uint32_t kNobody = UINT32_MAX;

  StreamId id;
  /// When it was delivered; of one that nobody owns, from when on it may be had.
  int64_t time_ms = 0;
  int64_t deliveries = 0;
  uint32_t consumer = kNobody;
  uint32_t unused = 0;

  bool owned() const { return consumer != kNobody; }
  /// Handed back, and not to be had yet.
  bool delayed(int64_t now_ms) const { return !owned() && time_ms > now_ms; }
  /// Whether somebody may claim it who wants what has been idle for `min_idle_ms`.
  bool claimable(int64_t now_ms, int64_t min_idle_ms) const {
    return owned() ? now_ms - time_ms >= min_idle_ms : time_ms <= now_ms;
  }
};

/// The place of an entry in the order of time: first those that nobody owns.
struct PendingTime {
  explicit PendingTime(const PendingEntry& entry)
      : PendingTime(entry.owned(), entry.time_ms, entry.id) {}
  PendingTime(bool owned, int64_t time_ms, StreamId id_in)
      : order((owned ? 0 : INT64_MIN) + (time_ms > 0 ? time_ms : 0)), id(id_in) {}

  bool owned() const { return order >= 0; }
  int64_t time_ms() const { return owned() ? order : order - INT64_MIN; }
  auto operator<=>(const PendingTime&) const = default;

  int64_t order;
  StreamId id;
};

/// The place of an entry among its consumer's.
struct PendingOwner {
  auto operator<=>(const PendingOwner&) const = default;

  uint64_t consumer;
  StreamId id;
};

/// What the three trees have in common.
template <class SlotOf, uint8_t kKindOf>
struct PendingOrder {
  using Slot = SlotOf;
  static constexpr uint8_t kNodeKind = kKindOf;
  static constexpr unsigned kLeafBytes = 1024;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;

  static int compare(const StreamId& id, const PendingEntry& slot) { return order(id, slot.id); }
  static int compare(const PendingTime& key, const PendingTime& slot) { return order(key, slot); }
  static int compare(const PendingOwner& key, const PendingOwner& slot) { return order(key, slot); }

 private:
  template <class T>
  static int order(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
  }
};

class PendingEntries {
 public:
  using ById = Tree<PendingOrder<PendingEntry, kinds::kPendingNode>>;
  using ByTime = Tree<PendingOrder<PendingTime, kinds::kPendingTimeNode>>;
  using ByOwner = Tree<PendingOrder<PendingOwner, kinds::kPendingOwnerNode>>;

  explicit PendingEntries(Epoch& epoch)
      : epoch_(&epoch), by_id_(epoch), by_time_(epoch), by_owner_(epoch) {}
  /// For the clone of the block that holds them.
  struct Inherit {};
  PendingEntries(Inherit, const PendingEntries& from)
      : epoch_(from.epoch_),
        by_id_(ById::Inherit{}, from.by_id_),
        by_time_(ByTime::Inherit{}, from.by_time_),
        by_owner_(ByOwner::Inherit{}, from.by_owner_) {}

  // ---- Reading. What is returned is good until the next change.
  size_t size() const { return by_id_.slots(); }
  bool empty() const { return by_id_.empty(); }
  /// nullptr when it isn't pending.
  const PendingEntry* find(const StreamId& id) const {
    const auto at = by_id_.lower_bound(id);
    return at && at->id == id ? &*at : nullptr;
  }
  /// The first that isn't before `id`.
  ById::Cursor from(const StreamId& id) const { return by_id_.lower_bound(id); }
  /// The first that is behind `id`.
  ById::Cursor after(const StreamId& id) const { return by_id_.upper_bound(id); }
  /// The last; none when empty.
  ById::Cursor last() const { return by_id_.last(); }
  /// From the one that has waited longest on.
  ByTime::Cursor by_time() const { return by_time_.begin(); }
  /// The consumer's, from `id` on: until the consumer's number is another.
  ByOwner::Cursor of(uint32_t consumer, const StreamId& id) const {
    return by_owner_.lower_bound(PendingOwner{consumer, id});
  }
  size_t count_of(uint32_t consumer) const {
    const uint64_t after = uint64_t{consumer} + 1;
    return by_owner_.lower_bound(PendingOwner{after, {}}).offset() - of(consumer, {}).offset();
  }
  /// How many are claimable.
  size_t claimable_count(int64_t now_ms, int64_t min_idle_ms) const;
  /// When the first one will be, or has been; INT64_MAX: none.
  int64_t next_claimable_ms(int64_t min_idle_ms) const;
  /// `visit(const PendingTime&)` for those that are claimable, the longest waiting first, until it
  /// returns false.
  template <class Visit>
  void for_each_claimable(int64_t now_ms, int64_t min_idle_ms, Visit&& visit) const;
  template <class Visit>
  void for_each(Visit&& visit) const {
    by_id_.for_each(visit);
  }

  // ---- Changing.
  /// The ID must not be pending.
  void insert(const PendingEntry& entry);
  /// The entry with this ID becomes `entry`; it must be pending.
  void update(const PendingEntry& entry);
  /// False when it wasn't pending.
  bool erase(const StreamId& id);
  /// Fills what is empty with the same entries.
  void copy(const PendingEntries& from);

  // For the block that holds them.
  size_t bytes() const { return by_id_.bytes() + by_time_.bytes() + by_owner_.bytes(); }
  size_t weight() const {
    return by_id_.weight_of_blocks() + by_time_.weight_of_blocks() + by_owner_.weight_of_blocks();
  }
  static constexpr size_t kTrees = 3;
  Remains remains(size_t tree) {
    return tree == 0 ? by_id_.remains() : tree == 1 ? by_time_.remains() : by_owner_.remains();
  }
  /// Tree::compact() for one of the trees.
  uint64_t compact(size_t tree, uint64_t offset, Compaction& step) {
    if (tree == 0) return by_id_.compact(offset, step, [](PendingEntry&) {});
    if (tree == 1) return by_time_.compact(offset, step, [](PendingTime&) {});
    return by_owner_.compact(offset, step, [](PendingOwner&) {});
  }

 private:
  void reserve();

  Epoch* epoch_;
  ById by_id_;
  ByTime by_time_;
  ByOwner by_owner_;
};

template <class Visit>
void PendingEntries::for_each_claimable(int64_t now_ms, int64_t min_idle_ms, Visit&& visit) const {
  auto at = by_time_.begin();
  for (; at && !at->owned() && at->time_ms() <= now_ms; at.next()) {
    if (!visit(*at)) return;
  }
  if (at && !at->owned()) at = by_time_.lower_bound(PendingTime(true, 0, {}));
  for (; at && now_ms - at->time_ms() >= min_idle_ms; at.next()) {
    if (!visit(*at)) return;
  }
}

}  // namespace sorrel
