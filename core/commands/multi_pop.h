// What commands share that take elements from the first of several keys that has any: LMPOP, ZMPOP,
// BLPOP, BZPOPMIN and their like.
#pragma once

#include "core/command/context.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sorrel {

/// numkeys key [key ...] (FIRST | LAST) [COUNT count], with the words for the two ends.
struct MultiPop {
  std::span<const Bytes> keys;
  bool last = false;  // from the end of the second word
  uint64_t count = 1;
};

/// What stands from argument `at` on. Nothing: the error was answered.
std::optional<MultiPop> parse_multi_pop(Context& context, size_t at, Bytes first_word,
                                        Bytes last_word);

/// Calls `pop(KeyWriter&)` with the first key that is there; one of another type before it is
/// answered with the error. False when there is none: nothing was answered.
template <class Pop>
bool pop_from_first(Context& context, Type type, std::span<const Bytes> keys, Pop&& pop) {
  for (const Bytes name : keys) {
    KeyWriter key = context.write(name);
    if (!context.require(key, type)) return true;
    if (!key.exists()) continue;
    pop(key);
    return true;
  }
  return false;
}

}  // namespace sorrel
