#include "server/thread_executor.h"

#include "core/base/check.h"
#include "server/blocked_signals.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace sorrel {
namespace {

// Of the calling thread alone, which Linux allows where POSIX speaks of the process.
void become(const ThreadExecutor::Thread& kind) {
  pthread_setname_np(pthread_self(), kind.name);
  if (kind.niceness == 0) return;
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  static_cast<void>(
      setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kind.niceness));
}

}  // namespace

ThreadExecutor::ThreadExecutor(const Thread& thread,
                               std::function<bool(std::function<void()>)> post)
    : kind_(thread), post_(std::move(post)) {}

ThreadExecutor::~ThreadExecutor() {
  VERIFY(unfinished_ == 0);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ThreadExecutor::submit(std::shared_ptr<BackgroundJob> job) {
  ++unfinished_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();
  if (thread_.joinable()) return;
  const BlockedSignals blocked;
  thread_ = std::thread([this] { run(); });
}

void ThreadExecutor::run() {
  become(kind_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::shared_ptr<BackgroundJob> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    while (job->run_step()) {
    }
    lock.lock();
    ended_.push_back(std::move(job));
    changed_.notify_all();
    // A loop that takes no more is being closed, and drains.
    static_cast<void>(post_([this] { complete_ended(); }));
  }
}

void ThreadExecutor::complete_ended() {
  Jobs ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (const std::shared_ptr<BackgroundJob>& job : ended) {
    --unfinished_;
    job->completed();
  }
}

void ThreadExecutor::drain() {
  while (unfinished_ != 0) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !ended_.empty(); });
    }
    complete_ended();
  }
}

}  // namespace sorrel
