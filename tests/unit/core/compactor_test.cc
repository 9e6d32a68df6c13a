#include "core/compactor.h"

#include "core/base/random.h"
#include "core/structure/slab.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace sorrel;

namespace {

constexpr int64_t kSecondMs = 1000;

/// A server that defragments, and a model of its strings.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    CHECK(local.run("CONFIG", "SET", "activedefrag", "yes", "active-defrag-ignore-bytes", "1") ==
          "+OK\r\n");
  }

  void set_some(int keys, size_t bytes_max) {
    for (int i = 0; i < keys; ++i) {
      const std::string key = "key:" + std::to_string(random_.below(100'000));
      const std::string value(random_.below(4) * bytes_max / 4,
                              static_cast<char>('a' + random_.below(26)));
      switch (random_.below(16)) {
        case 0:
        case 2:
        case 3:
          local.run("SET", key, value, "EX", std::to_string(10 + random_.below(100)));
          break;
        case 1:
          local.run("APPEND", key, value);
          break;
        default:
          local.run("SET", key, value);
      }
      model_[key] = local.run("GET", key);
    }
  }
  void erase_some(uint64_t percent) {
    for (auto it = model_.begin(); it != model_.end();) {
      if (random_.below(100) < percent) {
        local.run("DEL", it->first);
        it = model_.erase(it);
      } else {
        ++it;
      }
    }
  }
  /// Time passes in ticks of a tenth of a second; each may be many slices.
  void run_ticks(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      local.clock.advance_ms(kSecondMs / 10);
      local.engine.begin_turn();
      for (int slices = 0; slices < 10'000 && local.engine.tick(); ++slices) {
      }
    }
  }
  void check() {
    size_t found = 0;
    for (const auto& [key, value] : model_) {
      const std::string now = local.run("GET", key);
      if (now == "$-1\r\n") continue;  // expired
      ++found;
      REQUIRE(now == value);
    }
    REQUIRE(found == local.engine.database(0).size());
  }
  /// What is held for each byte that is used, but for a slab or two of each of the sizes there are.
  double waste() {
    const Heap& heap = local.engine.heap();
    constexpr size_t kLastSlabs = 60 * Slab::kBytes;
    return static_cast<double>(heap.active() - std::min(heap.active(), kLastSlabs)) /
           static_cast<double>(heap.used());
  }
  const Stats& stats() { return local.engine.stats(); }

  LocalEngine local{HeapKind::kSlabs};

 private:
  Random random_;
  std::map<std::string, std::string> model_;
};

}  // namespace

