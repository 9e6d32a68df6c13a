#include "core/value/stream_groups.h"

#include "core/structure/drop_on_throw.h"

#include <new>
#include <utility>

namespace sorrel {

Owned<StreamGroups> StreamGroups::make(Epoch& epoch) {
  void* block = epoch.heap().allocate(sizeof(StreamGroups));
  return Owned<StreamGroups>::adopt(::new (block) StreamGroups(epoch), epoch);
}

Owned<StreamGroups> StreamGroups::copy(const StreamGroups& from, Epoch& epoch) {
  if (epoch.frozen()) epoch.reserve();
  Owned<StreamGroups> made = make(epoch);
  const DropOnThrow guard(made, epoch);
  Groups& groups = made.thaw(epoch).groups_;
  auto at = from.groups_.begin();
  groups.build(from.size(), [&] {
    Owned<StreamGroup> group = StreamGroup::copy(**at, epoch);
    at.next();
    return group;
  });
  return made;
}

StreamGroups* StreamGroups::clone(const StreamGroups& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(StreamGroups))) StreamGroups(from);
}

size_t StreamGroups::weight(const StreamGroups& groups) {
  // Few groups may own much.
  constexpr size_t kWeighed = 16;
  size_t weight = groups.groups_.weight_of_blocks();
  size_t left = kWeighed;
  for (auto at = groups.groups_.begin(); at && left != 0; at.next(), --left) {
    weight += StreamGroup::weight(**at);
  }
  return weight;
}

const StreamGroup* StreamGroups::find(Bytes name) const {
  const auto at = groups_.lower_bound(name);
  return at && (*at)->name() == name ? at->get() : nullptr;
}

bool StreamGroups::pending_anywhere(const StreamId& id, const StreamGroup* but) const {
  for (auto at = groups_.begin(); at; at.next()) {
    if (at->get() != but && (*at)->pending().find(id) != nullptr) return true;
  }
  return false;
}

bool StreamGroups::acknowledged_by_all(const StreamId& id) const {
  for (auto at = groups_.begin(); at; at.next()) {
    if ((*at)->last_delivered() < id || (*at)->pending().find(id) != nullptr) return false;
  }
  return true;
}

size_t StreamGroups::footprint(const Heap& heap) const {
  size_t bytes = heap.footprint(sizeof(StreamGroups)) + groups_.bytes();
  for_each([&](const StreamGroup& group) { bytes += group.footprint(heap); });
  return bytes;
}

StreamGroup* StreamGroups::edit(Bytes name) {
  auto at = groups_.lower_bound(name);
  if (!at || (*at)->name() != name) return nullptr;
  return groups_.edit(at, [&](Owned<StreamGroup>& group) { return &group.thaw(*epoch_); });
}

StreamGroup& StreamGroups::insert(Bytes name) {
  auto at = groups_.lower_bound(name);
  Owned<StreamGroup> made = StreamGroup::make(*epoch_, name);
  StreamGroup& group = made.thaw(*epoch_);
  const DropOnThrow guard(made, *epoch_);
  groups_.insert(at, std::move(made));
  return group;
}

bool StreamGroups::erase(Bytes name) {
  auto at = groups_.lower_bound(name);
  if (!at || (*at)->name() != name) return false;
  epoch_->reserve();
  groups_.extract(at).drop(*epoch_);
  return true;
}

size_t StreamGroups::forget(const StreamId& id) {
  size_t groups = 0;
  for (auto at = groups_.begin(); at; at.next()) {
    if ((*at)->pending().find(id) == nullptr) continue;
    groups_.edit(at, [&](Owned<StreamGroup>& group) { group.thaw(*epoch_).pending().erase(id); });
    ++groups;
  }
  return groups;
}

// A position is the place of a group, and its own position beneath: what the group's trees hold is
// below 2^40. (Groups beyond the first 2^20 stay where they are.)
uint64_t StreamGroups::compact(Owned<StreamGroups>& groups, uint64_t position, Compaction& step) {
  constexpr int kWithin = 42;
  constexpr uint64_t kGroupsMax = uint64_t{1} << 20;
  if (position == 0) step.move(groups);
  StreamGroups& set = groups.thaw(step.epoch);
  const uint64_t number = position >> kWithin;
  const uint64_t within = position & ((uint64_t{1} << kWithin) - 1);
  if (within == 0) set.groups_.compact(number, step, [](Owned<StreamGroup>&) {});
  auto at = set.groups_.at(number);
  if (!at) return 0;
  const uint64_t next = set.groups_.edit(at, [&](Owned<StreamGroup>& group) {
    if (within == 0) step.move(group);
    return group.thaw(step.epoch).compact(within, step);
  });
  if (next != 0) return number << kWithin | next;
  return number + 1 < std::min<uint64_t>(set.size(), kGroupsMax) ? (number + 1) << kWithin : 0;
}

}  // namespace sorrel
