// DistinctTexts: tells whether texts are all different: the fields and members of a value that came
// packed, where nothing else would notice one that is there twice.
//
// Open addressing over hashes with the instance's secret, so that nobody can make it slow. One
// object serves one value after another.
#pragma once

#include "core/base/bytes.h"
#include "core/value/value_context.h"

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace sorrel {

class DistinctTexts {
 public:
  explicit DistinctTexts(const ValueContext& values) : values_(values) {}

  /// So many at most are to come. Their bytes stay where they are.
  void begin(size_t texts) {
    slots_.assign(std::bit_ceil(2 * texts + 1), Bytes());
    mask_ = slots_.size() - 1;
    seen_empty_ = false;
  }
  /// False when it came before.
  bool add(Bytes text) {
    if (text.empty()) return !std::exchange(seen_empty_, true);
    size_t at = values_.hash(text) & mask_;
    for (; !slots_[at].empty(); at = (at + 1) & mask_) {
      if (same_bytes(slots_[at], text)) return false;
    }
    slots_[at] = text;
    return true;
  }

 private:
  const ValueContext& values_;
  std::vector<Bytes> slots_;  // an empty one is free
  size_t mask_ = 0;
  bool seen_empty_ = false;
};

}  // namespace sorrel
