// LZF: the light compression of strings in RDB files. The format is Marc Lehmann's, the code our
// own:
//
//   000LLLLL  byte × (L+1)               literals, 1 to 32
//   LLLooooo  oooooooo                   copy L+2 bytes (L 1 to 6) from o+1 bytes back
//   111ooooo  LLLLLLLL  oooooooo         copy L+9 bytes from o+1 bytes back
//
// A copy may overlap its own output. Pure functions over the caller's memory; decompression takes
// arbitrary bytes and never reads or writes outside what it was given.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>

namespace sorrel {

/// Compresses into at most `capacity` bytes and returns how many, or 0 when it doesn't fit.
size_t lzf_compress(Bytes input, char* output, size_t capacity);

/// False when `input` isn't well-formed or doesn't expand to exactly `size` bytes.
bool lzf_decompress(Bytes input, char* output, size_t size);

}  // namespace sorrel
