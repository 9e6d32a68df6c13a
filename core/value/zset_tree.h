// ZsetTree: a sorted set that is too big for a pack: a table that finds a member by its text, and a
// tree that has them in order.
//
// The table owns the members. A slot of the tree borrows a pointer to one, with the upper 48 bits
// of its score beside it, so that a search follows a pointer only to tell neighbours apart:
//
//   | score's bits 63-32 | score's bits 31-16 (16) | address of the member (48) |        12 bytes
//
// The score's bits are such that they compare as unsigned integers; -0 counts as 0.
//
// Known to Zset (core/value/zset.h) and ZsetBuilder alone; owned by an entry, as a Collection.
//
// Invariants:
//  1. Table and tree hold the same members; the tree by score, then by text.
//  2. Members never change (zset_member.h), so a slot is replaced exactly when its member is.
//  3. On std::bad_alloc nothing has changed, except that a removal of many ends early, whole.
#pragma once

#include "core/structure/table.h"
#include "core/structure/tree.h"
#include "core/value/collection.h"
#include "core/value/zset_member.h"
#include "core/value/zset_range.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sorrel {

/// Unsigned integers that are in the order of the scores.
inline uint64_t score_bits(double score) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  const auto bits = std::bit_cast<uint64_t>(score + 0.0);  // -0 + 0 is 0
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

class ZsetSlot {
 public:
  explicit ZsetSlot(const ZsetMember* member) {
    const uint64_t bits = score_bits(member->score());
    const uint64_t low = (bits >> 16 & 0xffff) << kAddressBits | std::bit_cast<uint64_t>(member);
    words_ = {static_cast<uint32_t>(bits >> 32), static_cast<uint32_t>(low >> 32),
              static_cast<uint32_t>(low)};
  }

  const ZsetMember* member() const {
    return std::bit_cast<const ZsetMember*>(low() & ((uint64_t{1} << kAddressBits) - 1));
  }
  /// The upper 48 of score_bits().
  uint64_t key() const { return uint64_t{words_[0]} << 16 | words_[1] >> 16; }
  static uint64_t key_of(double score) { return score_bits(score) >> 16; }

  bool operator<(const ZsetSlot& other) const;

 private:
  static constexpr int kAddressBits = 48;
  uint64_t low() const { return uint64_t{words_[1]} << 32 | words_[2]; }

  std::array<uint32_t, 3> words_;
};

/// The place of a member in the order, and the places before and behind all of one score or text.
struct ZsetKey {
  double score;
  Bytes text;
};
struct ScoreKey {
  double score;
};
struct TextKey {
  Bytes text;
};

struct ZsetOrder {
  using Slot = ZsetSlot;
  static constexpr uint8_t kNodeKind = kinds::kZsetNode;
  static constexpr unsigned kLeafBytes = 1024;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;
  static uint64_t weight(const Slot&) { return 1; }

  static int compare(const ScoreKey& key, const Slot& slot) {
    const uint64_t bits = ZsetSlot::key_of(key.score);
    if (bits != slot.key()) return bits < slot.key() ? -1 : 1;
    return compare_scores(key.score, slot.member()->score());
  }
  static int compare(const ZsetKey& key, const Slot& slot) {
    const int scores = compare(ScoreKey{key.score}, slot);
    return scores != 0 ? scores : key.text.compare(slot.member()->text());
  }
  static int compare(const TextKey& key, const Slot& slot) {
    return key.text.compare(slot.member()->text());
  }

 private:
  static int compare_scores(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }
};

inline bool ZsetSlot::operator<(const ZsetSlot& other) const {
  if (key() != other.key()) return key() < other.key();
  return ZsetOrder::compare(ZsetKey{member()->score(), member()->text()}, other) < 0;
}

class ZsetTree final : public Collection {
 public:
  using Order = Tree<ZsetOrder>;

  /// An empty one. The context outlives it.
  static Owned<Collection> make(ValueContext& values);

