// The keys of one call, looked up together.
//
// A command of many keys would wait for the memory of each; for_each_key() hashes a group of them
// and asks for their buckets, then for their entries, before the first is visited, so that the
// waits overlap.
#pragma once

#include "core/command/context.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sorrel {

/// Enough to keep the memory busy; more would push the first out of the nearest cache.
constexpr size_t kKeysAtOnce = 16;

/// Calls `visit(i, hash)` for the keys at arguments `first`, `first + step` … before `end`, in
/// order.
template <typename Visit>
void for_each_key(Context& context, size_t first, size_t end, size_t step, Visit visit) {
  const Keyspace& db = context.db();
  uint64_t hashes[kKeysAtOnce];
  for (size_t from = first; from < end; from += kKeysAtOnce * step) {
    const size_t count = std::min(kKeysAtOnce, (end - from + step - 1) / step);
    for (size_t n = 0; n < count; ++n) {
      hashes[n] = context.hash_of(context.arg(from + n * step));
      db.table().prefetch_bucket(hashes[n]);
    }
    for (size_t n = 0; n < count; ++n) db.table().prefetch_entry(hashes[n]);
    for (size_t n = 0; n < count; ++n) visit(from + n * step, hashes[n]);
  }
}

}  // namespace sorrel
