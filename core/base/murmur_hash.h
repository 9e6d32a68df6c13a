// MurmurHash: the 64-bit hash "MurmurHash64A" of Austin Appleby (public domain), read little endian
// on every machine.
//
// HyperLogLogs are made with it: what it gives is stored, in users' files, for ever. For anything
// else core/base/hash.h is faster and keyed.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace sorrel {

uint64_t murmur_hash(Bytes bytes, uint64_t seed);

}  // namespace sorrel
