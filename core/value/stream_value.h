// How a value stands in a block of a stream (core/value/stream_block.h): one byte says what it is
// and how long.
//
//   0x00 … 0x3f   text of that many bytes
//   0x40 … 0x7f   the integer 0 … 63
//   0x80 … 0x9f   the integer 64 … 8255: its upper five bits, and a byte more
//   0xa0 … 0xa7   an integer in 1 to 8 bytes, little-endian, signed
//   0xb0          text; its length (varint) is next
//
// A text that is an integer in canonical form is stored as one, which is never longer. A varint is
// seven bits a byte, the lowest first, the top bit set in all but the last.
#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"
#include "core/structure/pack.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sorrel::stream_value {

/// What the code and the length of a text take at most.
inline constexpr size_t kOverheadMax = 1 + 5;
inline constexpr size_t kVarintMax = 10;

inline char* put_varint(char* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}
inline uint64_t read_varint(const char*& at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
constexpr size_t varint_bytes(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline char* put_text(char* out, Bytes text) {
  out = put_varint(out, text.size());
  text.copy(out, text.size());
  return out + text.size();
}
inline Bytes read_text(const char*& at) {
  const uint64_t size = read_varint(at);
  at += size;
  return {at - size, size};
}

/// What an integer takes as an element of a listpack.
constexpr size_t listpack_bytes(int64_t value) {
  if (value >= 0 && value <= 127) return 2;
  if (value >= -4096 && value <= 4095) return 3;
  if (value >= INT16_MIN && value <= INT16_MAX) return 4;
  if (value >= -(1 << 23) && value < 1 << 23) return 5;
  if (value >= INT32_MIN && value <= INT32_MAX) return 6;
  return 10;
}

/// Writes a value, and gives what it takes as an element of a listpack.
size_t put(char*& out, Bytes text);

inline PackElement read(const char*& at) {
  const auto code = static_cast<uint8_t>(*at++);
  if (code < 0x40) {
    at += code;
    return PackElement(Bytes(at - code, code));
  }
  if (code < 0x80) return PackElement(int64_t{code} - 0x40);
  if (code < 0xa0) {
    const auto low = static_cast<uint8_t>(*at++);
    return PackElement(64 + (int64_t{code & 0x1f} << 8 | low));
  }
  if (code == 0xb0) return PackElement(read_text(at));
  const unsigned bytes = (code & 7u) + 1;
  uint64_t bits = 0;
  std::memcpy(&bits, at, bytes);
  at += bytes;
  const unsigned unused = 64 - 8 * bytes;
  return PackElement(static_cast<int64_t>(bits << unused) >> unused);
}
inline const char* skip(const char* at) {
  const auto code = static_cast<uint8_t>(*at++);
  if (code < 0x40) return at + code;
  if (code < 0x80) return at;
  if (code < 0xa0) return at + 1;
  if (code < 0xb0) return at + (code & 7u) + 1;
  const uint64_t size = read_varint(at);
  return at + size;
}

}  // namespace sorrel::stream_value
