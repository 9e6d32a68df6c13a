// Executor: where work goes that the loop doesn't wait for: writing a snapshot, above all.
//
// A job is a sequence of bounded steps. In production one thread runs them
// (server/thread_executor.h); in tests and simulations the one thread there is runs a step whenever
// it is told to, so that every interleaving with the loop's work can be tried.
//
// Owned by the instance. Everything in here is called on the loop's thread, but for
// BackgroundJob::run_step.
#pragma once

#include "core/base/result.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <utility>

namespace sorrel {

// Where a job may be interrupted: whoever runs it decides whether it makes a break there.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual void piece_done() = 0;
};

class BackgroundJob {
 public:
  BackgroundJob() = default;
  virtual ~BackgroundJob() = default;
  BackgroundJob(const BackgroundJob&) = delete;
  BackgroundJob& operator=(const BackgroundJob&) = delete;

  /// Somewhere else: a piece of the work; true when there is more. Touches nothing of the engine's
  /// but what a live snapshot has frozen. Doesn't throw: there is nobody to catch it.
  virtual bool run_step() = 0;
  /// On the loop, once, after the last step.
  virtual void completed() = 0;

  /// The result isn't wanted any more: the job ends soon, and is completed then.
  void abort() { aborted_.store(true, std::memory_order_relaxed); }
  bool aborted() const { return aborted_.load(std::memory_order_relaxed); }
  /// Before the first step. It outlives the job's steps.
  void set_pace(Pace& pace) { pace_ = &pace; }

 protected:
  /// To be called by a step every few tens of microseconds of its work, with nothing half done that
  /// somebody waits for. May take its time.
  void piece_done() const {
    if (pace_ != nullptr) pace_->piece_done();
  }

 private:
  std::atomic<bool> aborted_{false};
  Pace* pace_ = nullptr;
};

/// What a step's work came to; without memory a failure, as any other of the environment's.
template <typename Work>
Status attempt(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Status::failure("no memory");  // short enough to need none
  }
}

/// Work that is one step, and what follows from it on the loop.
class OneStepJob final : public BackgroundJob {
 public:
  OneStepJob(std::function<Status()> work, std::function<void(const Status&)> done)
      : work_(std::move(work)), done_(std::move(done)) {}
  bool run_step() override {
    status_ = attempt(work_);
    return false;
  }
  void completed() override { done_(status_); }

 private:
  const std::function<Status()> work_;
  const std::function<void(const Status&)> done_;
  Status status_;
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Jobs run one after another, in this order.
  virtual void submit(std::shared_ptr<BackgroundJob> job) = 0;
  /// Returns when everything submitted has been completed.
  virtual void drain() = 0;
};

/// For the one thread of tests and simulations.
class SteppedExecutor final : public Executor {
 public:
  void submit(std::shared_ptr<BackgroundJob> job) override { jobs_.push_back(std::move(job)); }
  void drain() override {
    while (step()) {
    }
  }
  bool busy() const { return !jobs_.empty(); }
  /// Runs one step of the first job, and completes it when it was the last; false when there is
  /// nothing to do.
  bool step() {
    if (jobs_.empty()) return false;
    const std::shared_ptr<BackgroundJob> job = jobs_.front();
    if (job->run_step()) return true;
    jobs_.pop_front();
    job->completed();
    return true;
  }

 private:
  std::deque<std::shared_ptr<BackgroundJob>> jobs_;
};

}  // namespace sorrel
