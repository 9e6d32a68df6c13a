#include "server/thread_executor.h"

#include "core/base/check.h"
#include "server/blocked_signals.h"
#include "server/start_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
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
                               std::function<bool(std::function<void()>)> post, Pace* pace)
    : kind_(thread), post_(std::move(post)), pace_(pace) {}

ThreadExecutor::~ThreadExecutor() {
  VERIFY(unfinished_ == 0);
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// A system that gives no thread is out of resources: that costs what a want of memory costs, unless
// there are others that will come to the job.
void ThreadExecutor::begin() {
  if (threads_.size() == kind_.most) return;
  {
    const std::lock_guard lock(mutex_);
    if (running_ + waiting_.size() < threads_.size()) return;
  }
  const BlockedSignals blocked;
  threads_.emplace_back();
  if (start_thread(threads_.back(), [this] { run(); })) return;
  threads_.pop_back();
  if (threads_.empty()) throw std::bad_alloc();
}

void ThreadExecutor::submit(std::shared_ptr<BackgroundJob> job) {
  begin();
  if (pace_ != nullptr) job->set_pace(*pace_);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  ++unfinished_;
  changed_.notify_all();
}

void ThreadExecutor::run() {
  become(kind_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Jobs one;
    one.splice(one.end(), waiting_, waiting_.begin());
    ++running_;
    lock.unlock();
    while (one.front()->run_step()) {
    }
    lock.lock();
    --running_;
    ended_.splice(ended_.end(), one);
    changed_.notify_all();
    announce();
  }
}

// A loop that takes no more is being closed, and drains. One that has no memory for it hears of it
// with the next job, or drains.
void ThreadExecutor::announce() {
  try {
    static_cast<void>(post_([this] { complete_ended(); }));
  } catch (const std::bad_alloc&) {
  }
}

std::shared_ptr<BackgroundJob> ThreadExecutor::take_ended() {
  const std::lock_guard lock(mutex_);
  if (ended_.empty()) return nullptr;
  std::shared_ptr<BackgroundJob> job = std::move(ended_.front());
  ended_.pop_front();
  return job;
}

// One that throws leaves those behind it to their own announcement, or to drain().
void ThreadExecutor::complete_ended() {
  while (const std::shared_ptr<BackgroundJob> job = take_ended()) {
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
