// ZsetBuilder: makes a sorted set out of members that come in any order: the result of ZUNIONSTORE
// and its like, of a range that is stored, of a search, and of a pack that got too big.
//
// Members are kept in the table of a set that is still without order, and put in order once, at the
// end. What is built is a pack or a tree by the limits alone, as Redis does it for a new set.
// Whoever brings very many, and has other things to do meanwhile, says so (expect()): they are put
// in order as they come, and the end takes no time.
//
// Lives for one command, on the stack. What wasn't finished goes with it.
#pragma once

#include "core/value/collection.h"
#include "core/value/zset_tree.h"

#include <algorithm>
#include <cstddef>

namespace sorrel {

class ZsetBuilder {
 public:
  explicit ZsetBuilder(ValueContext& values) : values_(values) {}
  ~ZsetBuilder();
  ZsetBuilder(const ZsetBuilder&) = delete;
  ZsetBuilder& operator=(const ZsetBuilder&) = delete;

  /// No listpack of Redis's grows beyond this.
  static constexpr size_t kPackBytesMax = size_t{1} << 30;

  /// So many members are to come, all by add_new(). Before the first.
  void expect(size_t members) { in_order_ = members > values_.limits.zset_pack_members_max; }
  /// False when it is there already.
  bool add_new(Bytes member, double score);

  /// A member that hasn't been added yet.
  void add(Bytes member, double score);
  /// One that may have been: then its score becomes combine(present).
  template <class Combine>
  void combine(Bytes member, double score, Combine&& combine) {
    const ZsetMember* present = set_ ? tree().find(member) : nullptr;
    if (present == nullptr) return add(member, score);
    tree().rescore_unordered(*present, combine(present->score()));
  }

  size_t size() const { return set_ ? static_cast<const ZsetTree&>(*set_).size() : 0; }
  /// `visit(Bytes member, double score)` in the order of the set; nothing is added afterwards.
  template <class Visit>
  void for_each(Visit&& visit) {
    if (!set_) return;
    tree().put_in_order();
    tree().for_each({0, size()}, false,
                    [&](const ZsetMember& member) { visit(member.text(), member.score()); });
  }
  /// The set; an empty reference when there are no members. The builder is empty then.
  Owned<Collection> finish();
  Owned<Collection> finish_as_tree();

 private:
  ZsetTree& tree() { return static_cast<ZsetTree&>(set_.thaw(values_.epoch)); }
  void start();
  bool fits_pack() const;
  Owned<Collection> finish_as_pack();

  ValueContext& values_;
  Owned<Collection> set_;
  bool in_order_ = false;  // members are put in order as they come
  size_t member_bytes_ = 0;
  size_t member_bytes_max_ = 0;
};

}  // namespace sorrel
