// ZsetInput: one input of ZUNION and its like: a sorted set, or a set, whose members all have the
// score 1. An absent key is an empty input. Good until a key changes.
#pragma once

#include "core/keyspace/entry.h"
#include "core/value/set.h"
#include "core/value/zset.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sorrel {

class ZsetInput {
 public:
  ZsetInput() = default;
  /// The key holds a sorted set or a set.
  ZsetInput(const Entry& entry, int64_t now_ms) {
    if (entry.type() == Type::kZset) {
      zset_.emplace(*entry.collection());
    } else {
      set_.emplace(*entry.collection(), now_ms);
    }
  }
  static bool accepts(Type type) { return type == Type::kZset || type == Type::kSet; }

  size_t size() const { return zset_ ? zset_->size() : set_ ? set_->size() : 0; }
  std::optional<double> score(Bytes member) const {
    if (zset_) return zset_->score(member);
    return set_ && set_->contains(member) ? std::optional<double>(1) : std::nullopt;
  }
  /// `visit(Bytes member, double score)`.
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (zset_) zset_->for_each(visit);
    if (!set_) return;
    set_->for_each([&](const SetElement& member) {
      SetElement::Scratch scratch;
      visit(member.bytes(scratch), 1.0);
    });
  }
  /// The same, until `visit` says false.
  template <class Visit>
  void walk(Visit&& visit) const {
    if (zset_) walk_zset(visit);
    if (!set_) return;
    set_->walk([&](const SetElement& member) {
      SetElement::Scratch scratch;
      return visit(member.bytes(scratch), 1.0);
    });
  }

  double weight = 1;

 private:
  static constexpr uint64_t kStride = 64;

  template <class Visit>
  void walk_zset(Visit&& visit) const {
    bool going = true;
    for (uint64_t first = 0; first < zset_->size() && going; first += kStride) {
      const RankRange stride{first, std::min<uint64_t>(first + kStride, zset_->size())};
      zset_->for_each(stride, false,
                      [&](Bytes member, double score) { going = going && visit(member, score); });
    }
  }

  std::optional<Zset> zset_;
  std::optional<SetValue> set_;
};

}  // namespace sorrel
