#include "core/value/zset_tree.h"

#include "core/structure/drop_on_throw.h"

#include <new>
#include <utility>
#include <vector>

namespace sorrel {

ZsetTree::ZsetTree(ValueContext& values)
    : Collection(Tag::kZsetTree),
      values_(&values),
      members_(values.epoch, rehash, &values),
      order_(values.epoch) {}

ZsetTree::ZsetTree(const ZsetTree& original)
    : Collection(Tag::kZsetTree),
      values_(original.values_),
      members_(Table<ZsetMember>::Inherit{}, original.members_),
      order_(Order::Inherit{}, original.order_) {}

Owned<Collection> ZsetTree::make(ValueContext& values) {
  void* block = values.epoch.heap().allocate(sizeof(ZsetTree));
  return Owned<Collection>::adopt(::new (block) ZsetTree(values), values.epoch);
}

ZsetTree* ZsetTree::clone(const ZsetTree& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(ZsetTree))) ZsetTree(from);
}

Remains ZsetTree::next_child(ZsetTree& set, size_t& position) {
  // Either may be empty (a build that failed).
  while (position < 2) {
    const Remains child = position++ == 0 ? set.order_.remains() : set.members_.remains();
    if (child) return child;
  }
  return {};
}

// ---- Reading.

RankRange ZsetTree::ranks(const ScoreRange& range) const {
  if (range.empty()) return {};
  const ScoreKey min{range.min};
  const ScoreKey max{range.max};
  const auto first = range.min_open ? order_.upper_bound(min) : order_.lower_bound(min);
  const auto last = range.max_open ? order_.lower_bound(max) : order_.upper_bound(max);
  return {first.offset(), last.offset()};
}

RankRange ZsetTree::ranks(const LexRange& range) const {
  if (range.empty()) return {};
  RankRange ranks{0, size()};
  const TextKey min{range.min.text};
  const TextKey max{range.max.text};
  if (range.min.kind == LexBound::Kind::kClosed) ranks.first = order_.lower_bound(min).offset();
  if (range.min.kind == LexBound::Kind::kOpen) ranks.first = order_.upper_bound(min).offset();
  if (range.max.kind == LexBound::Kind::kClosed) ranks.last = order_.upper_bound(max).offset();
  if (range.max.kind == LexBound::Kind::kOpen) ranks.last = order_.lower_bound(max).offset();
  // Where scores differ the two searches may cross.
  ranks.last = std::max(ranks.first, ranks.last);
  return ranks;
}

size_t ZsetTree::footprint(const Heap& heap, size_t samples) const {
  size_t looked_at = 0;
  size_t bytes = 0;
  const RankRange range{0, samples == 0 ? size() : std::min(samples, size())};
  for_each(range, false, [&](const ZsetMember& member) {
    bytes += heap.footprint(ZsetMember::bytes(member));
    ++looked_at;
  });
  const size_t members = looked_at == 0 ? 0 : bytes * size() / looked_at;
  return heap.footprint(sizeof(ZsetTree)) + members_.bytes() + order_.bytes() + members;
}

// ---- Changing.

void ZsetTree::link(const ZsetMember& member) {
  auto place = place_of(member);
  order_.insert(place, ZsetSlot(&member));
}

void ZsetTree::insert(Bytes text, double score) {
  insert(text, score, [this](const ZsetMember& member) { return place_of(member); });
}

void ZsetTree::insert_in_order(Bytes text, double score) {
  insert(text, score, [this](const ZsetMember& member) { return place_at_edge(member); });
}

ZsetTree::Order::Cursor ZsetTree::place_at_edge(const ZsetMember& member) const {
  const ZsetKey key{member.score(), member.text()};
  if (auto first = order_.begin(); !first || ZsetOrder::compare(key, *first) < 0) return first;
  if (const auto last = order_.last(); ZsetOrder::compare(key, *last) > 0) return order_.end();
  return place_of(member);
}

template <class Place>
void ZsetTree::insert(Bytes text, double score, Place&& place_for) {
  Epoch& epoch = values_->epoch;
  if (epoch.frozen()) epoch.reserve();
  Owned<ZsetMember> made = ZsetMember::make(epoch, text, score);
  const ZsetMember& member = *made;
  const DropOnThrow guard(made, epoch);
  const auto place = members_.insert(std::move(made), values_->hash(text));
  try {
    auto among = place_for(member);
    order_.insert(among, ZsetSlot(&member));
  } catch (const std::bad_alloc&) {
    made = members_.extract(place);
    throw;
  }
}

