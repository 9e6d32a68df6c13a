// Bits: a string read as a row of bits, the first of them the highest of the first byte.
//
//   byte    0                 1
//   bit     0 1 2 3 4 5 6 7   8 9 …
//
// Everything here goes over whole words where it can. Bits past the end read as zero; positions of
// bits are 64 bits wide. No knowledge of keys or commands.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sorrel {

/// Bits `first` to `last` inclusive.
struct BitSpan {
  uint64_t first;
  uint64_t last;
};

inline bool bit_at(Bytes bytes, uint64_t position) {
  const uint64_t byte = position / 8;
  return byte < bytes.size() && (static_cast<uint8_t>(bytes[byte]) >> (7 - position % 8) & 1) != 0;
}

/// How many bits are set.
uint64_t count_bits(Bytes bytes);
/// The same in a part, which must lie within the bytes.
uint64_t count_bits(Bytes bytes, BitSpan span);

/// The first bit of that value in a part, which must lie within the bytes.
std::optional<uint64_t> find_bit(Bytes bytes, bool value, BitSpan span);

constexpr unsigned kFieldBitsMax = 64;
/// `width` (1 to 64) bits from `position` on, as an unsigned number, the first bit the highest.
uint64_t read_field(Bytes bytes, uint64_t position, unsigned width);
/// The bytes must reach as far as the field.
void write_field(char* bytes, uint64_t position, unsigned width, uint64_t value);

enum class BitOperation : uint8_t {
  kAnd,    // set in every source
  kOr,     // set in some source
  kXor,    // set in an odd number of sources
  kNot,    // not set in the only source
  kDiff,   // set in the first and in no other
  kDiff1,  // set in some other than the first, and not in the first
  kAndOr,  // set in the first and in some other
  kOne,    // set in exactly one source
};
/// Combines the bytes of the sources from `from` on into `size` bytes at `out`, which is in none of
/// them; shorter sources end in zeros. At least one source.
void combine_bits(BitOperation operation, std::span<const Bytes> sources, size_t from, char* out,
                  size_t size);

}  // namespace sorrel
