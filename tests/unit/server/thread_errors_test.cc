#include "server/thread_errors.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace sorrel;

TEST_CASE("each thread has its own error", "[embed]") {
  ThreadErrors errors;
  CHECK(std::string(errors.mine()).empty());
  errors.set_mine("first");
  errors.set_mine("second");
  CHECK(errors.size() == 1);
  std::string theirs = "unset";
  std::thread([&] { theirs = errors.mine(); }).join();
  CHECK(theirs.empty());
  CHECK(std::string(errors.mine()) == "second");
  errors.clear_mine();
  CHECK(errors.size() == 0);
}

TEST_CASE("threads that have gone leave no more than a bounded number of errors", "[embed]") {
  // Alive together, because a thread that has gone may give its id to the next.
  ThreadErrors errors;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < ThreadErrors::kThreadsMax + 20; ++i) {
    threads.emplace_back([&errors, i] { errors.set_mine(std::to_string(i)); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(errors.size() <= ThreadErrors::kThreadsMax);
  errors.set_mine("mine");
  CHECK(std::string(errors.mine()) == "mine");
}
