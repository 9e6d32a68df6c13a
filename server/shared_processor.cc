#include "server/shared_processor.h"

#include <sched.h>
#include <time.h>

#include <algorithm>

namespace sorrel {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

int64_t now(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

void sleep_for(int64_t ns) {
  const timespec time = {.tv_sec = ns / kNsPerSecond, .tv_nsec = ns % kNsPerSecond};
  nanosleep(&time, nullptr);
}

}  // namespace

// One writer: adding needs no more than a load and a store.
void SharedProcessor::note_turn() {
  turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  processor_.store(sched_getcpu(), std::memory_order_relaxed);
}

bool SharedProcessor::shares(int64_t now_ns) {
  const uint64_t turns = turns_.load(std::memory_order_relaxed);
  if (turns != turns_seen_) at_work_until_ns_ = now_ns + kAtWorkNs;
  turns_seen_ = turns;
  return now_ns < at_work_until_ns_ && processor_.load(std::memory_order_relaxed) == sched_getcpu();
}

void SharedProcessor::piece_done() {
  const int64_t worked_ns = now(CLOCK_THREAD_CPUTIME_ID) - began_ns_;
  if (worked_ns < kPieceNs) return;
  began_ns_ += worked_ns;
  if (shares(now(CLOCK_MONOTONIC))) sleep_for(std::min(kBreaksPerPiece * worked_ns, kBreakMaxNs));
}

}  // namespace sorrel
