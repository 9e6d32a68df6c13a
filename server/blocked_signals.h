// BlockedSignals: while it lives, threads that are made take no signals.
//
// Signals are the host's, and a handler of its own must not run on a thread of ours.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace sorrel {

class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace sorrel
