// Zset: a sorted set: members, each with a score, in the order of score and then of bytes.
//
// A small one is a pack (core/value/zset_pack.h), a big one a table and a tree
// (core/value/zset_tree.h); which one it is is known here alone. A pack becomes a tree when it gets
// too big, and stays one; a set that is made anew (ZsetBuilder, core/value/zset_builder.h) is what
// its size asks for.
//
// A Zset is a way to look at a set that is there; the static functions change one through the
// reference that owns it. An empty reference is the set of an absent key. Scores are never NaN. A
// rank counts from the lowest.
#pragma once

#include "core/base/number.h"
#include "core/value/collection.h"
#include "core/value/zset_pack.h"
#include "core/value/zset_range.h"
#include "core/value/zset_tree.h"

#include <cstdint>
#include <optional>

namespace sorrel {

class Zset {
 public:
  explicit Zset(const Collection& body)
      : tree_(body.tag() == Collection::Tag::kZsetTree ? &static_cast<const ZsetTree&>(body)
                                                       : nullptr),
        pack_(reinterpret_cast<const Pack&>(body)) {}

  size_t size() const { return tree_ != nullptr ? tree_->size() : pack_.size(); }
  std::optional<double> score(Bytes member) const;

  struct Standing {
    uint64_t rank;
    double score;
  };
  std::optional<Standing> standing(Bytes member) const;

  RankRange ranks(const ScoreRange& range) const {
    return tree_ != nullptr ? tree_->ranks(range) : pack_.ranks(range);
  }
  RankRange ranks(const LexRange& range) const {
    return tree_ != nullptr ? tree_->ranks(range) : pack_.ranks(range);
  }
  RankRange all() const { return {0, size()}; }

  /// `visit(Bytes member, double score)` for those of the range, from its first on, or from its
  /// last back. The text is good for the visit alone; the set mustn't change.
  template <class Visit>
  void for_each(const RankRange& range, bool reverse, Visit&& visit) const {
    if (tree_ == nullptr) return pack_.for_each(range, reverse, visit);
    tree_->for_each(range, reverse,
                    [&](const ZsetMember& member) { visit(member.text(), member.score()); });
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for_each(all(), false, visit);
  }

  /// ZSCAN: `visit(Bytes member, Bytes score_text)`; returns the next cursor. The texts are good
  /// for the visit alone, and the score's is the one that Redis gives here: a big set's has 17
  /// digits.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const;

  // ---- Changing.
  /// ZADD's conditions and ZINCRBY's way to a score.
  struct AddRule {
    bool only_new = false;
    bool only_there = false;
    bool only_greater = false;
    bool only_less = false;
    bool increment = false;
    /// How many the call gives, repeated and known ones counted too: a pack that so many wouldn't
    /// fit isn't begun, or becomes a tree with the first that is new.
    size_t members_given = 1;
  };
  enum class Added : uint8_t { kNothing, kNew, kChanged, kSame, kNotANumber };
  struct AddResult {
    Added what;
    double score;  // that the member has now; not with kNothing and kNotANumber
  };
  /// kNothing: a condition forbade it.
  static AddResult add(Owned<Collection>& set, Bytes member, double score, const AddRule& rule,
                       ValueContext& values);
  /// False when it wasn't there.
  static bool erase(Owned<Collection>& set, Bytes member, ValueContext& values);
  /// The range lies within the set. On std::bad_alloc, which only a live snapshot can bring about,
  /// the first of them are gone.
  static void erase(Owned<Collection>& set, const RankRange& range, ValueContext& values);

 private:
  static std::optional<AddResult> refuse(const AddRule& rule, const double* present, double& score);
  static AddResult add_to_tree(Owned<Collection>& set, Bytes member, double score,
                               const AddRule& rule, ValueContext& values);
  static AddResult add_to_pack(Owned<Collection>& set, Bytes member, double score,
                               const AddRule& rule, ValueContext& values);
  static Owned<Collection> make(Bytes member, double score, const AddRule& rule,
                                ValueContext& values);
  static void insert(Owned<Collection>& set, Bytes member, double score, const AddRule& rule,
                     ValueContext& values);

  const ZsetTree* tree_;
  ZsetPack pack_;  // unless there is a tree
};

/// A score with 17 digits, as Redis prints it in a few places.
class LongRealText {
 public:
  explicit LongRealText(double value);
  Bytes view() const { return Bytes(chars_, length_); }

 private:
  char chars_[32];
  size_t length_;
};

template <class Visit>
uint64_t Zset::scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
  if (tree_ == nullptr) {
    pack_.for_each(all(), false,
                   [&](Bytes member, double score) { visit(member, RealText(score).view()); });
    return 0;
  }
  return tree_->scan(cursor, at_least, [&](const ZsetMember& member) {
    visit(member.text(), LongRealText(member.score()).view());
  });
}

}  // namespace sorrel
