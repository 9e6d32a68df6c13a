// The estimator of a HyperLogLog: how many different elements were seen, from how often each rank
// stands in its registers.
//
// Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284),
// algorithm 6 with sigma and tau. It needs no table of biases and no second method for small or
// large counts. The order of the floating-point operations is part of the result: HyperLogLogs keep
// it in their bytes, and those are the same everywhere.
#pragma once

#include <array>
#include <cstdint>

namespace sorrel {

/// Registers are 6 bits wide.
constexpr unsigned kHyperLogLogRanks = 64;
/// How many registers have each rank.
using RankCounts = std::array<uint32_t, kHyperLogLogRanks>;

/// `rank_max` is the highest rank that an element can have.
uint64_t estimate_cardinality(const RankCounts& counts, uint32_t registers, unsigned rank_max);

}  // namespace sorrel
