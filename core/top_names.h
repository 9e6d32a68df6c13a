// TopNames: which names have the largest sums, of far more names than are counted.
//
// Space-saving (Metwally, Agrawal and El Abbadi 2005): so many counters; a name without one takes
// over that of the name with the smallest sum, and the sum with it. A sum is never too small, and
// too large by no more than the smallest.
//
// Owned by whoever counts (core/hot_keys.h).
#pragma once

#include "core/base/name_map.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class TopNames {
 public:
  explicit TopNames(size_t counters) : counters_(counters) {}

  void add(Bytes name, uint64_t amount);
  /// The `count` largest, largest first.
  std::vector<std::pair<Bytes, uint64_t>> largest(size_t count) const;

 private:
  using Sums = NameMap<uint64_t>;
  /// By sum; names are those of `sums_`.
  using Order = std::set<std::pair<uint64_t, Bytes>>;

  const size_t counters_;
  Sums sums_;
  Order order_;
};

}  // namespace sorrel