TEST_CASE("shifting sizes leave gaps, and compaction closes them", "[compactor]") {
  World world(GENERATE(1, 2, 3));
  for (const size_t bytes_max : {40, 90, 300, 60}) {
    world.local.run("CONFIG", "SET", "activedefrag", "no");
    world.set_some(60'000, bytes_max);
    world.erase_some(80);
    const size_t before = world.local.engine.heap().active();
    world.local.run("CONFIG", "SET", "activedefrag", "yes");
    world.run_ticks(25);
    world.check();
    CHECK(world.local.engine.compactor().effort_percent() == 0);
    CHECK(world.waste() < 1.2);
    CHECK(world.local.engine.heap().active() < before * 2 / 3);
  }
  CHECK(world.stats().defrag_hits > 10'000);
  CHECK(world.stats().defrag_key_hits > 10'000);
  // The expiry index has followed: everything that is due goes.
  world.local.clock.advance_ms(1000 * kSecondMs);
  world.run_ticks(100);
  world.check();
}

TEST_CASE("keys come, change and go while they are moved", "[compactor]") {
  World world(7);
  world.set_some(60'000, 100);
  world.erase_some(70);
  world.local.run("CONFIG", "SET", "active-defrag-cycle-min", "25");
  bool ran = false;
  for (int i = 0; i < 400; ++i) {
    world.local.clock.advance_ms(kSecondMs / 20);
    world.local.engine.begin_turn();
    world.local.engine.tick();
    ran |= world.local.engine.compactor().effort_percent() != 0;
    world.set_some(20, 200);
    if (i % 100 == 99) world.erase_some(50);
    if (i == 250) {
      world.local.run("SWAPDB", "0", "1");
      world.local.run("SWAPDB", "0", "1");
    }
  }
  CHECK(ran);
  world.check();
}

TEST_CASE("nothing moves while a snapshot lives, or when nobody wants it", "[compactor]") {
  World world(8);
  world.local.run("CONFIG", "SET", "activedefrag", "no");
  world.set_some(60'000, 100);
  world.erase_some(70);
  world.run_ticks(25);
  CHECK(world.stats().defrag_hits == 0);

  world.local.run("CONFIG", "SET", "activedefrag", "yes");
  Epoch& epoch = world.local.engine.epoch();
  const SnapshotId snapshot = epoch.begin_snapshot();
  world.local.engine.database(0).table().freeze();
  world.run_ticks(25);
  CHECK(world.stats().defrag_hits == 0);
  epoch.end_snapshot(snapshot);
  world.run_ticks(25);
  CHECK(world.stats().defrag_hits > 1000);
  world.check();
}

namespace {

/// Collections of every type, in packs and in tables and trees, with gaps left by others like them.
class Collections {
 public:
  explicit Collections(World& world, uint64_t seed) : world_(world), random_(seed) {
    world.local.run("CONFIG", "SET", "hash-max-listpack-entries", "8", "set-max-listpack-entries",
                    "8", "set-max-intset-entries", "8", "zset-max-listpack-entries", "8",
                    "list-max-listpack-size", "4", "active-defrag-max-scan-fields", "50");
  }

  void add_some(int changes) {
    for (int i = 0; i < changes; ++i) {
      // One key in fifty is big.
      const uint64_t number = random_.below(2000);
      const std::string key = std::to_string(number);
      const uint64_t members = number % 50 == 0 ? 2000 : 12;
      const std::string member = "member:" + std::to_string(random_.below(members));
      const std::string value(random_.below(60), 'v');
      world_.local.run("SADD", "set:" + key, member);
      world_.local.run("HSET", "hash:" + key, member, value);
      world_.local.run("ZADD", "zset:" + key, std::to_string(random_.below(1000)), member);
      world_.local.run("RPUSH", "list:" + key, member, value);
      if (number % 3 != 0) continue;
      const std::string at_ms = std::to_string(9'000'000'000'000 + random_.below(1'000'000));
      world_.local.run("SPEXPIREAT", "set:" + key, at_ms, "MEMBERS", "1", member);
      world_.local.run("HPEXPIREAT", "hash:" + key, at_ms, "FIELDS", "1", member);
    }
  }
  void erase_some(uint64_t percent) {
    for (int number = 0; number < 2000; ++number) {
      for (const char* type : {"set:", "hash:", "zset:", "list:"}) {
        if (random_.below(100) < percent) {
          world_.local.run("DEL", type + std::to_string(number));
        }
      }
    }
  }
  /// All that a reader can see.
  std::string contents() {
    std::string all = world_.local.run("DEBUG", "DIGEST");
    for (int number = 0; number < 2000; number += 50) {
      const std::string key = std::to_string(number);
      all += world_.local.run("ZRANGE", "zset:" + key, "0", "-1", "WITHSCORES");
      all += world_.local.run("ZRANK", "zset:" + key, "member:7");
      all += world_.local.run("LRANGE", "list:" + key, "0", "-1");
      all += world_.local.run("SISMEMBER", "set:" + key, "member:7");
      all += world_.local.run("HGET", "hash:" + key, "member:7");
      all += world_.local.run("HPEXPIRETIME", "hash:" + key, "FIELDS", "1", "member:7");
      all += world_.local.run("SPEXPIRETIME", "set:" + key, "MEMBERS", "1", "member:7");
    }
    return all;
  }

 private:
  World& world_;
  Random random_;
};

}  // namespace

TEST_CASE("collections of every type are the same when they have moved", "[compactor]") {
  World world(20);
  Collections collections(world, GENERATE(1, 2));
  world.local.run("CONFIG", "SET", "activedefrag", "no");
  for (int round = 0; round < 2; ++round) {
    collections.add_some(20'000);
    collections.erase_some(60);
    const std::string before = collections.contents();
    const uint64_t moved_before = world.stats().defrag_hits;
    world.local.run("MEMORY", "PURGE");
    world.run_ticks(5);
    CHECK(world.stats().defrag_hits > moved_before + 1000);
    CHECK((collections.contents() == before));
  }
  // They change while they are moved, and can be taken down.
  world.local.run("MEMORY", "PURGE");
  for (int i = 0; i < 300; ++i) {
    world.local.clock.advance_ms(100);
    world.local.engine.begin_turn();
    world.local.engine.tick();
    collections.add_some(30);
  }
  collections.erase_some(100);
  world.local.run("FLUSHALL");
  world.run_ticks(100);
  CHECK(world.local.engine.heap().used() == 0);
}

TEST_CASE("a big sorted set keeps its order while it moves", "[compactor][zset]") {
  World world(21);
  world.local.run("CONFIG", "SET", "activedefrag", "no", "active-defrag-max-scan-fields", "50");
  Random random(5);
  std::map<std::string, int> model;
  const auto change = [&](uint64_t erased_percent) {
    const std::string number = std::to_string(random.below(30'000));
    const std::string member = number + std::string(random.below(60), 'm');
    if (random.below(100) < erased_percent) {
      const std::string removed = model.erase(member) != 0 ? ":1\r\n" : ":0\r\n";
      REQUIRE(world.local.run("ZREM", "z", member) == removed);
    } else {
      const int score = static_cast<int>(random.below(1000));
      world.local.run("ZADD", "z", std::to_string(score), member);
      model[member] = score;
    }
  };
  const auto check = [&] {
    std::vector<std::pair<int, std::string>> order;
    for (const auto& [member, score] : model) order.emplace_back(score, member);
    std::sort(order.begin(), order.end());
    REQUIRE(world.local.run("ZCARD", "z") == ":" + std::to_string(order.size()) + "\r\n");
    for (size_t rank = 0; rank < order.size(); rank += 1 + random.below(50)) {
      const std::string& member = order[rank].second;
      REQUIRE(world.local.run("ZRANK", "z", member) == ":" + std::to_string(rank) + "\r\n");
      const std::string at = std::to_string(rank);
      REQUIRE(world.local.run("ZRANGE", "z", at, at) ==
              "*1\r\n$" + std::to_string(member.size()) + "\r\n" + member + "\r\n");
    }
  };
  for (int i = 0; i < 60'000; ++i) change(20);
  // Every other one goes: gaps all over.
  for (auto it = model.begin(); it != model.end();) {
    world.local.run("ZREM", "z", it->first);
    it = model.erase(it);
    if (it != model.end()) ++it;
  }
  world.local.run("MEMORY", "PURGE");
  for (int i = 0; i < 400; ++i) {
    world.local.clock.advance_ms(100);
    world.local.engine.begin_turn();
    world.local.engine.tick();
    for (int changes = 0; changes < 20; ++changes) change(50);
    if (i % 50 == 0) check();
  }
  CHECK(world.stats().defrag_hits > 1000);
  check();
  world.local.run("FLUSHALL");
  world.run_ticks(100);
  CHECK(world.local.engine.heap().used() == 0);
}

TEST_CASE("too little waste, or too small a share, is left alone", "[compactor]") {
  World world(9);
  world.local.run("CONFIG", "SET", "active-defrag-ignore-bytes", "100mb");
  world.set_some(60'000, 100);
  world.erase_some(70);
  world.run_ticks(25);
  CHECK(world.stats().defrag_hits == 0);
  world.local.run("CONFIG", "SET", "active-defrag-ignore-bytes", "1",
                  "active-defrag-threshold-lower", "900", "active-defrag-threshold-upper", "1000");
  world.run_ticks(25);
  CHECK(world.stats().defrag_hits == 0);
}

TEST_CASE("MEMORY PURGE compacts without being told to by the settings", "[compactor]") {
  World world(10);
  world.local.run("CONFIG", "SET", "activedefrag", "no");
  world.set_some(60'000, 100);
  world.erase_some(80);
  CHECK(world.local.run("MEMORY", "PURGE") == "+OK\r\n");
  world.run_ticks(5);
  CHECK(world.stats().defrag_hits > 1000);
  world.check();
  CHECK(world.waste() < 1.2);
}

TEST_CASE("a cycle that is called off leaves the heap whole", "[compactor]") {
  World world(11);
  world.set_some(60'000, 100);
  world.erase_some(70);
  // A few slices of the walk, and no more.
  for (int slices = 0; slices < 3;) {
    world.local.clock.advance_ms(kSecondMs / 10);
    world.local.engine.begin_turn();
    world.local.engine.tick();
    if (world.local.engine.compactor().effort_percent() != 0) ++slices;
  }
  world.local.run("CONFIG", "SET", "activedefrag", "no");
  world.run_ticks(5);
  CHECK(world.local.engine.compactor().effort_percent() == 0);
  world.set_some(5000, 100);
  world.check();
}
