// What a part of a sorted set is asked by: an interval of scores, of texts, or of ranks. The first
// two are turned into the third by the set (Zset::ranks), and all that is done to a part is done
// by ranks.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace sorrel {

/// Never NaN.
struct ScoreRange {
  double min = 0;
  double max = 0;
  bool min_open = false;
  bool max_open = false;

  /// Whether a score stands before, or behind, the range.
  bool before(double score) const { return min_open ? score <= min : score < min; }
  bool behind(double score) const { return max_open ? score >= max : score > max; }
  bool empty() const { return min > max || (min == max && (min_open || max_open)); }
};

/// One end of a range of texts.
struct LexBound {
  enum class Kind : uint8_t { kLowest, kClosed, kOpen, kHighest };
  Kind kind = Kind::kLowest;
  Bytes text = {};

  bool is_end() const { return kind == Kind::kLowest || kind == Kind::kHighest; }
};

/// Of members by their bytes. What it finds is meaningful where all members have one score.
struct LexRange {
  LexBound min;
  LexBound max;

  bool before(Bytes text) const {
    if (min.is_end()) return min.kind == LexBound::Kind::kHighest;
    return min.kind == LexBound::Kind::kOpen ? text <= min.text : text < min.text;
  }
  bool behind(Bytes text) const {
    if (max.is_end()) return max.kind == LexBound::Kind::kLowest;
    return max.kind == LexBound::Kind::kOpen ? text >= max.text : text > max.text;
  }
  bool empty() const {
    if (min.kind == LexBound::Kind::kHighest || max.kind == LexBound::Kind::kLowest) return true;
    if (min.is_end() || max.is_end()) return false;
    const bool open = min.kind == LexBound::Kind::kOpen || max.kind == LexBound::Kind::kOpen;
    return open ? min.text >= max.text : min.text > max.text;
  }
};

/// [first, last) in ascending order.
struct RankRange {
  uint64_t first = 0;
  uint64_t last = 0;

  uint64_t size() const { return last - first; }
  bool empty() const { return first == last; }
};

}  // namespace sorrel
