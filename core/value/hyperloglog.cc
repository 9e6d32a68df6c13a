#include "core/value/hyperloglog.h"

#include "core/base/murmur_hash.h"
#include "core/base/number.h"
#include "core/value/hyperloglog_estimate.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kMagic = "HYLL";
constexpr uint64_t kHashSeed = 0xadc83b19;
constexpr uint8_t kStale = 0x80;  // in the last byte of the cardinality
constexpr unsigned kRegisterBits = 6;
constexpr unsigned kRegisterMask = (1u << kRegisterBits) - 1;
// Four registers are three bytes.
constexpr uint32_t kGroup = 4;
constexpr size_t kGroupBytes = 3;

using Registers = HyperLogLog::Registers;

uint32_t load_group(const char* at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16;
}

unsigned rank_in(uint32_t group, unsigned number) {
  return group >> (number * kRegisterBits) & kRegisterMask;
}

unsigned dense_rank(const char* registers, uint32_t index) {
  return rank_in(load_group(registers + index / kGroup * kGroupBytes), index % kGroup);
}

void set_dense_rank(char* registers, uint32_t index, unsigned rank) {
  char* const at = registers + index / kGroup * kGroupBytes;
  const unsigned shift = index % kGroup * kRegisterBits;
  const uint32_t group = (load_group(at) & ~(kRegisterMask << shift)) | rank << shift;
  for (size_t i = 0; i < kGroupBytes; ++i) at[i] = static_cast<char>(group >> (8 * i));
}

bool raise_dense(char* registers, const HyperLogLog::Element& element) {
  if (dense_rank(registers, element.index) >= element.rank) return false;
  set_dense_rank(registers, element.index, element.rank);
  return true;
}

void make_stale(char* string) {
  char& last = string[HyperLogLog::kHeaderBytes - 1];
  last = static_cast<char>(static_cast<uint8_t>(last) | kStale);
}

// A count for each of four neighbours, so that equal ones don't wait for each other.
RankCounts count_dense(Bytes registers) {
  std::array<RankCounts, kGroup> counts{};
  for (size_t at = 0; at < registers.size(); at += kGroupBytes) {
    const uint32_t group = load_group(registers.data() + at);
    for (unsigned i = 0; i < kGroup; ++i) ++counts[i][rank_in(group, i)];
  }
  for (unsigned i = 1; i < kGroup; ++i) {
    for (size_t rank = 0; rank < counts[0].size(); ++rank) counts[0][rank] += counts[i][rank];
  }
  return counts[0];
}

uint64_t estimate(const RankCounts& counts) {
  return estimate_cardinality(counts, HyperLogLog::kRegisters, HyperLogLog::kRankMax);
}

void raise_to_dense(Registers& registers, Bytes dense) {
  for (uint32_t first = 0; first < registers.size(); first += kGroup) {
    const uint32_t group = load_group(dense.data() + first / kGroup * kGroupBytes);
    for (unsigned i = 0; i < kGroup; ++i) {
      const auto rank = static_cast<uint8_t>(rank_in(group, i));
      registers[first + i] = std::max(registers[first + i], rank);
    }
  }
}

}  // namespace

auto HyperLogLog::element(Bytes bytes) -> Element {
  const uint64_t hash = murmur_hash(bytes, kHashSeed);
  // The guard bit ends the run of zeros at the latest.
  const uint64_t rest = hash >> kIndexBits | uint64_t{1} << (64 - kIndexBits);
  return {static_cast<uint32_t>(hash & (kRegisters - 1)),
          static_cast<uint8_t>(std::countr_zero(rest) + 1)};
}

bool HyperLogLog::is_one(Bytes string) {
  if (string.size() < kHeaderBytes || !string.starts_with(kMagic)) return false;
  const char encoding = string[kEncodingOffset];
  return encoding == kSparse || (encoding == kDense && string.size() == kDenseBytes);
}

std::optional<uint64_t> HyperLogLog::cached_cardinality() const {
  if (static_cast<uint8_t>(string_[kHeaderBytes - 1]) & kStale) return std::nullopt;
  uint64_t cardinality;
  std::memcpy(&cardinality, string_.data() + kCardinalityOffset, sizeof cardinality);
  return cardinality;
}

void HyperLogLog::cache_cardinality(char* string, uint64_t cardinality) {
  std::memcpy(string + kCardinalityOffset, &cardinality, sizeof cardinality);
}

std::optional<uint64_t> HyperLogLog::cardinality() const {
  if (!is_sparse()) return estimate(count_dense(registers()));
  RankCounts counts{};
  const auto count = [&](uint32_t, const SparseRun& run) { counts[run.rank] += run.registers; };
  if (!for_each_run(registers(), kRegisters, count)) return std::nullopt;
  return estimate(counts);
}

namespace {

/// A walk over runs: what is left of the one it stands in, and those behind it.
struct RunWalk {
  Bytes runs;
  SparseRun run;

  /// False when there are no more, or none that can be read.
  bool at_run() {
    if (run.registers != 0) return true;
    if (runs.empty()) return false;
    run = SparseRun::read(runs);
    runs.remove_prefix(run.bytes);
    return run.bytes != 0;
  }
};

}  // namespace

