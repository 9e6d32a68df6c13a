// Servers to which the system gives no thread. Sanitizers don't live with limits of memory.

#ifndef SORREL_SANITIZED

#include "sorrel/sorrel.hpp"
#include "tests/unit/server/loopback.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace sorrel {
namespace {

std::string text_of(const reply& answer) {
  return std::string(answer.text());
}

// No room for another thread's stack, while it lives.
class NoThreads {
 public:
  NoThreads() {
    getrlimit(RLIMIT_AS, &before_);
    pthread_attr_t large;
    pthread_getattr_default_np(&threads_before_);
    pthread_attr_init(&large);
    pthread_attr_setstacksize(&large, size_t{256} << 20);
    pthread_setattr_default_np(&large);
    pthread_attr_destroy(&large);
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t now = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    const rlimit most = {now + (rlim_t{64} << 20), before_.rlim_max};
    setrlimit(RLIMIT_AS, &most);
  }
  ~NoThreads() {
    setrlimit(RLIMIT_AS, &before_);
    pthread_setattr_default_np(&threads_before_);
    pthread_attr_destroy(&threads_before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  rlimit before_ = {};
  pthread_attr_t threads_before_;
};

TEST_CASE("a server that gets no thread says so, and can be freed", "[embed]") {
  server made;
  {
    const NoThreads scarcity;
    CHECK_THROWS_WITH(made.start_thread(), Catch::Contains("can't start a thread"));
  }
  CHECK(sorrel_server_start_thread(made.handle()) == SORREL_STATE);
  CHECK(made.is_closed());
}

TEST_CASE("a save that gets no thread fails, and the next one is good", "[embed]") {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("sorrel_save_" + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  options with;
  with.set("dir", directory.string());
  server made(with);
  made.start_thread();
  client user = made.connect();
  user.call("SET", "key", "value");
  {
    const NoThreads scarcity;
    CHECK(user.call("BGSAVE").type() == SORREL_REPLY_ERROR);
    CHECK(text_of(user.call("PING")) == "PONG");
  }
  CHECK(text_of(user.call("BGSAVE")) == "Background saving started");
  CHECK(eventually([&] {
    return text_of(user.call("INFO", "persistence")).find("rdb_bgsave_in_progress:0") !=
           std::string::npos;
  }));
  CHECK(std::filesystem::exists(directory / "dump.rdb"));
  made.stop();
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace sorrel

#endif
