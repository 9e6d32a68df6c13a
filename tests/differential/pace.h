// Pace: the clock of a peer in this process keeps up with the machine's, which a server goes by.
//
// Times at which keys expire are compared with a tolerance for two clocks that were read one after
// the other. A clock that stood still would use it up when a run takes long.
#pragma once

#include "tests/support/peer.h"

#include <chrono>

namespace sorrel::test {

class Pace {
 public:
  /// Before each sending. What sleeps for a server has passed for it already.
  void keep(Peer& left, Peer& right) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - at_);
    if (passed.count() == 0) return;
    at_ += passed;
    for (Peer* peer : {&left, &right}) {
      if (!peer->has_sockets()) peer->advance_ms(passed.count());
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point at_ = Clock::now();
};

}  // namespace sorrel::test
