// ThreadErrors: of each thread, why its last call on a handle failed.
//
// Threads use a handle at the same time, and each asks for its own error. Who has come and gone
// leaves one behind, so that only those of the threads that failed last are kept. Any thread.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace sorrel {

class ThreadErrors {
 public:
  static constexpr size_t kThreadsMax = 256;

  /// The calling thread's, "" when its last call didn't fail. Valid until it sets or clears its
  /// own, or kThreadsMax other threads have failed since.
  const char* mine() const;
  void set_mine(std::string why);
  void clear_mine();
  size_t size() const;

 private:
  struct Error {
    std::thread::id thread;
    std::string why;
  };
  void forget(std::thread::id thread);

  mutable std::mutex mutex_;
  std::list<Error> errors_;  // the newest first
};

}  // namespace sorrel
