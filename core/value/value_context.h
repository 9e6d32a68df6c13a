// ValueContext: what the values of an instance need in order to change: where their memory comes
// from and goes to, how their members are hashed, and when they change their encoding.
//
// Owned by the engine, which keeps the limits true to the settings. It outlives every value: a
// table inside a value keeps the address (to get hashes again), and a snapshot's thread may use
// that for the hash alone.
#pragma once

#include "core/base/bytes.h"
#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/structure/epoch.h"
#include "core/value/encoding_limits.h"

#include <cstdint>

namespace sorrel {

struct ValueContext {
  Epoch& epoch;
  Random& random;
  /// Secret, and never changed.
  const uint64_t hash_seed;
  EncodingLimits limits = {};

  /// Of a hash's field, a set's or a sorted set's member.
  uint64_t hash(Bytes member) const { return hash_bytes(member, hash_seed); }
};

}  // namespace sorrel
