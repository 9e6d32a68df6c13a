// LZF: the light compression of strings in RDB files. The format is Marc Lehmann's, the code our
// own:
//
//   000LLLLL  byte × (L+1)               literals, 1 to 32
//   LLLooooo  oooooooo                   copy L+2 bytes (L 1 to 6) from o+1 bytes back
//   111ooooo  LLLLLLLL  oooooooo         copy L+9 bytes from o+1 bytes back
//
// A copy may overlap its own output. Functions over the caller's memory, and for what is long an
// expander that needs none of it at once. Decompression takes arbitrary bytes and never reads or
// writes outside what it was given.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <memory>

namespace sorrel {

/// Compresses into at most `capacity` bytes and returns how many, or 0 when it doesn't fit.
size_t lzf_compress(Bytes input, char* output, size_t capacity);

/// False when `input` isn't well-formed or doesn't expand to exactly `size` bytes.
bool lzf_decompress(Bytes input, char* output, size_t size);

/// Decompresses what comes in pieces, into pieces of one size. It remembers as much of its output
/// as a copy can reach back.
class LzfExpander {
 public:
  /// Whoever has so much of the input at hand has a whole item of it.
  static constexpr size_t kItemBytesMax = 33;

  explicit LzfExpander(size_t piece_bytes);

  /// Takes whole items from the front of `input` until there are none or piece() is full. False:
  /// they aren't well-formed.
  [[nodiscard]] bool expand(Bytes& input);
  /// Bytes that have been expanded; up to a piece of them.
  size_t ready() const { return static_cast<size_t>(end_ - begin_); }
  Bytes piece() const { return {begin_, ready() < piece_bytes_ ? ready() : piece_bytes_}; }
  bool full() const { return ready() >= piece_bytes_; }
  /// Nobody needs the piece any more.
  void next();

 private:
  const size_t piece_bytes_;
  const std::unique_ptr<char[]> buffer_;
  char* begin_;  // of the piece
  char* end_;    // of what has been expanded
};

}  // namespace sorrel
