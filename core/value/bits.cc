#include "core/value/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sorrel {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

uint64_t load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, kWord);
  return word;
}

/// The word whose highest bit is the first.
uint64_t load_in_order(const char* bytes) {
  return __builtin_bswap64(load(bytes));
}

// ---- Counting. Carry-save adders sum eight words' bits into ones, twos and fours before anything
// is counted: the popcount instruction can't be taken for granted, and the counting in a word costs
// more than the adding.

struct Sum {
  uint64_t high;
  uint64_t low;
};

constexpr Sum add(uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t either = a ^ b;
  return {(a & b) | (either & c), either ^ c};
}

constexpr uint64_t count_word(uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return word * 0x0101010101010101 >> 56;
}

uint64_t count_tail(Bytes bytes) {
  uint64_t count = 0;
  for (; bytes.size() >= kWord; bytes.remove_prefix(kWord)) count += count_word(load(bytes.data()));
  uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return count + count_word(rest);
}

}  // namespace

uint64_t count_bits(Bytes bytes) {
  uint64_t eights = 0;
  uint64_t ones = 0;
  uint64_t twos = 0;
  uint64_t fours = 0;
  for (; bytes.size() >= 8 * kWord; bytes.remove_prefix(8 * kWord)) {
    const char* at = bytes.data();
    const Sum a = add(ones, load(at), load(at + 8));
    const Sum b = add(a.low, load(at + 16), load(at + 24));
    const Sum c = add(b.low, load(at + 32), load(at + 40));
    const Sum d = add(c.low, load(at + 48), load(at + 56));
    const Sum e = add(twos, a.high, b.high);
    const Sum f = add(e.low, c.high, d.high);
    const Sum g = add(fours, e.high, f.high);
    ones = d.low;
    twos = f.low;
    fours = g.low;
    eights += count_word(g.high);
  }
  return 8 * eights + 4 * count_word(fours) + 2 * count_word(twos) + count_word(ones) +
         count_tail(bytes);
}

uint64_t count_bits(Bytes bytes, BitSpan span) {
  const size_t first = span.first / 8;
  const size_t last = span.last / 8;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  // The whole bytes, less what lies before and behind the span.
  const unsigned before = byte(first) & ~(0xffu >> span.first % 8) & 0xff;
  const unsigned behind = byte(last) & (0x7fu >> span.last % 8);
  return count_bits(bytes.substr(first, last - first + 1)) - count_word(before) -
         count_word(behind);
}

std::optional<uint64_t> find_bit(Bytes bytes, bool value, BitSpan span) {
  // Looking for a set bit; for a clear one everything is turned round.
  const uint64_t turn = value ? 0 : ~uint64_t{0};
  uint64_t at = span.first;
  while (at <= span.last) {
    const size_t byte = at / 8;
    const size_t left = bytes.size() - byte;
    uint64_t word = 0;
    if (left >= kWord) {
      word = load_in_order(bytes.data() + byte);
    } else {
      std::memcpy(&word, bytes.data() + byte, left);
      word = __builtin_bswap64(word);
    }
    word = (word ^ turn) & (~uint64_t{0} >> at % 8);
    if (word != 0) {
      at = byte * 8 + static_cast<uint64_t>(std::countl_zero(word));
      return at <= span.last ? std::optional<uint64_t>(at) : std::nullopt;
    }
    at = (byte + kWord) * 8;
  }
  return std::nullopt;
}

// ---- Fields. They cover up to nine bytes: eight in a word, and what hangs over in the ninth.

uint64_t read_field(Bytes bytes, uint64_t position, unsigned width) {
  const uint64_t byte = position / 8;
  if (byte >= bytes.size()) return 0;
  char window[kWord + 1] = {};
  std::memcpy(window, bytes.data() + byte, std::min<size_t>(sizeof window, bytes.size() - byte));
  const unsigned skipped = position % 8;
  uint64_t word = load_in_order(window) << skipped;
  word |= static_cast<uint64_t>(static_cast<uint8_t>(window[kWord])) >> (8 - skipped);
  return word >> (kFieldBitsMax - width);
}

