// ZsetPack: a small sorted set: a pack of member, score, member, score …, by score and then by
// member, as Redis's listpack of a sorted set. A score is the text that ZSCORE
// prints; there is no -0 among them.
//
// A way to look at a pack, and to change it; it owns nothing. Known to Zset (core/value/zset.h) and
// ZsetBuilder alone.
#pragma once

#include "core/structure/pack.h"
#include "core/value/zset_range.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sorrel {

class ZsetPack {
 public:
  explicit ZsetPack(const Pack& pack) : pack_(&pack) {}

  /// A member's place is its element's; its score is the next one.
  using Position = Pack::Position;

  size_t size() const { return pack_->size() / 2; }
  /// Empty when it isn't there.
  std::optional<Position> find(Bytes member) const;
  double score(Position member) const;
  uint64_t rank(Position member) const;
  RankRange ranks(const ScoreRange& range) const;
  RankRange ranks(const LexRange& range) const;
  /// `visit(Bytes member, double score)` for those of the range, from its first on, or from its
  /// last back. The text is good for the visit alone.
  template <class Visit>
  void for_each(const RankRange& range, bool reverse, Visit&& visit) const;

  // ---- Changing; the position is of the pack as it is before the call.
  /// The member must not be there.
  static void insert(Owned<Pack>& pack, Bytes member, double score, Epoch& epoch);
  /// Behind all others, where it belongs.
  static void append(Owned<Pack>& pack, Bytes member, double score, Epoch& epoch);
  static void rescore(Owned<Pack>& pack, Position member, double score, Epoch& epoch);
  static void erase(Owned<Pack>& pack, Position member, Epoch& epoch);
  static void erase(Owned<Pack>& pack, const RankRange& range, Epoch& epoch);

 private:
  Position behind(Position member) const { return pack_->next(pack_->next(member)); }
  Position at(uint64_t rank) const { return pack_->at(2 * rank); }
  Position place_for(Bytes member, double score) const;
  template <class Before, class Behind>
  RankRange ranks_between(Before&& before, Behind&& behind) const;

  const Pack* pack_;
};

template <class Visit>
void ZsetPack::for_each(const RankRange& range, bool reverse, Visit&& visit) const {
  if (range.empty()) return;
  Position member = at(reverse ? range.last - 1 : range.first);
  for (uint64_t left = range.size(); left != 0; --left) {
    PackElement::Scratch scratch;
    const PackElement element = pack_->get(member);
    visit(element.bytes(scratch), score(member));
    if (left == 1) break;
    member = reverse ? pack_->previous(pack_->previous(member)) : behind(member);
  }
}

}  // namespace sorrel
