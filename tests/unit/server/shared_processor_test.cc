#include "server/shared_processor.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <cstdint>

namespace sorrel {
namespace {

int64_t now_ns(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

void work_for(int64_t ns) {
  const int64_t until = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
  while (now_ns(CLOCK_THREAD_CPUTIME_ID) < until) {
  }
}

// How often this thread has gone to sleep.
int64_t sleeps() {
  rusage usage = {};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

// The calling thread stays where it is, or goes to the n-th processor that it may use.
class OnOneProcessor {
 public:
  OnOneProcessor() { sched_getaffinity(0, sizeof before_, &before_); }
  ~OnOneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }
  int count() const { return CPU_COUNT(&before_); }
  void go_to(int n) {
    int processor = 0;
    for (; !CPU_ISSET(processor, &before_) || n-- > 0; ++processor) {
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  }

 private:
  cpu_set_t before_;
};

TEST_CASE("with the loop at work on its processor a job makes a break after each piece",
          "[processor]") {
  OnOneProcessor place;
  place.go_to(0);
  SharedProcessor processor;
  work_for(SharedProcessor::kPieceNs);
  processor.piece_done();  // the first piece began when the thread did
  for (int i = 0; i < 5; ++i) {
    processor.note_turn();
    const int64_t before = sleeps();
    const int64_t began_ns = now_ns(CLOCK_MONOTONIC);
    work_for(SharedProcessor::kPieceNs + 1000);
    processor.piece_done();
    CHECK(sleeps() > before);
    CHECK(now_ns(CLOCK_MONOTONIC) - began_ns >=
          (1 + SharedProcessor::kBreaksPerPiece) * SharedProcessor::kPieceNs);
  }
}

TEST_CASE("less than a piece is no reason for a break", "[processor]") {
  OnOneProcessor place;
  place.go_to(0);
  // What a virtual machine loses to others may count as work: then it was a piece, and proves
  // nothing.
  for (bool was_less = false; !was_less;) {
    SharedProcessor processor;
    work_for(SharedProcessor::kPieceNs);
    const int64_t began_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    processor.piece_done();
    processor.note_turn();
    const int64_t before = sleeps();
    processor.piece_done();
    const int64_t after = sleeps();
    was_less = now_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns < SharedProcessor::kPieceNs;
    if (was_less) CHECK(after == before);
  }
}

TEST_CASE("a loop that has nothing to do costs no breaks", "[processor]") {
  OnOneProcessor place;
  place.go_to(0);
  SharedProcessor processor;
  processor.note_turn();
  work_for(SharedProcessor::kPieceNs);
  processor.piece_done();
  const int64_t until_ns = now_ns(CLOCK_MONOTONIC) + SharedProcessor::kAtWorkNs;
  while (now_ns(CLOCK_MONOTONIC) < until_ns) {
  }
  const int64_t before = sleeps();
  for (int i = 0; i < 20; ++i) {
    work_for(SharedProcessor::kPieceNs);
    processor.piece_done();
  }
  CHECK(sleeps() == before);
}

TEST_CASE("a loop on another processor costs no breaks", "[processor]") {
  OnOneProcessor place;
  if (place.count() < 2) return;
  SharedProcessor processor;
  place.go_to(1);
  processor.note_turn();
  place.go_to(0);
  const int64_t before = sleeps();
  for (int i = 0; i < 20; ++i) {
    work_for(SharedProcessor::kPieceNs);
    processor.piece_done();
  }
  CHECK(sleeps() == before);
}

}  // namespace
}  // namespace sorrel