  // ---- Reading.
  size_t size() const { return members_.size(); }
  const ZsetMember* find(Bytes text) const { return members_.find(text, values_->hash(text)); }
  uint64_t rank(const ZsetMember& member) const { return place_of(member).offset(); }
  RankRange ranks(const ScoreRange& range) const;
  RankRange ranks(const LexRange& range) const;
  /// `visit(const ZsetMember&)` for those of the range, from its first on, or from its last back.
  template <class Visit>
  void for_each(const RankRange& range, bool reverse, Visit&& visit) const;
  /// See TableView::scan.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
    return members_.scan(cursor, at_least, visit);
  }
  /// Of all it owns, and of its own block.
  size_t footprint(const Heap& heap, size_t samples) const;

  // ---- Changing. Texts may point into the set.
  /// The member must not be there.
  void insert(Bytes text, double score);
  /// A member of this set gets another score, which isn't equal to its present one.
  void rescore(const ZsetMember& member, double score);
  void erase(const ZsetMember& member);
  /// Those of the range; on std::bad_alloc, which only a live snapshot can bring about, only the
  /// first ones.
  void erase(const RankRange& range);

  // ---- Building: members first, in any order, then the order.
  /// Until put_in_order() there is no order: only this, find() and dropping it are allowed.
  void insert_unordered(Bytes text, double score);
  /// A member that is there gets another score.
  void rescore_unordered(const ZsetMember& member, double score);
  /// Calls `visit` for the members as they come.
  template <class Visit>
  void for_each_unordered(Visit&& visit) const {
    members_.for_each(visit);
  }
  void put_in_order();
  /// insert() for members that come in their order, or in the opposite one, and are quicker for it.
  void insert_in_order(Bytes text, double score);

  // For Collection's switches.
  static uint64_t compact(Owned<Collection>& set, uint64_t position, Compaction& step);
  static Owned<Collection> copy(const ZsetTree& from, ValueContext& values);
  static ZsetTree* clone(const ZsetTree& from, Epoch& epoch);
  static size_t weight(const ZsetTree& set) {
    return set.members_.weight() + set.order_.weight_of_blocks();
  }
  static Remains next_child(ZsetTree& set, size_t& position);

 private:
  explicit ZsetTree(ValueContext& values);
  explicit ZsetTree(const ZsetTree& original);
  static uint64_t rehash(const ZsetMember& member, const void* values) {
    return static_cast<const ValueContext*>(values)->hash(member.text());
  }
  /// Where a member of the set stands.
  Order::Cursor place_of(const ZsetMember& member) const {
    return order_.lower_bound(ZsetKey{member.score(), member.text()});
  }
  /// Where one would stand that may be the new first, or the new last.
  Order::Cursor place_at_edge(const ZsetMember& member) const;
  template <class Place>
  void insert(Bytes text, double score, Place&& place);
  void link(const ZsetMember& member);
  uint64_t compact_some(uint64_t position, Compaction& step);
  void compact_member(Owned<ZsetMember>& member, Compaction& step);

  // How many members are fetched from memory ahead of the visits: a usual one whole, which may
  // stand in two lines.
  static constexpr size_t kAhead = 16;
  static constexpr size_t kUsualBytes = 24;

  ValueContext* values_;
  Table<ZsetMember> members_;
  Order order_;
};

template <class Visit>
void ZsetTree::for_each(const RankRange& range, bool reverse, Visit&& visit) const {
  const uint64_t size = range.size();
  if (size == 0) return;
  std::array<const ZsetMember*, kAhead> ahead;
  Order::Cursor cursor = order_.at(reverse ? range.last - 1 : range.first);
  uint64_t fetched = 0;
  const auto fetch = [&] {
    const ZsetMember* const member = cursor->member();
    __builtin_prefetch(member);
    __builtin_prefetch(reinterpret_cast<const char*>(member) + kUsualBytes);
    ahead[fetched % kAhead] = member;
    if (++fetched == size) return;
    reverse ? cursor.previous() : cursor.next();
  };
  while (fetched < size && fetched < kAhead) fetch();
  for (uint64_t i = 0; i < size; ++i) {
    visit(*ahead[i % kAhead]);
    if (fetched < size) fetch();
  }
}

}  // namespace sorrel
