// The 24 bits of an entry that remember its use.
//
// LRU: seconds, modulo 2^24 (194 days). LFU: minutes of the last decay in the upper 16 bits and a
// logarithmic counter in the lower 8 (a counter that grows with probability 1/(value × factor + 1),
// as Morris counted in 1978, and loses one a decay period). LRM: as LRU, but only changes set it.
// The policy is in the bookkeeping; an entry doesn't know which one wrote its bits.
#pragma once

#include "core/keyspace/bookkeeping.h"

#include <cstdint>

namespace sorrel {

constexpr uint32_t kLruClockMask = 0xffffff;
/// A new key's counter, so that it isn't the first to go.
constexpr uint8_t kLfuInitial = 5;

/// Minutes since 1970 modulo 2^16.
inline uint32_t lfu_minutes(int64_t now_ms) {
  return static_cast<uint32_t>(now_ms / 60'000) & 0xffff;
}
inline uint32_t lru_seconds(int64_t now_ms) {
  return static_cast<uint32_t>(now_ms / 1000) & kLruClockMask;
}

/// The counter after the decay that is due, not yet written.
uint8_t lfu_decayed(uint32_t clock, int64_t now_ms, int decay_minutes);
inline uint8_t lfu_decayed(const Bookkeeping& books, uint32_t clock) {
  return lfu_decayed(clock, books.now_ms, books.lfu_decay_minutes);
}
/// One more use of a counter.
uint8_t lfu_incremented(Bookkeeping& books, uint8_t counter);

/// The 24 bits after one more use.
uint32_t lfu_touched_clock(Bookkeeping& books, uint32_t clock);

inline uint32_t initial_clock(const Bookkeeping& books) {
  return books.lfu ? lfu_minutes(books.now_ms) << 8 | kLfuInitial : books.lru_clock;
}

inline uint32_t touched_clock(Bookkeeping& books, uint32_t clock) {
  return __builtin_expect(!books.lfu, 1) ? books.lru_clock : lfu_touched_clock(books, clock);
}

/// Seconds since the last use (LRU, LRM).
inline uint32_t idle_seconds(const Bookkeeping& books, uint32_t clock) {
  return (lru_seconds(books.now_ms) - clock) & kLruClockMask;
}

/// The 24 bits of a key that was last used so long ago, or has that counter: what a file says of
/// it. `present` where the policy doesn't want to know.
uint32_t clock_of_idle(const Bookkeeping& books, uint64_t seconds, uint32_t present);
uint32_t clock_of_counter(const Bookkeeping& books, uint8_t counter, uint32_t present);

}  // namespace sorrel
