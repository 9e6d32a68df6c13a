// ZsetReply: members, and their scores if they are wanted, as an answer.
//
// RESP2 lists a member and its score one after the other; in RESP3 each pair is an array of its
// own.
#pragma once

#include "core/command/context.h"
#include "core/value/zset.h"

#include <cstddef>

namespace sorrel {

class ZsetReply {
 public:
  ZsetReply(Context& context, bool with_scores)
      : reply_(context.reply), with_scores_(with_scores) {}

  /// The header; as many members follow.
  void begin(size_t members) {
    reply_.array(with_scores_ && !reply_.resp3() ? 2 * members : members);
  }
  void member(Bytes text, double score) {
    if (with_scores_ && reply_.resp3()) reply_.array(2);
    reply_.bulk(text);
    if (with_scores_) reply_.real(score);
  }
  /// Header and members of a part of a set.
  void range(const Zset& set, const RankRange& range, bool reverse) {
    begin(range.size());
    set.for_each(range, reverse, [&](Bytes text, double score) { member(text, score); });
  }

 private:
  ReplyWriter& reply_;
  const bool with_scores_;
};

/// The sorted set at a key for reading: nothing in `set` when the key is absent; false when an
/// error was answered.
inline bool read_zset(Context& context, Bytes key, std::optional<Zset>& set) {
  const Entry* entry;
  if (!context.read(key, Type::kZset, entry)) return false;
  if (entry != nullptr) set.emplace(*entry->collection());
  return true;
}

}  // namespace sorrel
