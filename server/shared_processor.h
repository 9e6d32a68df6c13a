// SharedProcessor: how a thread that saves leaves the loop its processor, when both have the same.
//
// A scheduler gives a thread that computes some milliseconds at a time, and who asks the loop
// something meanwhile waits for them, whatever the niceness. So the thread works in pieces of
// kPieceNs and sleeps after each, as long as the loop has turns on the processor that the thread is
// on: a client waits for a piece at most. Elsewhere, and when the loop has nothing to do, it goes
// on without a break.
//
// note_turn() belongs to the loop's thread, piece_done() to the other one. One thread for one loop.
#pragma once

#include "persistence/executor.h"

#include <atomic>
#include <cstdint>

namespace sorrel {

class SharedProcessor final : public Pace {
 public:
  /// What the thread does at a stretch, and for each such piece of it its break: a quarter of a
  /// processor that the loop can use up is left for it.
  static constexpr int64_t kPieceNs = 50'000;
  static constexpr int64_t kBreaksPerPiece = 3;
  static constexpr int64_t kBreakMaxNs = 10'000'000;
  /// For how long a loop that had a turn is taken to be at work.
  static constexpr int64_t kAtWorkNs = 10'000'000;

  /// The loop has a turn, here and now.
  void note_turn();
  void piece_done() override;

 private:
  bool shares(int64_t now_ns);

  std::atomic<uint64_t> turns_{0};
  std::atomic<int> processor_{-1};  // of the loop's last turn
  // The other thread's.
  uint64_t turns_seen_ = 0;
  int64_t at_work_until_ns_ = 0;
  int64_t began_ns_ = 0;  // the piece; on the thread's own clock
};

}  // namespace sorrel
