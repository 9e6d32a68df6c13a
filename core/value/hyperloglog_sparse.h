// SparseRegisters: the registers of a HyperLogLog that has seen little, as runs of equal ones.
//
//   00llllll                l + 1 registers of rank 0 (1 to 64)            a zero
//   01llllll llllllll       l + 1 registers of rank 0 (1 to 16384)         a long zero
//   1vvvvvll                l + 1 registers of rank v + 1 (1 to 32; 1 to 4)   a value
//
// The format and the way an update splits and joins runs are those of Redis's strings, which files
// and replicas carry: the same calls must leave the same bytes, well packed or not. Bytes come from
// clients (SET): everything here takes any, and says when they can't be right.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

/// One run, read.
struct SparseRun {
  uint8_t rank = 0;
  uint32_t registers = 0;
  uint8_t bytes = 0;  // 1, or 2 for a long zero; 0: the bytes end in the middle

  static SparseRun read(Bytes at);
  static constexpr uint8_t kRankMax = 32;
};

/// Goes over the runs of `runs` that must make exactly `registers`: `visit(first, run)`. False when
/// they don't; it may have visited some by then.
template <class Visit>
bool for_each_run(Bytes runs, uint32_t registers, Visit&& visit) {
  uint32_t first = 0;
  while (!runs.empty()) {
    const SparseRun run = SparseRun::read(runs);
    if (run.bytes == 0 || run.registers > registers - first) return false;
    visit(first, run);
    first += run.registers;
    runs.remove_prefix(run.bytes);
  }
  return first == registers;
}

/// All registers zero.
std::string empty_runs(uint32_t registers);

/// What came of raising a register to a rank.
enum class Raise : uint8_t {
  kUnchanged,  // it had that rank or more
  kRaised,
  kNoRoom,   // the rank, or what the runs would take, is beyond sparse; nothing has changed
  kCorrupt,  // the register isn't in the runs; nothing has changed
};

/// Where a register's run stands.
struct RunPosition {
  size_t at = 0;        // its offset
  size_t previous = 0;  // offset of the run before; the same for the first
  uint32_t first = 0;   // number of its first register
  SparseRun run;
};
std::optional<RunPosition> find_run(Bytes runs, uint32_t index);

/// Raises register `index` in `text`, whose runs begin at `begin`; as a whole it may grow to
/// `text_bytes_max`.
Raise raise_sparse(std::string& text, size_t begin, uint32_t index, uint8_t rank,
                   size_t text_bytes_max);

}  // namespace sorrel
