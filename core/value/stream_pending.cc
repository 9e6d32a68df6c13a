#include "core/value/stream_pending.h"

#include <algorithm>
#include <new>

namespace sorrel {
namespace {

PendingOwner owner_of(const PendingEntry& entry) {
  return {entry.consumer, entry.id};
}

template <class Tree, class Slot>
void link(Tree& tree, const Slot& slot) {
  auto place = tree.lower_bound(slot);
  tree.insert(place, Slot(slot));
}

template <class Tree, class Slot>
void unlink(Tree& tree, const Slot& slot) {
  auto place = tree.lower_bound(slot);
  tree.extract(place);
}

/// Afterwards taking the slot out needs no memory.
template <class Tree>
void thaw(Tree& tree, typename Tree::Cursor& at) {
  tree.edit(at, [](auto&) {});
}

/// One slot of a tree for another: the new one is put first, and taken back unless the old one
/// goes.
template <class Tree, class Slot>
class SlotMove {
 public:
  SlotMove(Tree& tree, const Slot& from, const Slot& to)
      : tree_(tree), from_(from), to_(to), pending_(from != to) {
    if (pending_) link(tree_, to_);
  }
  ~SlotMove() {
    if (pending_) unlink(tree_, to_);
  }
  SlotMove(const SlotMove&) = delete;
  SlotMove& operator=(const SlotMove&) = delete;

  void prepare() {
    if (!pending_) return;
    auto place = tree_.lower_bound(from_);
    thaw(tree_, place);
  }
  /// Needs no memory once it is prepared.
  void finish() {
    if (pending_) unlink(tree_, from_);
    pending_ = false;
  }

 private:
  Tree& tree_;
  const Slot from_;
  const Slot to_;
  bool pending_;
};

template <class Tree>
void copy_slots(Tree& to, const Tree& from) {
  auto at = from.begin();
  to.build(from.slots(), [&] {
    const auto slot = *at;
    at.next();
    return slot;
  });
}

}  // namespace

size_t PendingEntries::claimable_count(int64_t now_ms, int64_t min_idle_ms) const {
  const PendingTime last_free(false, now_ms, StreamId::max());
  const size_t free = by_time_.upper_bound(last_free).offset();
  if (now_ms < min_idle_ms) return free;
  const PendingTime first_owned(true, 0, StreamId::min());
  const PendingTime last_idle(true, now_ms - min_idle_ms, StreamId::max());
  return free + by_time_.upper_bound(last_idle).offset() -
         by_time_.lower_bound(first_owned).offset();
}

int64_t PendingEntries::next_claimable_ms(int64_t min_idle_ms) const {
  int64_t next_ms = INT64_MAX;
  const auto first = by_time_.begin();
  if (first && !first->owned()) next_ms = first->time_ms();
  const auto owned = by_time_.lower_bound(PendingTime(true, 0, StreamId::min()));
  if (owned && owned->time_ms() < INT64_MAX - min_idle_ms) {
    next_ms = std::min(next_ms, owned->time_ms() + min_idle_ms);
  }
  return next_ms;
}

/// Afterwards what a change of a few slots retires has room, and so has taking the change back.
void PendingEntries::reserve() {
  constexpr size_t kItems = 2048;
  if (epoch_->frozen() && !epoch_->try_reserve(kItems)) throw std::bad_alloc();
}

void PendingEntries::insert(const PendingEntry& entry) {
  reserve();
  auto place = by_id_.lower_bound(entry.id);
  by_id_.insert(place, PendingEntry(entry));
  try {
    link(by_time_, PendingTime(entry));
    try {
      link(by_owner_, owner_of(entry));
    } catch (const std::bad_alloc&) {
      unlink(by_time_, PendingTime(entry));
      throw;
    }
  } catch (const std::bad_alloc&) {
    by_id_.extract(place);
    throw;
  }
}

void PendingEntries::update(const PendingEntry& entry) {
  reserve();
  auto place = by_id_.lower_bound(entry.id);
  thaw(by_id_, place);
  SlotMove time(by_time_, PendingTime(*place), PendingTime(entry));
  SlotMove owner(by_owner_, owner_of(*place), owner_of(entry));
  time.prepare();
  owner.prepare();
  time.finish();
  owner.finish();
  by_id_.edit(place, [&](PendingEntry& slot) { slot = entry; });
}

bool PendingEntries::erase(const StreamId& id) {
  auto place = by_id_.lower_bound(id);
  if (!place || place->id != id) return false;
  auto in_time = by_time_.lower_bound(PendingTime(*place));
  auto in_owner = by_owner_.lower_bound(owner_of(*place));
  if (epoch_->frozen()) [[unlikely]] {
    reserve();
    thaw(by_id_, place);
    thaw(by_time_, in_time);
    thaw(by_owner_, in_owner);
  }
  by_id_.extract(place);
  by_time_.extract(in_time);
  by_owner_.extract(in_owner);
  return true;
}

void PendingEntries::copy(const PendingEntries& from) {
  copy_slots(by_id_, from.by_id_);
  copy_slots(by_time_, from.by_time_);
  copy_slots(by_owner_, from.by_owner_);
}

}  // namespace sorrel
