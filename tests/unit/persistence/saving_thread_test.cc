// One giant of each type, changed as fast as the loop can while another thread saves it: for the
// thread sanitizer, which has a million elements to watch, and for what no stepping shows.
#include "persistence/memory_file_system.h"
#include "tests/unit/persistence/kept_engine.h"

#include <catch2/catch.hpp>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace sorrel {
namespace {

constexpr int kElements = SORREL_GIANT_ELEMENTS;
constexpr int kElementsPerCommand = 1000;
/// Made after the freeze and before the first step of the save.
constexpr int kChangesBefore = 100;

/// A thread for every job, of which there is one at a time. It begins when it is let, so that a
/// busy machine can't have it done before anything has changed.
class OneThread final : public Executor {
 public:
  void submit(std::shared_ptr<BackgroundJob> job) override {
    job_ = std::move(job);
    running_ = true;
    thread_ = std::thread([this] {
      begin_.acquire();
      while (job_->run_step()) {
      }
      running_ = false;
    });
  }
  void begin() { begin_.release(); }
  bool running() const { return running_; }
  void drain() override {
    if (!thread_.joinable()) return;
    thread_.join();
    job_->completed();
  }

 private:
  std::shared_ptr<BackgroundJob> job_;
  std::atomic<bool> running_{false};
  std::binary_semaphore begin_{0};
  std::thread thread_;
};

class ThreadedEngine {
 public:
  explicit ThreadedEngine(FileSystem& files)
      : persistence({.engine = &local.engine, .files = &files, .executor = &executor}) {}
  std::string run(const std::vector<std::string>& words) {
    const std::vector<Bytes> args(words.begin(), words.end());
    return local.run_in(local.session, args);
  }
  LocalEngine local;
  OneThread executor;
  Persistence persistence;
};

struct Giant {
  const char* name;
  std::vector<std::string> (*add)(int from, int count);
  std::vector<std::string> (*change)(Random& random);
  int elements_per_command = kElementsPerCommand;
};

std::string member(uint64_t number) {
  return "member:" + std::to_string(number);
}
std::string any(Random& random) {
  return member(random.below(kElements));
}

const Giant kGiants[] = {
    {"zset",
     [](int from, int count) {
       std::vector<std::string> words = {"ZADD", "giant"};
       for (int i = from; i < from + count; ++i) {
         words.push_back(std::to_string(i % 5000));
         words.push_back(member(static_cast<uint64_t>(i)));
       }
       return words;
     },
     [](Random& random) -> std::vector<std::string> {
       switch (random.below(5)) {
         case 0:
           return {"ZREM", "giant", any(random), any(random)};
         case 1:
           return {"ZREMRANGEBYRANK", "giant", "1000", "1040"};
         case 2:
           return {"ZADD", "giant", "7", "new:" + any(random)};
         default:
           return {"ZINCRBY", "giant", "3", any(random)};
       }
     }},
    {"hash",
     [](int from, int count) {
       std::vector<std::string> words = {"HSET", "giant"};
       for (int i = from; i < from + count; ++i) {
         words.push_back(member(static_cast<uint64_t>(i)));
         words.push_back(std::to_string(i));
       }
       return words;
     },
     [](Random& random) -> std::vector<std::string> {
       switch (random.below(4)) {
         case 0:
           return {"HDEL", "giant", any(random), any(random)};
         case 1:
           return {"HSET", "giant", "new:" + any(random), "1"};
         default:
           return {"HSET", "giant", any(random), std::string(random.below(100), 'x')};
       }
     }},
    {"set",
     [](int from, int count) {
       std::vector<std::string> words = {"SADD", "giant"};
       for (int i = from; i < from + count; ++i) words.push_back(member(static_cast<uint64_t>(i)));
       return words;
     },
     [](Random& random) -> std::vector<std::string> {
       if (random.below(3) == 0) return {"SPOP", "giant", "3"};
       if (random.below(2) == 0) return {"SREM", "giant", any(random)};
       return {"SADD", "giant", "new:" + any(random)};
     }},
    {"list",
     [](int from, int count) {
       std::vector<std::string> words = {"RPUSH", "giant"};
       for (int i = from; i < from + count; ++i) words.push_back(member(static_cast<uint64_t>(i)));
       return words;
     },
     [](Random& random) -> std::vector<std::string> {
       const std::string place = std::to_string(random.below(kElements / 2));
       switch (random.below(4)) {
         case 0:
           return {"LPOP", "giant", "2"};
         case 1:
           return {"RPUSH", "giant", any(random)};
         default:
           return {"LSET", "giant", place, any(random)};
       }
     }},
    {"string",
     [](int, int count) {
       return std::vector<std::string>{"APPEND", "giant",
                                       std::string(static_cast<size_t>(count), 'x')};
     },
     [](Random& random) -> std::vector<std::string> {
       return {"SETRANGE", "giant", std::to_string(random.below(kElements)), any(random)};
     }},
    {"keys",
     [](int from, int count) {
       std::vector<std::string> words = {"MSET"};
       for (int i = from; i < from + count; ++i) {
         words.push_back(member(static_cast<uint64_t>(i)));
         words.push_back(std::to_string(i));
       }
       return words;
     },
     [](Random& random) -> std::vector<std::string> {
       switch (random.below(4)) {
         case 0:
           return {"DEL", any(random), any(random)};
         case 1:
           return {"EXPIRE", any(random), "1000"};
         case 2:
           return {"APPEND", any(random), "more"};
         default:
           return {"SET", "new:" + any(random), "1"};
       }
     }},
    {"stream",
     [](int from, int) {
       return std::vector<std::string>{"XADD", "giant", std::to_string(from + 1) + "-1", "field",
                                       member(static_cast<uint64_t>(from))};
     },
     [](Random& random) -> std::vector<std::string> {
       switch (random.below(4)) {
         case 0:
           return {"XADD", "giant", "*", "field", any(random)};
         case 1:
           return {"XTRIM", "giant", "MAXLEN", "~", std::to_string(kElements - random.below(1000))};
         default:
           return {"XDEL", "giant", std::to_string(random.below(kElements)) + "-1"};
       }
     },
     1},
};

TEST_CASE("giants are saved as they were while they change", "[saving][threaded]") {
  for (const Giant& giant : kGiants) {
    INFO(giant.name);
    MemoryFileSystem files;
    ThreadedEngine kept(files);
    for (int i = 0; i < kElements; i += giant.elements_per_command) {
      if (kept.run(giant.add(i, giant.elements_per_command))[0] == '-') FAIL("not added");
    }
    Random random(3);
    for (int save = 0; save < 2; ++save) {
      const Digest frozen = digest_all(kept.local.engine);
      REQUIRE(kept.run({"BGSAVE"}) == "+Background saving started\r\n");
      int changes = 0;
      for (; kept.executor.running(); ++changes) {
        if (kept.run(giant.change(random))[0] == '-') FAIL("not changed");
        if (changes % 16 == 0) kept.local.engine.tick();
        if (changes == kChangesBefore) kept.executor.begin();
      }
      kept.executor.drain();
      KeptEngine loaded(files);
      REQUIRE(loaded.recover().empty());
      CHECK(loaded.digest() == frozen);
    }
    while (kept.local.engine.tick()) {
    }
    CHECK(kept.local.engine.epoch().retired_items() == 0);
  }
}

}  // namespace
}  // namespace sorrel
