#include "server/process/signal_thread.h"

#include "core/base/check.h"
#include "server/os_error.h"
#include "server/start_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace sorrel {

namespace {

sigset_t ending_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  return ends;
}

}  // namespace

SignalThread::SignalThread() {
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, SIG_IGN);
  const sigset_t ends = ending_signals();
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

SignalThread::~SignalThread() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    VERIFY(write(stop_fd_, &one, sizeof one) == sizeof one);
    thread_.join();
  }
  if (signal_fd_ >= 0) close(signal_fd_);
  if (stop_fd_ >= 0) close(stop_fd_);
}

Status SignalThread::start(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  const sigset_t ends = ending_signals();
  signal_fd_ = signalfd(-1, &ends, SFD_CLOEXEC);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  if (signal_fd_ < 0 || stop_fd_ < 0) return Status::failure("signalfd: " + os_error(errno));
  return start_thread(thread_, [this] { run(); });
}

void SignalThread::run() {
  for (;;) {
    pollfd ready[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) return;
    if (ready[0].revents != 0 && !take_signal()) return;
  }
}

bool SignalThread::take_signal() {
  signalfd_siginfo info;
  if (read(signal_fd_, &info, sizeof info) != sizeof info) return false;
  const int number = static_cast<int>(info.ssi_signo);
  if (ending_ && number == SIGINT) {
    callbacks_.end_now();
  } else if (!ending_.exchange(true)) {
    callbacks_.end(number);
  }
  return true;
}

}  // namespace sorrel
