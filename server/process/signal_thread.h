// SignalThread: the signals that ask the program to end, taken by a thread of their own.
//
// SIGTERM and SIGINT are blocked in all threads and read from a descriptor here, so that no code
// ever runs in a signal handler and the server's loop may be as busy as it likes. The first one
// asks for an orderly end; a SIGINT after that ends the process at once, until the end is refused.
// SIGHUP and SIGPIPE are ignored: a terminal that closes and a client that goes away end nothing;
// and SIGALRM, with which a watchdog of Redis is asked what goes on.
//
// Make it before any other thread: they inherit what is blocked.
#pragma once

#include "core/base/result.h"

#include <atomic>
#include <functional>
#include <thread>

namespace sorrel {

class SignalThread {
 public:
  struct Callbacks {
    /// SIGTERM or SIGINT, for the first time, or since refuse_end(). On the signal thread.
    std::function<void(int signal)> end;
    /// SIGINT for the second time. Doesn't return.
    std::function<void()> end_now;
  };

  SignalThread();
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  Status start(Callbacks callbacks);
  /// The process goes on: the next signal asks for an orderly end again. Any thread.
  void refuse_end() { ending_ = false; }

 private:
  void run();
  bool take_signal();

  Callbacks callbacks_;
  int signal_fd_ = -1;
  int stop_fd_ = -1;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace sorrel