void ZsetTree::rescore(const ZsetMember& member, double score) {
  Epoch& epoch = values_->epoch;
  const auto place = members_.locate(member.text(), values_->hash(member.text()));
  Owned<ZsetMember> made = ZsetMember::make(epoch, member.text(), score);
  const DropOnThrow guard(made, epoch);
  link(*made);
  try {
    auto old = place_of(member);
    order_.extract(old);
  } catch (const std::bad_alloc&) {
    auto linked = place_of(*made);  // its path is thawed: taking it out again needs no memory
    order_.extract(linked);
    throw;
  }
  members_.replace(place, std::move(made));
}

void ZsetTree::erase(const ZsetMember& member) {
  const auto place = members_.locate(member.text(), values_->hash(member.text()));
  auto cursor = place_of(member);
  order_.extract(cursor);
  members_.extract(place).drop(values_->epoch);
}

void ZsetTree::erase(const RankRange& range) {
  auto cursor = order_.at(range.first);
  for (uint64_t left = range.size(); left != 0; --left) {
    const ZsetMember& member = *cursor->member();
    const auto place = members_.locate(member.text(), values_->hash(member.text()));
    order_.extract(cursor);
    members_.extract(place).drop(values_->epoch);
  }
}

// ---- Building.

void ZsetTree::insert_unordered(Bytes text, double score) {
  Owned<ZsetMember> made = ZsetMember::make(values_->epoch, text, score);
  const DropOnThrow guard(made, values_->epoch);
  members_.insert(std::move(made), values_->hash(text));
}

void ZsetTree::rescore_unordered(const ZsetMember& member, double score) {
  const auto place = members_.locate(member.text(), values_->hash(member.text()));
  members_.replace(place, ZsetMember::make(values_->epoch, member.text(), score));
}

void ZsetTree::put_in_order() {
  std::vector<ZsetSlot> slots;
  slots.reserve(size());
  members_.for_each([&](const ZsetMember& member) { slots.emplace_back(&member); });
  std::sort(slots.begin(), slots.end());
  size_t at = 0;
  order_.build(slots.size(), [&] { return slots[at++]; });
}

// ---- Compaction: first the table with the members, then the tree.
//
// A position is even in the table, where the low bits of a position in hash order are free, and
// odd in the tree, with the offset above.

uint64_t ZsetTree::compact(Owned<Collection>& set, uint64_t position, Compaction& step) {
  const size_t stop_at =
      step.budget > step.collection_budget ? step.budget - step.collection_budget : 0;
  if (position == 0) step.move(set);
  auto& tree = static_cast<ZsetTree&>(set.thaw(step.epoch));
  do {
    position = tree.compact_some(position, step);
  } while (position != 0 && step.budget > stop_at);
  return position;
}

uint64_t ZsetTree::compact_some(uint64_t position, Compaction& step) {
  constexpr unsigned kBuckets = 4;
  if (position % 2 == 0) {
    const uint64_t next = members_.compact(
        position, kBuckets, [&](Owned<ZsetMember>& member) { compact_member(member, step); });
    VERIFY(next % 2 == 0);
    return next != 0 ? next : 1;
  }
  const uint64_t next = order_.compact(position / 2, step, [](ZsetSlot&) {});
  return next == 0 ? 0 : 2 * next + 1;
}

void ZsetTree::compact_member(Owned<ZsetMember>& member, Compaction& step) {
  if (!step.epoch.heap().should_move(member.get(), ZsetMember::bytes(*member))) {
    step.move(member);
    return;
  }
  auto cursor = place_of(*member);
  if (!step.move(member)) return;
  order_.edit(cursor, [&](ZsetSlot& slot) { slot = ZsetSlot(member.get()); });
}

Owned<Collection> ZsetTree::copy(const ZsetTree& from, ValueContext& values) {
  if (values.epoch.frozen()) values.epoch.reserve();
  Owned<Collection> made = make(values);
  const DropOnThrow guard(made, values.epoch);
  auto& copy = static_cast<ZsetTree&>(made.thaw(values.epoch));
  from.members_.for_each(
      [&](const ZsetMember& member) { copy.insert_unordered(member.text(), member.score()); });
  copy.put_in_order();
  return made;
}

}  // namespace sorrel
