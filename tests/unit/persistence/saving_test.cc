#include "persistence/faulty_file_system.h"
#include "tests/unit/persistence/interrupted_files.h"
#include "tests/unit/persistence/kept_engine.h"
#include "tests/unit/persistence/random_writes.h"

#include <errno.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace sorrel {
namespace {

constexpr Bytes kOk = "+OK\r\n";

void fill(KeptEngine& kept, RandomWrites& writes, int commands) {
  for (int i = 0; i < commands; ++i) kept.run_words(writes.next());
}

/// What a server that starts on these files holds; or why it doesn't start.
struct Loaded {
  explicit Loaded(FileSystem& files) : kept(files), failure(kept.recover()) {}
  KeptEngine kept;
  std::string failure;
};

/// Small enough that random values are of every encoding.
void lower_limits(KeptEngine& kept, uint64_t seed) {
  kept.set("hash-max-listpack-entries", seed % 2 == 0 ? "16" : "512");
  kept.set("zset-max-listpack-entries", seed % 2 == 0 ? "128" : "16");
  kept.set("set-max-listpack-entries", seed % 3 == 0 ? "16" : "128");
  kept.set("set-max-intset-entries", seed % 3 == 0 ? "32" : "512");
  kept.set("list-max-listpack-size", seed % 2 == 0 ? "8" : "-1");
}

TEST_CASE("a save holds the state in which it began, whatever happens meanwhile", "[saving]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    InterruptedFiles files;
    KeptEngine kept(files);
    lower_limits(kept, seed);
    RandomWrites writes(seed);
    Random chance(seed);
    fill(kept, writes, 1500);
    for (int save = 0; save < 6; ++save) {
      INFO("save " << save);
      fill(kept, writes, 100);
      const Digest frozen = kept.digest();
      REQUIRE(kept.run("BGSAVE") == "+Background saving started\r\n");
      files.interruption = [&] { fill(kept, writes, static_cast<int>(chance.below(12))); };
      while (kept.executor.busy()) {
        kept.executor.step();
        fill(kept, writes, static_cast<int>(chance.below(30)));
        kept.local.engine.tick();
      }
      files.interruption = [] {};
      REQUIRE(kept.info("rdb_last_bgsave_status") == "ok");
      Loaded loaded(files);
      REQUIRE(loaded.failure.empty());
      CHECK(loaded.kept.digest() == frozen);
    }
    CHECK(kept.local.engine.epoch().live_snapshots() == 0);
    kept.settle();
    CHECK(kept.local.engine.epoch().retired_items() == 0);
  }
}

TEST_CASE("a save that is cancelled leaves nothing, and the next one is good", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  RandomWrites writes(7);
  fill(kept, writes, 400);
  REQUIRE(kept.run("SAVE") == kOk);
  const std::string old_file = files.contents().begin()->second;
  for (int steps = 0;; ++steps) {
    INFO("after " << steps << " steps");
    fill(kept, writes, 20);
    const Digest frozen = kept.digest();
    REQUIRE(kept.run("BGSAVE") == "+Background saving started\r\n");
    for (int i = 0; i < steps && kept.executor.busy(); ++i) kept.executor.step();
    if (!kept.executor.busy()) {
      Loaded loaded(files);
      CHECK(loaded.kept.digest() == frozen);
      CHECK(steps > 4);
      break;
    }
    REQUIRE(kept.run("BGSAVE", "CANCEL") == "+Background saving cancelled\r\n");
    fill(kept, writes, 20);
    kept.executor.drain();
    REQUIRE(files.contents() == std::map<std::string, std::string>{{"dump.rdb", old_file}});
    CHECK(kept.info("rdb_bgsave_in_progress") == "0");
    CHECK(kept.info("rdb_last_bgsave_status") == "ok");
    kept.settle();
    CHECK(kept.local.engine.epoch().retired_items() == 0);
  }
  CHECK(kept.run("BGSAVE", "CANCEL") ==
        "-ERR Background saving is currently not in progress or scheduled\r\n");
}