void write_field(char* bytes, uint64_t position, unsigned width, uint64_t value) {
  for (unsigned left = width; left != 0;) {
    char& byte = bytes[position / 8];
    const unsigned room = 8 - position % 8;
    const unsigned taken = std::min(left, room);
    left -= taken;
    const unsigned shift = room - taken;
    const unsigned mask = ((1u << taken) - 1) << shift;
    const unsigned part = static_cast<unsigned>(value >> left) << shift & mask;
    byte = static_cast<char>((static_cast<uint8_t>(byte) & ~mask) | part);
    position += taken;
  }
}

// ---- Combining, a block at a time: what is combined stays in the nearest cache however many
// sources there are. The loops are plain so that the compiler takes its widest registers for them.

namespace {

constexpr size_t kBlockBytes = 4096;
constexpr size_t kBlockWords = kBlockBytes / kWord;
using Block = uint64_t[kBlockWords];

/// A part of `source`, of up to kBlockBytes; zeros behind its end.
void load_block(Bytes source, size_t from, Block& block) {
  const size_t there = from < source.size() ? std::min(source.size() - from, kBlockBytes) : 0;
  char* out = reinterpret_cast<char*>(block);
  if (there != 0) std::memcpy(out, source.data() + from, there);
  std::memset(out + there, 0, kBlockBytes - there);
}

template <typename Combine>
void each_word(Block& into, const Block& with, Combine combine) {
  for (size_t i = 0; i < kBlockWords; ++i) into[i] = combine(into[i], with[i]);
}

template <typename Combine>
void fold(std::span<const Bytes> sources, size_t from, Block& result, Combine combine) {
  load_block(sources[0], from, result);
  Block next;
  for (const Bytes source : sources.subspan(1)) {
    load_block(source, from, next);
    each_word(result, next, combine);
  }
}

uint64_t both(uint64_t a, uint64_t b) {
  return a & b;
}
uint64_t either(uint64_t a, uint64_t b) {
  return a | b;
}
uint64_t differ(uint64_t a, uint64_t b) {
  return a ^ b;
}

void fold_one(std::span<const Bytes> sources, size_t from, Block& result) {
  load_block(sources[0], from, result);
  Block several = {};
  Block next;
  for (const Bytes source : sources.subspan(1)) {
    load_block(source, from, next);
    for (size_t i = 0; i < kBlockWords; ++i) {
      several[i] |= result[i] & next[i];
      result[i] |= next[i];
    }
  }
  each_word(result, several, [](uint64_t some, uint64_t more) { return some & ~more; });
}

/// The first source against the union of the others.
template <typename Combine>
void fold_against(std::span<const Bytes> sources, size_t from, Block& result, Combine combine) {
  Block others = {};
  if (sources.size() > 1) fold(sources.subspan(1), from, others, either);
  load_block(sources[0], from, result);
  each_word(result, others, combine);
}

void combine_block(BitOperation operation, std::span<const Bytes> sources, size_t from,
                   Block& result) {
  switch (operation) {
    case BitOperation::kAnd:
      return fold(sources, from, result, both);
    case BitOperation::kOr:
      return fold(sources, from, result, either);
    case BitOperation::kXor:
      return fold(sources, from, result, differ);
    case BitOperation::kNot:
      load_block(sources[0], from, result);
      for (uint64_t& word : result) word = ~word;
      return;
    case BitOperation::kDiff:
      return fold_against(sources, from, result, [](uint64_t x, uint64_t y) { return x & ~y; });
    case BitOperation::kDiff1:
      return fold_against(sources, from, result, [](uint64_t x, uint64_t y) { return y & ~x; });
    case BitOperation::kAndOr:
      return fold_against(sources, from, result, both);
    case BitOperation::kOne:
      return fold_one(sources, from, result);
  }
}

}  // namespace

void combine_bits(BitOperation operation, std::span<const Bytes> sources, size_t from, char* out,
                  size_t size) {
  Block result;
  for (size_t done = 0; done < size; done += kBlockBytes) {
    combine_block(operation, sources, from + done, result);
    std::memcpy(out + done, result, std::min(kBlockBytes, size - done));
  }
}

}  // namespace sorrel
