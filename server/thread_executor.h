// ThreadExecutor: background jobs on one thread, which begins with the first job. Jobs that wait
// for other servers have several threads, another of which begins when a job finds all of them at
// work: none waits for somebody else's server.
//
// The threads take no signals. One that saves runs at a moderate niceness: with the loop busy on
// the same processor it gets its share and takes little of the loop's. (Measured: at a niceness of
// 19 it starves, at 0 it halves the loop.) One that commits, for which clients wait, has the
// loop's.
//
// Owned by the instance, used on its loop; a job's completion is brought there by `post`. When it
// is destroyed nothing may be left to be completed: drain().
#pragma once

#include "persistence/executor.h"

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sorrel {

class ThreadExecutor final : public Executor {
 public:
  struct Thread {
    const char* name;
    int niceness;  // added to the process's
    size_t most;   // with one, jobs run in their order
  };
  static constexpr Thread kSaving = {"sorrel-save", 5, 1};
  static constexpr Thread kCommitting = {"sorrel-aof", 0, 1};
  static constexpr Thread kTalking = {"sorrel-net", 0, 16};

  /// `post`: any thread, has its argument called on the loop; false when the loop takes no more.
  /// `pace`: who decides about the jobs' breaks; none are made without.
  ThreadExecutor(const Thread& thread, std::function<bool(std::function<void()>)> post,
                 Pace* pace = nullptr);
  ~ThreadExecutor() override;

  void submit(std::shared_ptr<BackgroundJob> job) override;
  void drain() override;

 private:
  // A list: a job goes from one to the other without asking for memory.
  using Jobs = std::list<std::shared_ptr<BackgroundJob>>;

  void begin();
  void run();
  void announce();
  std::shared_ptr<BackgroundJob> take_ended();
  void complete_ended();

  const Thread kind_;
  const std::function<bool(std::function<void()>)> post_;
  Pace* const pace_;
  std::vector<std::thread> threads_;
  size_t unfinished_ = 0;  // submitted and not yet completed; the loop's

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Jobs waiting_;
  size_t running_ = 0;
  Jobs ended_;
  bool ending_ = false;
};

}  // namespace sorrel