TEST_CASE("a save that waits behind a key ends when it is cancelled", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.set("rdb-key-save-delay", "10000000");
  kept.run("SET", "k", "v");
  SnapshotWriter::Terms terms = kept.persistence.rdb().terms(*kept.persistence.rdb().freeze());
  kept.persistence.rdb().slow_down(terms);
  terms.temporary = "file";
  int64_t slept_us = 0;
  SnapshotWriter* job = nullptr;
  terms.sleep_us = [&](int64_t us) {
    slept_us += us;
    if (slept_us >= 500'000) job->abort();
  };
  SnapshotWriter writer(files, kept.persistence.rdb().freeze(), std::move(terms));
  job = &writer;
  CHECK(writer.run_all().message() == "file: aborted");
  CHECK(slept_us == 500'000);
  CHECK(files.contents().empty());
}

TEST_CASE("two files are written from one snapshot, which lives until the last is done",
          "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  RandomWrites writes(9);
  fill(kept, writes, 500);
  const Digest frozen = kept.digest();
  auto snapshot = std::make_shared<const Snapshot>(kept.local.engine);
  const auto make = [&](const std::string& name) {
    SnapshotWriter::Terms terms = kept.persistence.rdb().terms(*snapshot);
    terms.temporary = name;
    terms.done = [](SnapshotWriter&) {};
    return std::make_shared<SnapshotWriter>(files, snapshot, std::move(terms));
  };
  const auto one = make("one.rdb"), two = make("two.rdb");
  snapshot.reset();
  while (one->run_step()) fill(kept, writes, 20);
  one->completed();
  CHECK(kept.local.engine.epoch().live_snapshots() == 1);
  while (two->run_step()) fill(kept, writes, 20);
  two->completed();
  CHECK(kept.local.engine.epoch().live_snapshots() == 0);
  const auto contents = files.contents();
  CHECK(contents.at("one.rdb") == contents.at("two.rdb"));
  KeptEngine loaded(files);
  REQUIRE(loaded.persistence.load_verified("two.rdb"));
  CHECK(loaded.digest() == frozen);
}

// ---- Disks that fail.

TEST_CASE("whichever write or sync of a save fails, the old file is whole", "[saving]") {
  const auto fault = GENERATE(0, 1);
  FaultyFileSystem files(1);
  KeptEngine kept(files);
  RandomWrites writes(3);
  fill(kept, writes, 800);
  REQUIRE(kept.run("SAVE") == kOk);
  const Digest old_state = kept.digest();
  fill(kept, writes, 50);
  uint64_t nth = 1;
  for (;; ++nth) {
    INFO("the " << nth << "th fails");
    fault == 0 ? files.fail_write(nth, ENOSPC) : files.fail_sync(nth, EIO);
    const std::string reply = kept.run("SAVE");
    if (reply == kOk) break;
    CHECK(reply.find(fault == 0 ? "ENOSPC" : "EIO") != std::string::npos);
    // But for the last sync, of the directory: the new file stands there already.
    Loaded loaded(files);
    REQUIRE(loaded.failure.empty());
    if (fault == 0 || nth == 1) CHECK(loaded.kept.digest() == old_state);
    CHECK(files.contents().size() == 1);
  }
  CHECK(nth > (fault == 0 ? 1u : 2u));
}

TEST_CASE("whenever the power goes during a save, one file or the other is whole", "[saving]") {
  Digest old_state, new_state;
  bool went_through = false;
  for (uint64_t nth = 1; !went_through; ++nth) {
    INFO("at change " << nth);
    FaultyFileSystem files(nth);
    KeptEngine kept(files);
    RandomWrites writes(5);
    fill(kept, writes, 600);
    REQUIRE(kept.run("SAVE") == kOk);
    old_state = kept.digest();
    fill(kept, writes, 60);
    new_state = kept.digest();
    REQUIRE(old_state != new_state);
    files.cut_power_at(nth);
    went_through = kept.run("SAVE") == kOk;
    files.crash();
    Loaded loaded(files);
    REQUIRE(loaded.failure.empty());
    const Digest found = loaded.kept.digest();
    CHECK((found == new_state || (!went_through && found == old_state)));
    CHECK(nth < 200);
  }
}

TEST_CASE("a save that fails stops writes until one succeeds", "[saving]") {
  FaultyFileSystem files(1);
  KeptEngine kept(files);
  REQUIRE(kept.run("SET", "key", "1") == kOk);
  files.fail_writes_from(1, ENOSPC);
  REQUIRE(kept.run("BGSAVE") == "+Background saving started\r\n");
  kept.executor.drain();
  CHECK(kept.info("rdb_last_bgsave_status") == "err");
  const std::string refusal = kept.run("SET", "key", "2");
  CHECK(refusal.starts_with(
      "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist "
      "to disk."));
  CHECK(refusal.find("No space left on device (ENOSPC)") != std::string::npos);
  CHECK(kept.run("PING").starts_with("-MISCONF"));
  CHECK(kept.run("GET", "key") == "$1\r\n1\r\n");
  CHECK(kept.run("CONFIG", "SET", "stop-writes-on-bgsave-error", "no") == kOk);
  CHECK(kept.run("SET", "key", "2") == kOk);
  CHECK(kept.run("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes") == kOk);
  CHECK(kept.run("SET", "key", "3").starts_with("-MISCONF"));
  CHECK(kept.run("CONFIG", "SET", "save", "") == kOk);
  CHECK(kept.run("SET", "key", "3") == kOk);
  CHECK(kept.run("CONFIG", "SET", "save", "60 1") == kOk);
  // The disk works again: the save point's next attempt is the cure.
  files.fail_writes_from(0, 0);
  kept.local.clock.advance_ms(62'000);
  kept.local.engine.begin_turn();
  kept.persistence.tick();
  REQUIRE(kept.executor.busy());
  kept.executor.drain();
  CHECK(kept.run("SET", "key", "4") == kOk);
}

// ---- Memory that a save holds back.

class FullEngine {
 public:
  explicit FullEngine(Bytes policy) : kept(files) {
    kept.set("maxmemory-policy", std::string(policy));
    for (int i = 0; i < kKeys; ++i) write(i);
    for (int i = 0; i < kHashes; ++i) {
      for (int field = 0; field < 500; ++field) {
        kept.run("HSET", "hash:" + std::to_string(i), std::to_string(field), kValue);
      }
    }
    limit = kept.local.engine.used_memory() + 20'000;
    kept.set("maxmemory", std::to_string(limit));
    kept.run("BGSAVE");
  }
  std::string write(int i) { return kept.run("SET", "key:" + std::to_string(i), kValue); }
  int keys() {
    int keys = 0;
    for (int i = 0; i < kept.local.engine.database_count(); ++i) {
      keys += static_cast<int>(kept.local.engine.database(i).size());
    }
    return keys;
  }

  static constexpr int kKeys = 3000;
  static constexpr int kHashes = 30;
  const std::string kValue = std::string(100, 'v');
  MemoryFileSystem files;
  KeptEngine kept;
  size_t limit = 0;
};

TEST_CASE("while a save runs no more is evicted than at other times", "[saving]") {
  const Bytes policy = GENERATE("allkeys-random", "allkeys-lru");
  FullEngine full(policy);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(full.write(FullEngine::kKeys + i) == kOk);
    full.kept.settle();
  }
  CHECK(full.kept.local.engine.stats().evicted_keys > 0);
  CHECK(full.keys() > FullEngine::kKeys - 200);
  full.kept.executor.drain();
  full.kept.settle();
  CHECK(full.kept.local.engine.used_memory() <= full.limit);
  CHECK(full.kept.local.engine.used_memory() > full.limit - 200'000);
  CHECK(full.keys() > FullEngine::kKeys - 200);
}

TEST_CASE("the same keys can be written again and again while a save runs", "[saving]") {
  FullEngine full("noeviction");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < FullEngine::kKeys; ++i) REQUIRE(full.write(i) == kOk);
  }
  full.kept.executor.drain();
}

TEST_CASE("without eviction memory is full while a save runs, too", "[saving]") {
  FullEngine full("noeviction");
  int refused = 0;
  for (int i = 0; i < 2000; ++i) refused += full.write(FullEngine::kKeys + i).starts_with("-OOM");
  CHECK(refused > 1500);
  full.kept.run("FLUSHALL", "ASYNC");
  CHECK(full.write(0) == kOk);
  full.kept.executor.drain();
}

// ---- When.

TEST_CASE("save points save when time has passed and changes were made", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.set("save", "60 2");
  const auto saves_after_ms = [&](int64_t ms) {
    kept.local.clock.advance_ms(ms);
    kept.local.engine.begin_turn();
    kept.persistence.tick();
    const bool saves = kept.executor.busy();
    kept.executor.drain();
    return saves;
  };
  kept.run("SET", "a", "1");
  CHECK_FALSE(saves_after_ms(61'000));
  kept.run("SET", "b", "1");
  CHECK(kept.info("rdb_changes_since_last_save") == "2");
  CHECK(saves_after_ms(1000));
  CHECK(kept.info("rdb_changes_since_last_save") == "0");
  CHECK(kept.info("rdb_saves") == "1");
  kept.run("MSET", "a", "2", "b", "2", "c", "2");
  CHECK_FALSE(saves_after_ms(60'000));
  CHECK(saves_after_ms(1000));
  CHECK(Loaded(files).kept.run("GET", "c") == "$1\r\n2\r\n");
}

TEST_CASE("one save at a time, and what changed meanwhile isn't saved", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.run("MSET", "a", "1", "b", "1");
  REQUIRE(kept.run("BGSAVE") == "+Background saving started\r\n");
  CHECK(kept.run("BGSAVE") == "-ERR Background save already in progress\r\n");
  CHECK(kept.run("SAVE") == "-ERR Background save already in progress\r\n");
  CHECK(kept.run("BGSAVE", "NOW") == "-ERR syntax error\r\n");
  CHECK(kept.info("rdb_bgsave_in_progress") == "1");
  CHECK(kept.info("current_save_keys_total") == "2");
  kept.run("SET", "c", "1");
  kept.executor.drain();
  CHECK(kept.info("rdb_changes_since_last_save") == "1");
  CHECK(kept.info("rdb_bgsave_in_progress") == "0");
  CHECK(kept.info("current_save_keys_total") == "0");
  kept.run("MULTI");
  kept.run("BGSAVE");
  CHECK(kept.run("EXEC") == "*1\r\n+Background saving scheduled\r\n");
  kept.persistence.tick();
  CHECK(kept.executor.busy());
}

TEST_CASE("CONFIG RESETSTAT begins the counts anew, and keeps what is so", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.run("SET", "a", std::string(1 << 20, 'v'));
  kept.local.clock.advance_ms(1000);
  kept.local.engine.begin_turn();
  kept.local.engine.tick();
  kept.run("DEL", "a");
  kept.run("BGSAVE");
  kept.executor.drain();
  const std::string peak = kept.info("used_memory_peak");
  CHECK(std::stoull(peak) > (1 << 20));
  CHECK(kept.info("rdb_saves") == "1");
  CHECK(kept.info("total_forks") == "1");
  CHECK(kept.run("CONFIG", "RESETSTAT") == kOk);
  CHECK(kept.info("used_memory_peak") == peak);
  CHECK(kept.info("rdb_saves") == "0");
  CHECK(kept.info("total_forks") == "0");
  CHECK(kept.info("latest_fork_usec") == "0");
  CHECK(kept.info("rdb_last_bgsave_status") == "ok");
}

TEST_CASE("FLUSHALL ends a running save and leaves an empty file", "[saving]") {
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.run("SET", "a", "1");
  REQUIRE(kept.run("SAVE") == kOk);
  REQUIRE(kept.run("BGSAVE") == "+Background saving started\r\n");
  CHECK(kept.run("FLUSHALL") == kOk);
  kept.executor.drain();
  kept.persistence.tick();
  kept.executor.drain();
  CHECK(Loaded(files).kept.run("DBSIZE") == ":0\r\n");
  kept.run("SET", "b", "1");
  REQUIRE(kept.run("SAVE") == kOk);
  CHECK(kept.run("FLUSHALL") == kOk);
  CHECK(Loaded(files).kept.run("DBSIZE") == ":0\r\n");
}

TEST_CASE("access clocks are kept by the policy that needs them", "[saving]") {
  const auto policy = GENERATE("allkeys-lfu", "allkeys-lru", "noeviction");
  MemoryFileSystem files;
  KeptEngine kept(files);
  kept.set("maxmemory-policy", policy);
  kept.run("SET", "key", "1");
  for (int i = 0; i < 200; ++i) kept.run("GET", "key");
  const std::string lfu = policy == Bytes("allkeys-lfu") ? kept.run("OBJECT", "FREQ", "key") : "";
  kept.local.clock.advance_ms(20'000);
  REQUIRE(kept.run("SAVE") == kOk);
  KeptEngine again(files);
  again.set("maxmemory-policy", policy);
  again.local.clock.advance_ms(20'000);
  again.local.engine.begin_turn();
  REQUIRE(again.recover().empty());
  if (!lfu.empty()) CHECK(again.run("OBJECT", "FREQ", "key") == lfu);
  if (policy == Bytes("allkeys-lru")) {
    CHECK(again.run("OBJECT", "IDLETIME", "key") == ":20\r\n");
  }
  if (policy == Bytes("noeviction")) CHECK(again.run("OBJECT", "IDLETIME", "key") == ":0\r\n");
}

}  // namespace
}  // namespace sorrel
