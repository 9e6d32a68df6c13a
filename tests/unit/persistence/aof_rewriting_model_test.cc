#include "persistence/faulty_file_system.h"
#include "tests/unit/persistence/interrupted_files.h"
#include "tests/unit/persistence/kept_engine.h"
#include "tests/unit/persistence/random_writes.h"

#include <errno.h>

#include <catch2/catch.hpp>
#include <string>

namespace sorrel {
namespace {

constexpr Bytes kOk = "+OK\r\n";
constexpr Bytes kStarted = "+Background append only file rewriting started\r\n";

/// A server with an append-only file, started on what is there.
class Appending : public KeptEngine {
 public:
  explicit Appending(FileSystem& files) : KeptEngine(files, true) {
    load("appendonly", "yes");
    failure = recover();
  }
  std::string failure;
};

void fill(KeptEngine& kept, RandomWrites& writes, int commands) {
  for (int i = 0; i < commands; ++i) kept.run_words(writes.next());
  kept.persistence.end_turn(true);
}

/// Both executors' work, with commands in between.
void step_with_writes(KeptEngine& kept, RandomWrites& writes, Random& chance) {
  while (kept.executor.busy() || kept.log_executor.busy()) {
    chance.below(2) == 0 ? kept.executor.step() : kept.log_executor.step();
    fill(kept, writes, static_cast<int>(chance.below(10)));
    kept.local.engine.tick();
  }
}

TEST_CASE("a rewritten append-only file and what follows it are the data", "[rewriting]") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    InterruptedFiles files;
    Appending kept(files);
    REQUIRE(kept.failure.empty());
    kept.set("aof-use-rdb-preamble", seed % 2 == 0 ? "yes" : "no");
    RandomWrites writes(seed);
    Random chance(seed);
    for (int rewrite = 0; rewrite < 4; ++rewrite) {
      INFO("rewrite " << rewrite);
      fill(kept, writes, 300);
      REQUIRE(kept.run("BGREWRITEAOF") == kStarted);
      step_with_writes(kept, writes, chance);
      CHECK(kept.info("aof_last_bgrewrite_status") == "ok");
      CHECK(kept.info("aof_rewrite_in_progress") == "0");
      kept.persistence.commit();
      Appending again(files);
      REQUIRE(again.failure.empty());
      CHECK(again.digest() == kept.digest());
    }
    kept.settle();
    CHECK(kept.local.engine.epoch().retired_items() == 0);
  }
}

TEST_CASE("turned on as the server runs, the file gets all that was there", "[rewriting]") {
  MemoryFileSystem files;
  KeptEngine kept(files, true);
  RandomWrites writes(2);
  Random chance(2);
  fill(kept, writes, 300);
  REQUIRE(kept.run("CONFIG", "SET", "appendonly", "yes") == kOk);
  step_with_writes(kept, writes, chance);
  CHECK(kept.info("aof_enabled") == "1");
  fill(kept, writes, 100);
  kept.persistence.commit();
  Appending again(files);
  REQUIRE(again.failure.empty());
  CHECK(again.digest() == kept.digest());
  REQUIRE(kept.run("CONFIG", "SET", "appendonly", "no") == kOk);
  CHECK(kept.info("aof_enabled") == "0");
}

TEST_CASE("a rewrite that fails leaves the files that were, and is tried again", "[rewriting]") {
  FaultyFileSystem files(1);
  Appending kept(files);
  RandomWrites writes(3);
  fill(kept, writes, 300);
  kept.persistence.commit();
  for (uint64_t nth = 1; nth < 60; ++nth) {
    INFO("sync " << nth);
    files.fail_sync(nth, EIO);
    REQUIRE(kept.run("BGREWRITEAOF") == kStarted);
    kept.log_executor.drain();
    kept.executor.drain();
    kept.log_executor.drain();
    const bool good = kept.info("aof_last_bgrewrite_status") == "ok";
    files.fail_sync(0, 0);
    fill(kept, writes, 10);
    kept.persistence.commit();
    Appending again(files);
    REQUIRE(again.failure.empty());
    CHECK(again.digest() == kept.digest());
    if (good && nth > 4) break;
    CHECK(nth < 50);
  }
}

}  // namespace
}  // namespace sorrel