std::optional<uint64_t> HyperLogLog::cardinality_of_sparse(std::span<const HyperLogLog> sparse) {
  std::vector<RunWalk> walks;
  walks.reserve(sparse.size());
  for (const HyperLogLog& one : sparse) walks.push_back({one.registers(), {}});
  RankCounts counts{};
  for (uint32_t left = kRegisters; left != 0;) {
    uint32_t equal = left;  // registers that are the same in each
    uint8_t rank = 0;
    for (RunWalk& walk : walks) {
      if (!walk.at_run()) return std::nullopt;
      equal = std::min(equal, walk.run.registers);
      rank = std::max(rank, walk.run.rank);
    }
    for (RunWalk& walk : walks) walk.run.registers -= equal;
    counts[rank] += equal;
    left -= equal;
  }
  const bool sound = std::all_of(walks.begin(), walks.end(), [](const RunWalk& walk) {
    return walk.run.registers == 0 && walk.runs.empty();
  });
  return sound ? std::optional(estimate(counts)) : std::nullopt;
}

uint64_t HyperLogLog::cardinality_of(const Registers& registers) {
  // Most are zero when few have been counted, and to count up one place again and again is slow.
  static_assert(kRegisters % sizeof(uint64_t) == 0);
  RankCounts counts{};
  for (size_t at = 0; at < registers.size(); at += sizeof(uint64_t)) {
    uint64_t eight;
    std::memcpy(&eight, registers.data() + at, sizeof eight);
    if (eight == 0) {
      counts[0] += sizeof eight;
      continue;
    }
    for (size_t i = at; i < at + sizeof eight; ++i) ++counts[registers[i] & kRegisterMask];
  }
  return estimate(counts);
}

bool HyperLogLog::merge_into(Registers& into) const {
  if (!is_sparse()) {
    raise_to_dense(into, registers());
    return true;
  }
  return for_each_run(registers(), kRegisters, [&](uint32_t first, const SparseRun& run) {
    if (run.rank == 0) return;
    for (uint32_t i = first; i < first + run.registers; ++i) into[i] = std::max(into[i], run.rank);
  });
}

std::string HyperLogLog::runs_text() const {
  std::string text;
  Bytes runs = registers();
  while (!runs.empty()) {
    const SparseRun run = SparseRun::read(runs);
    if (run.bytes == 0) break;
    if (!text.empty()) text += ' ';
    text += run.rank != 0 ? "v:" : run.bytes == 2 ? "Z:" : "z:";
    if (run.rank != 0) text += std::to_string(run.rank) + ',';
    text += std::to_string(run.registers);
    runs.remove_prefix(run.bytes);
  }
  return text;
}

std::string HyperLogLog::empty() {
  std::string string(kMagic);
  string += kSparse;
  string.resize(kHeaderBytes);
  make_stale(string.data());
  return string += empty_runs(kRegisters);
}

std::optional<std::string> HyperLogLog::to_dense() const {
  if (!is_sparse()) return std::string(string_);
  std::string dense(string_.substr(0, kHeaderBytes));
  dense[kEncodingOffset] = kDense;
  dense.resize(kDenseBytes);
  const bool sound =
      for_each_run(registers(), kRegisters, [&](uint32_t first, const SparseRun& run) {
        if (run.rank == 0) return;
        for (uint32_t i = first; i < first + run.registers; ++i) {
          set_dense_rank(dense.data() + kHeaderBytes, i, run.rank);
        }
      });
  if (!sound) return std::nullopt;
  return dense;
}

// One register of a string that may be of either encoding and changes to dense when it must. False
// when it is corrupt.
bool HyperLogLog::raise_register(std::string& text, const Element& element, size_t sparse_bytes_max,
                                 Change& change) {
  if (text[kEncodingOffset] == kSparse) {
    switch (raise_sparse(text, kHeaderBytes, element.index, element.rank, sparse_bytes_max)) {
      case Raise::kUnchanged:
        return true;
      case Raise::kRaised:
        ++change.raised;
        return true;
      case Raise::kCorrupt:
        return false;
      case Raise::kNoRoom:
        break;
    }
    std::optional<std::string> dense = HyperLogLog(text).to_dense();
    if (!dense) return false;
    text = std::move(*dense);
  }
  change.raised += raise_dense(text.data() + kHeaderBytes, element);
  return true;
}

auto HyperLogLog::add(std::span<const Bytes> elements, size_t sparse_bytes_max,
                      const std::function<char*()>& in_place) const -> Change {
  if (!is_sparse()) return add_dense(elements, in_place);
  Change change;
  std::string text(string_);
  for (const Bytes bytes : elements) {
    change.corrupt = !raise_register(text, element(bytes), sparse_bytes_max, change);
    if (change.corrupt) return change;
  }
  if (change.raised == 0) return change;
  make_stale(text.data());
  change.replacement = std::move(text);
  return change;
}

auto HyperLogLog::add_dense(std::span<const Bytes> elements,
                            const std::function<char*()>& in_place) const -> Change {
  Change change;
  char* writable = nullptr;
  for (const Bytes bytes : elements) {
    const Element counted = element(bytes);
    const char* const now = writable != nullptr ? writable : string_.data();
    if (dense_rank(now + kHeaderBytes, counted.index) >= counted.rank) continue;
    if (writable == nullptr) writable = in_place();
    set_dense_rank(writable + kHeaderBytes, counted.index, counted.rank);
    ++change.raised;
  }
  if (writable != nullptr) make_stale(writable);
  return change;
}

auto HyperLogLog::merge(const Registers& registers, bool dense, size_t sparse_bytes_max) const
    -> Change {
  Change change;
  std::optional<std::string> text = dense ? to_dense() : std::string(string_);
  change.corrupt = !text;
  for (uint32_t index = 0; index < kRegisters && !change.corrupt; ++index) {
    if (registers[index] == 0) continue;
    change.corrupt = !raise_register(*text, {index, registers[index]}, sparse_bytes_max, change);
  }
  if (change.corrupt) return change;
  make_stale(text->data());
  change.replacement = std::move(*text);
  return change;
}

}  // namespace sorrel
