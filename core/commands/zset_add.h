// Adding to a sorted set: what ZADD, ZINCRBY and GEOADD have in common once their arguments are
// read.
#pragma once

#include "core/command/context.h"
#include "core/value/zset.h"

#include <span>

namespace sorrel {

struct ZsetAdd {
  Zset::AddRule rule;
  bool count_changed = false;
  /// The members stand among the arguments, from `member_at` on, `stride` words apart.
  size_t member_at = 0;
  size_t stride = 2;
  std::span<const double> scores;
};

/// To the set at the first argument; answers the count, or the score when the rule increments.
void add_to_zset(Context& context, const ZsetAdd& add);

}  // namespace sorrel
