#include "core/keyspace/access_clock.h"

#include <algorithm>

namespace sorrel {

uint8_t lfu_decayed(uint32_t clock, int64_t now_ms, int decay_minutes) {
  const uint8_t counter = static_cast<uint8_t>(clock & 0xff);
  if (decay_minutes == 0) return counter;
  const uint32_t elapsed = (lfu_minutes(now_ms) - (clock >> 8)) & 0xffff;
  const uint32_t periods = elapsed / static_cast<uint32_t>(decay_minutes);
  return periods >= counter ? uint8_t{0} : static_cast<uint8_t>(counter - periods);
}

uint32_t lfu_touched_clock(Bookkeeping& books, uint32_t clock) {
  const uint8_t counter = lfu_incremented(books, lfu_decayed(books, clock));
  return lfu_minutes(books.now_ms) << 8 | counter;
}

uint8_t lfu_incremented(Bookkeeping& books, uint8_t counter) {
  if (counter == 255) return counter;
  const double base = counter > kLfuInitial ? counter - kLfuInitial : 0;
  const double probability = 1.0 / (base * books.lfu_log_factor + 1);
  return books.random.unit() < probability ? static_cast<uint8_t>(counter + 1) : counter;
}

uint32_t clock_of_idle(const Bookkeeping& books, uint64_t seconds, uint32_t present) {
  if (books.lfu) return present;
  const auto idle = static_cast<uint32_t>(std::min<uint64_t>(seconds, kLruClockMask));
  return (lru_seconds(books.now_ms) - idle) & kLruClockMask;
}

uint32_t clock_of_counter(const Bookkeeping& books, uint8_t counter, uint32_t present) {
  return books.lfu ? lfu_minutes(books.now_ms) << 8 | counter : present;
}

}  // namespace sorrel
