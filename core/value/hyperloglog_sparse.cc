#include "core/value/hyperloglog_sparse.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr uint8_t kValueBit = 0x80;
constexpr uint8_t kLongZeroBit = 0x40;
constexpr uint32_t kZeroRegistersMax = 64;
constexpr uint32_t kLongZeroRegistersMax = 16384;
constexpr uint32_t kValueRegistersMax = 4;
// How many runs are looked at for values to be joined, beginning before the changed one.
constexpr int kJoinedRunsMax = 5;

void append_zeros(std::string& out, uint32_t registers) {
  if (registers == 0) return;
  const uint32_t length = registers - 1;
  if (registers > kZeroRegistersMax) {
    out += static_cast<char>(kLongZeroBit | length >> 8);
    out += static_cast<char>(length & 0xff);
  } else {
    out += static_cast<char>(length);
  }
}

char value_run(uint8_t rank, uint32_t registers) {
  return static_cast<char>(kValueBit | (rank - 1u) << 2 | (registers - 1));
}

void append_values(std::string& out, uint8_t rank, uint32_t registers) {
  if (registers != 0) out += value_run(rank, registers);
}

void append_run(std::string& out, uint8_t rank, uint32_t registers) {
  rank == 0 ? append_zeros(out, registers) : append_values(out, rank, registers);
}

bool is_value(char byte) {
  return (static_cast<uint8_t>(byte) & kValueBit) != 0;
}

// Neighbouring runs of one value become one where its length allows it.
void join_values(std::string& text, size_t at) {
  int runs_left = kJoinedRunsMax;
  while (at < text.size() && runs_left-- > 0) {
    if (!is_value(text[at])) {
      at += SparseRun::read(Bytes(text).substr(at)).bytes == 2 ? 2 : 1;
      continue;
    }
    if (at + 1 < text.size() && is_value(text[at + 1])) {
      const SparseRun left = SparseRun::read(Bytes(text).substr(at));
      const SparseRun right = SparseRun::read(Bytes(text).substr(at + 1));
      const uint32_t registers = left.registers + right.registers;
      if (left.rank == right.rank && registers <= kValueRegistersMax) {
        text[at + 1] = value_run(left.rank, registers);
        text.erase(at, 1);
        continue;
      }
    }
    ++at;
  }
}

/// The runs that take the place of `run` when one of its registers gets `rank`.
std::string split_run(const SparseRun& run, uint32_t before, uint8_t rank) {
  std::string runs;
  append_run(runs, run.rank, before);
  append_values(runs, rank, 1);
  append_run(runs, run.rank, run.registers - before - 1);
  return runs;
}

}  // namespace

SparseRun SparseRun::read(Bytes at) {
  const auto byte = static_cast<uint8_t>(at[0]);
  if (byte & kValueBit) {
    return {static_cast<uint8_t>((byte >> 2 & 0x1f) + 1), (byte & 3u) + 1, 1};
  }
  const uint32_t length = byte & 0x3fu;
  if (!(byte & kLongZeroBit)) return {0, length + 1, 1};
  if (at.size() < 2) return {};
  return {0, (length << 8 | static_cast<uint8_t>(at[1])) + 1, 2};
}

std::string empty_runs(uint32_t registers) {
  std::string runs;
  while (registers != 0) {
    const uint32_t run = std::min(registers, kLongZeroRegistersMax);
    append_zeros(runs, run);
    registers -= run;
  }
  return runs;
}

std::optional<RunPosition> find_run(Bytes runs, uint32_t index) {
  RunPosition position;
  while (position.at < runs.size()) {
    position.run = SparseRun::read(runs.substr(position.at));
    if (position.run.bytes == 0) return std::nullopt;
    if (index - position.first < position.run.registers) return position;
    position.first += position.run.registers;
    position.previous = position.at;
    position.at += position.run.bytes;
  }
  return std::nullopt;
}

Raise raise_sparse(std::string& text, size_t begin, uint32_t index, uint8_t rank,
                   size_t text_bytes_max) {
  if (rank > SparseRun::kRankMax) return Raise::kNoRoom;
  const std::optional<RunPosition> found = find_run(Bytes(text).substr(begin), index);
  if (!found) return Raise::kCorrupt;
  const SparseRun& run = found->run;
  if (run.rank >= rank) return Raise::kUnchanged;
  const std::string runs = split_run(run, index - found->first, rank);
  if (runs.size() > run.bytes && text.size() - run.bytes + runs.size() > text_bytes_max) {
    return Raise::kNoRoom;
  }
  text.replace(begin + found->at, run.bytes, runs);
  join_values(text, begin + found->previous);
  return Raise::kRaised;
}

}  // namespace sorrel
