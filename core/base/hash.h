// Hash: the hash of keys, members and fields. XXH3, 64 bits, seeded with a secret of the instance
// so that nobody outside can choose colliding keys; never stored, never shown.
//
// The one place that includes xxhash.h: XXH_INLINE_ALL keeps its symbols out of our object files,
// so a host process may link any version of the library it likes.
#pragma once

#include <cstdint>

#define XXH_INLINE_ALL
#include "core/base/bytes.h"

#include <xxhash.h>

namespace sorrel {

inline uint64_t hash_bytes(Bytes bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace sorrel
