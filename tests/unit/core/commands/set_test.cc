#include "core/value/set.h"

#include "tests/support/scenario.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <thread>

using namespace sorrel;

namespace {

size_t dirty_of(Scenario& run, Bytes line) {
  const uint64_t before = run.local.engine.books().dirty;
  run(line);
  return run.local.engine.books().dirty - before;
}

}  // namespace

TEST_CASE("SADD and SREM tell what they changed, and nothing else", "[set][commands]") {
  Scenario run;
  CHECK(dirty_of(run, "SADD s a b a") == 2);
  CHECK(run.events() == "new:s sadd:s");
  CHECK(run.journal() == "SELECT 0; SADD s a b a");
  CHECK(dirty_of(run, "SADD s a") == 0);
  CHECK(dirty_of(run, "SREM s x") == 0);
  CHECK(run.events().empty());
  CHECK(run.journal().empty());
  CHECK(dirty_of(run, "SREM s a") == 1);
  CHECK(run.events() == "srem:s");
  CHECK(dirty_of(run, "SREM s b") == 1);
  CHECK(run.events() == "srem:s del:s");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("SPOP is written down as what it took", "[set][commands]") {
  Scenario run;
  run("SADD one a");
  run("SADD s 1 2 3 4 5");
  run.journal();
  run.events();
  CHECK(run("SPOP one") == "$1 a");
  CHECK(run.events() == "spop:one del:one");
  CHECK(run.journal() == "DEL one");
  CHECK(dirty_of(run, "SPOP s 2") == 2);
  CHECK(run.events() == "spop:s");
  CHECK(run.journal().starts_with("SREM s "));
  CHECK(run.rebuilt() == run.data());
  run("SPOP s 100");
  CHECK(run.journal() == "DEL s");
  CHECK(run.events() == "spop:s del:s");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a big SPOP is written down in parts", "[set][commands]") {
  Scenario run;
  std::vector<std::string> words = {"SADD", "s"};
  for (int i = 0; i < 5000; ++i) words.push_back("member:" + std::to_string(i));
  run(words);
  run("SPOP s 3000");
  CHECK(run("SCARD s") == ":2000");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("SMOVE announces both keys", "[set][commands]") {
  Scenario run;
  run("SADD a 1 2");
  run("SADD b 1");
  run.events();
  CHECK(dirty_of(run, "SMOVE a b 2") == 2);
  CHECK(run.events() == "srem:a sadd:b");
  CHECK(dirty_of(run, "SMOVE a b 1") == 1);
  CHECK(run.events() == "srem:a del:a");
  CHECK(dirty_of(run, "SMOVE b c 1") == 2);
  CHECK(run.events() == "srem:b new:c sadd:c");
  CHECK(dirty_of(run, "SMOVE b c nosuch") == 0);
  CHECK(dirty_of(run, "SMOVE b b 2") == 0);
  CHECK(run.events().empty());
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a stored result replaces the target, an empty one deletes it", "[set][commands]") {
  Scenario run;
  run("SADD a 1 2");
  run("SADD b 2 3");
  run.put_list("d");
  run.events();
  CHECK(dirty_of(run, "SINTERSTORE d a b") == 1);
  CHECK(run.events() == "overwritten:d type_changed:d sinterstore:d");
  CHECK(dirty_of(run, "SDIFFSTORE d a a") == 1);
  CHECK(run.events() == "del:d");
  CHECK(dirty_of(run, "SDIFFSTORE d a a") == 0);
  CHECK(run.events().empty());
  run("SUNIONSTORE e a b");
  CHECK(run.events() == "new:e sunionstore:e");
}

TEST_CASE("commands on sets refuse other types", "[set][commands]") {
  Scenario run;
  run.put_list("l");
  run("SADD s a");
  const std::string wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  for (const char* line :
       {"SADD l a", "SREM l a", "SISMEMBER l a", "SMISMEMBER l a", "SCARD l", "SMEMBERS l",
        "SSCAN l 0", "SRANDMEMBER l", "SPOP l", "SMOVE l s a", "SMOVE s l a", "SUNION s l",
        "SINTER s l", "SDIFF s l", "SUNIONSTORE d s l", "SINTERCARD 2 s l", "SUNIONCARD 1 l",
        "SDIFFCARD 1 l"}) {
    CAPTURE(line);
    CHECK(run(line) == wrong);
  }
}

TEST_CASE("every member is drawn as often as another", "[set][commands]") {
  Scenario run;
  const std::string name = GENERATE("integers", "pack", "table");
  std::vector<std::string> words = {"SADD", name};
  for (int i = 0; i < (name == "table" ? 300 : 60); ++i) {
    words.push_back((name == "integers" ? "" : "m") + std::to_string(i));
  }
  run(words);
  Engine& engine = run.local.engine;
  Keyspace& db = engine.database(0);
  const SetValue set(
      *db.find_live(engine.books(), name, db.hash(name), Touch::kPeek)->collection());
  const size_t n = set.size();
  // One by one; and by samples, of both ways to take one.
  for (const size_t count : {size_t{1}, n / 10, n / 2}) {
    std::map<std::string, size_t> drawn;
    const size_t rounds = n * 400 / count;
    for (size_t round = 0; round < rounds; ++round) {
      const auto note = [&](const SetElement& member) {
        SetElement::Scratch scratch;
        ++drawn[std::string(member.bytes(scratch))];
      };
      count == 1 ? note(set.random(engine.random())) : set.sample(count, engine.random(), note);
    }
    REQUIRE(drawn.size() == n);
    // 400 are expected of each, with a deviation of at most 20: six of those would be a marvel.
    for (const auto& [member, times] : drawn) {
      CAPTURE(count, member);
      CHECK(times > 280);
      CHECK(times < 520);
    }
  }
}

TEST_CASE("a set of a million takes no more than 32 bytes a member", "[set][memory]") {
  Scenario run;
  constexpr size_t kMembers = 1'000'000;
  Engine& engine = run.local.engine;
  ValueContext& values = engine.database(0).values();
  const size_t before = engine.epoch().heap().used();
  Owned<Collection> set;
  SetEditor editor(set, values);
  editor.make("x", kMembers);
  for (size_t i = 0; i < kMembers; ++i) editor.add(Bytes("member:" + std::to_string(1000000 + i)));
  const size_t bytes = engine.epoch().heap().used() - before;
  CAPTURE(bytes);
  // Under a sanitizer every block is one of malloc's, which is no measure.
  if (kHeapOfThisBuild == HeapKind::kSlabs) CHECK(bytes <= 32 * kMembers);
  const size_t estimated = set->footprint(Type::kSet, engine.epoch().heap(), 5);
  CHECK(estimated == bytes);
  set.drop(engine.epoch());
  while (engine.epoch().reclaim(1000)) {
  }
  CHECK(engine.epoch().heap().used() == before);
}

namespace {

/// What a snapshot's thread sees of all sets.
uint64_t fingerprint(const Table<Entry>::View& view) {
  uint64_t sum = 0;
  view.for_each([&](const Entry& entry) {
    const uint64_t key = hash_bytes(entry.key(), 1);
    SetValue(*entry.collection()).for_each([&](const SetElement& member) {
      SetElement::Scratch scratch;
      sum += hash_bytes(member.bytes(scratch), key);
    });
  });
  return sum;
}

}  // namespace

TEST_CASE("another thread reads frozen sets while all of them change", "[set][threaded]") {
  LocalEngine local;
  for (int i = 0; i < 20'000; ++i) {
    local.run("SADD", "big", "member:" + std::to_string(i));
    local.run("SADD", "small:" + std::to_string(i % 300), std::to_string(i % 170));
    if (i % 3 == 0) local.run("SADD", "mixed:" + std::to_string(i % 100), "m" + std::to_string(i));
  }
  Engine& engine = local.engine;
  const SnapshotId snapshot = engine.epoch().begin_snapshot();
  const Table<Entry>::View view = engine.database(0).table().freeze();
  const uint64_t expected = fingerprint(view);
  std::atomic<bool> all_changed{false};
  uint64_t early = 0;
  uint64_t late = 0;
  std::thread reader([&] {
    early = fingerprint(view);
    while (!all_changed.load()) std::this_thread::yield();
    late = fingerprint(view);
  });
  for (int i = 0; i < 20'000; ++i) {
    local.run("SREM", "big", "member:" + std::to_string(i));
    local.run("SADD", "big", "other:" + std::to_string(i));
    local.run("SADD", "small:" + std::to_string(i % 300), "x" + std::to_string(i));
    local.run("SPOP", "mixed:" + std::to_string(i % 100));
    if (i % 16 == 0) engine.tick();
  }
  all_changed.store(true);
  reader.join();
  CHECK(early == expected);
  CHECK(late == expected);
  engine.epoch().end_snapshot(snapshot);
  while (engine.tick()) {
  }
  CHECK_FALSE(engine.epoch().has_retired());
}
