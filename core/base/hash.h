#pragma once
#define XXH_INLINE_ALL
#include "core/base/bytes.h"

#include <xxhash.h>
namespace sorrel {
inline uint64_t hash_bytes(Bytes key, uint64_t seed) {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}
}  // namespace sorrel
