#include "server/thread_executor.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace sorrel {
namespace {

class CountingJob final : public BackgroundJob {
 public:
  CountingJob(int steps, std::vector<int>& ended, int number)
      : steps_(steps), ended_(ended), number_(number) {}
  bool run_step() override {
    ran_on = std::this_thread::get_id();
    return ++ran < steps_ && !aborted();
  }
  void completed() override { ended_.push_back(number_); }

  std::thread::id ran_on;
  int ran = 0;

 private:
  const int steps_;
  std::vector<int>& ended_;
  const int number_;
};

TEST_CASE("jobs run on another thread, in order, and are completed here", "[executor]") {
  std::mutex mutex;
  std::vector<std::function<void()>> posted;
  std::vector<int> ended;
  {
    ThreadExecutor executor(ThreadExecutor::kSaving, [&](std::function<void()> work) {
      const std::lock_guard lock(mutex);
      posted.push_back(std::move(work));
      return true;
    });
    std::vector<std::shared_ptr<CountingJob>> jobs;
    for (int i = 0; i < 3; ++i) {
      jobs.push_back(std::make_shared<CountingJob>(1000, ended, i));
      executor.submit(jobs.back());
    }
    executor.drain();
    CHECK(ended == std::vector<int>{0, 1, 2});
    for (const auto& job : jobs) {
      CHECK(job->ran == 1000);
      CHECK(job->ran_on != std::this_thread::get_id());
    }
    // What the thread posted finds nothing left to complete.
    for (const auto& work : posted) work();
    CHECK(ended.size() == 3);
    const auto stopped = std::make_shared<CountingJob>(1 << 30, ended, 3);
    executor.submit(stopped);
    stopped->abort();
    executor.drain();
    CHECK(ended.size() == 4);
  }
}

/// Waits for another job, for a while.
class WaitingJob final : public BackgroundJob {
 public:
  explicit WaitingJob(const std::atomic<bool>& other) : other_(other) {}
  bool run_step() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return !other_ && ++steps_ < 60'000;
  }
  void completed() override { has_met = other_; }
  bool has_met = false;

 private:
  const std::atomic<bool>& other_;
  int steps_ = 0;
};

class TellingJob final : public BackgroundJob {
 public:
  explicit TellingJob(std::atomic<bool>& told) : told_(told) {}
  bool run_step() override {
    told_ = true;
    return false;
  }
  void completed() override {}

 private:
  std::atomic<bool>& told_;
};

TEST_CASE("who waits for one server is in nobody else's way", "[executor]") {
  std::atomic<bool> told = false;
  ThreadExecutor executor(ThreadExecutor::kTalking,
                          [](const std::function<void()>&) { return true; });
  std::vector<std::shared_ptr<WaitingJob>> waiting;
  for (size_t i = 0; i + 1 < ThreadExecutor::kTalking.most; ++i) {
    waiting.push_back(std::make_shared<WaitingJob>(told));
    executor.submit(waiting.back());
  }
  executor.submit(std::make_shared<TellingJob>(told));
  executor.drain();
  for (const auto& job : waiting) CHECK(job->has_met);
  // More than there are threads, all the same.
  std::vector<int> ended;
  for (int i = 0; i < 100; ++i) executor.submit(std::make_shared<CountingJob>(1, ended, i));
  executor.drain();
  CHECK(ended.size() == 100);
}

class ThrowingJob final : public BackgroundJob {
 public:
  bool run_step() override { return false; }
  void completed() override { throw std::bad_alloc(); }
};

TEST_CASE("without memory for one job the others are completed all the same", "[executor]") {
  std::vector<int> ended;
  const auto post = [](const std::function<void()>&) -> bool { throw std::bad_alloc(); };
  ThreadExecutor executor(ThreadExecutor::kCommitting, post);
  executor.submit(std::make_shared<CountingJob>(1, ended, 0));
  executor.submit(std::make_shared<ThrowingJob>());
  executor.submit(std::make_shared<CountingJob>(1, ended, 1));
  int thrown = 0;
  for (int attempts = 0; attempts < 2; ++attempts) {
    try {
      executor.drain();
    } catch (const std::bad_alloc&) {
      ++thrown;
    }
  }
  CHECK(thrown == 1);
  CHECK(ended == std::vector<int>{0, 1});
}

}  // namespace
}  // namespace sorrel
