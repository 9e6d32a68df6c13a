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

TEST_CASE("what members' expiries announce and journal", "[set][expire]") {
  Scenario run;
  run("SADD s a b c");
  run.events();
  run.journal();
  CHECK(run("SEXPIRE s 10 MEMBERS 2 a x") == "*2 :1 :-2");
  CHECK(run("SEXPIRE s 10 NX MEMBERS 1 a") == "*1 :0");
  CHECK(run("SPERSIST s MEMBERS 2 a b") == "*2 :1 :-1");
  CHECK(run("SPERSIST s MEMBERS 2 a b") == "*2 :-1 :-1");
  CHECK(run("SPEXPIRE s 500 MEMBERS 2 b c") == "*2 :1 :1");
  CHECK(run("SEXPIREAT s 1 MEMBERS 2 a x") == "*2 :2 :-2");
  CHECK(run.events() == "sexpire:s spersist:s sexpire:s srem:s");
  CHECK(run.journal() ==
        "SPEXPIREAT s 1700000010000 MEMBERS 1 a; SPERSIST s MEMBERS 2 a b; "
        "SPEXPIREAT s 1700000000500 MEMBERS 2 b c; SREM s a");
  CHECK(run("SEXPIRE s 0 MEMBERS 2 b c") == "*2 :2 :2");
  CHECK(run.events() == "srem:s del:s");
  CHECK(run.journal() == "SREM s b c");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("members go when their time comes, lazily and actively", "[set][expire]") {
  const bool actively = GENERATE(false, true);
  Scenario run;
  run("SADD s a b c");
  run("SPEXPIRE s 100 MEMBERS 1 a");
  run("SPEXPIRE s 200 MEMBERS 2 b c");
  run.events();
  run.journal();
  const auto look = [&] {
    if (actively) run.local.engine.begin_turn();
    actively ? static_cast<void>(run.local.engine.tick()) : static_cast<void>(run("EXISTS s"));
    run("PING");
  };
  run.local.clock.advance_ms(100);
  look();
  CHECK(run.events() == "sexpired:s");
  CHECK(run.journal() == "SREM s a");
  CHECK(run.local.engine.stats().expired_subkeys == 1);
  CHECK(run("SCARD s") == ":2");
  run.local.clock.advance_ms(100);
  look();
  CHECK(run.events() == (actively ? "sexpired:s del:s" : "sexpired:s del:s keymiss:s"));
  CHECK(run.journal() == "DEL s");
  CHECK(run.local.engine.stats().expired_subkeys == 3);
  CHECK(run("DBSIZE") == ":0");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("expired members are gone where nothing may be deleted", "[set][expire]") {
  Scenario run;
  run("SADD s a b c");
  run("SADD other a c");
  run("ZADD z 1 a 2 c");
  run("SPEXPIRE s 100 MEMBERS 2 a b");
  run.local.engine.books().expiry_deletes = false;
  run.local.clock.advance_ms(100);
  run.local.engine.begin_turn();
  run.local.engine.tick();
  CHECK(run("SCARD s") == ":1");
  CHECK(run("SMEMBERS s") == "*1 $1 c");
  CHECK(run("SISMEMBER s a") == ":0");
  CHECK(run("SMISMEMBER s a c") == "*2 :0 :1");
  CHECK(run("SRANDMEMBER s -3") == "*3 $1 c $1 c $1 c");
  CHECK(run("SRANDMEMBER s 3") == "*1 $1 c");
  CHECK(run("SSCAN s 0") == "*2 $1 0 *1 $1 c");
  CHECK(run("SINTER s other") == "*1 $1 c");
  CHECK(run("SDIFF other s") == "*1 $1 a");
  CHECK(run("SUNION s s") == "*1 $1 c");
  CHECK(run("SUNIONCARD 1 s") == ":1");
  CHECK(run("ZINTER 2 z s") == "*1 $1 c");
  CHECK(run("SORT s ALPHA") == "*1 $1 c");
  CHECK(run("SPEXPIRETIME s MEMBERS 2 a c") == "*2 :-2 :-1");
  CHECK(run("SADD s a") == ":1");
  CHECK(run("SMOVE s other b") == ":0");
  CHECK(run("SREM s b") == ":0");
  CHECK(run("SPOP s 5").starts_with("*2 "));
  CHECK(run("EXISTS s") == ":0");
  CHECK(run("DBSIZE") == ":2");
}

TEST_CASE("many members that expire at once go a few a turn", "[set][expire]") {
  Scenario run;
  std::vector<std::string> members = {"SADD", "s", "keep"};
  std::vector<std::string> expire = {"SPEXPIRE", "s", "100", "MEMBERS", "3000"};
  for (int i = 0; i < 3000; ++i) members.push_back("m" + std::to_string(i));
  expire.insert(expire.end(), members.begin() + 3, members.end());
  CHECK(run(members) == ":3001");
  run(expire);
  run.local.clock.advance_ms(100);
  run.local.engine.begin_turn();
  Engine& engine = run.local.engine;
  CHECK(engine.tick());
  const uint64_t first = engine.stats().expired_subkeys;
  CHECK(first > 0);
  CHECK(first < 1000);
  // Whoever looks sees the end of it at once, and pays for a few more.
  CHECK(run("SCARD s") == ":1");
  CHECK(engine.stats().expired_subkeys - first <= Keyspace::kElementsExpiredOnAccess);
  CHECK(run("SRANDMEMBER s 2") == "*1 $4 keep");
  CHECK(run("SADD s m2999") == ":1");
  CHECK(run("STTL s MEMBERS 2 m2999 m2998") == "*2 :-1 :-2");
  while (engine.tick()) {
  }
  CHECK(engine.stats().expired_subkeys == 3000);
  CHECK(run("SMEMBERS s").starts_with("*2"));
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("what a command makes of due elements is what the journal makes of them",
          "[set][hash][expire]") {
  Scenario run;
  std::vector<std::string> members = {"SADD", "s", "keep"};
  std::vector<std::string> fields = {"HSET", "h", "keep", "1"};
  for (int i = 0; i < 500; ++i) {
    members.push_back("m" + std::to_string(i));
    fields.insert(fields.end(), {"m" + std::to_string(i), "7"});
  }
  run(members);
  run(fields);
  members.erase(members.begin(), members.begin() + 3);
  std::vector<std::string> expire = {"SPEXPIRE", "s", "100", "MEMBERS", "500"};
  expire.insert(expire.end(), members.begin(), members.end());
  run(expire);
  run("COPY s copy");
  run("COPY s sorted");
  expire[0] = "HPEXPIRE";
  expire[1] = "h";
  expire[3] = "FIELDS";
  run(expire);
  run("SADD from m497 m498");
  run.local.engine.set_active_expiry(false);
  run.local.clock.advance_ms(100);
  // Each looks at elements that nobody has taken out yet.
  CHECK(run("SADD s m499 keep") == ":1");
  CHECK(run("SMOVE from s m498") == ":1");
  CHECK(run("HSETNX h m499 new") == ":1");
  CHECK(run("HINCRBY h m498 1") == ":1");
  CHECK(run("HSETEX h KEEPTTL FIELDS 1 m497 new") == ":1");
  CHECK(run("SUNIONSTORE union copy from") == ":2");
  CHECK(run("SORT sorted ALPHA STORE list") == ":1");
  CHECK(run("STTL s MEMBERS 2 m499 m498") == "*2 :-1 :-1");
  CHECK(run("HTTL h FIELDS 3 m499 m498 m497") == "*3 :-1 :-1 :-1");
  run.local.engine.set_active_expiry(true);
  run.local.engine.begin_turn();
  while (run.local.engine.tick()) {
  }
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a popped set keeps the expiries of what is left", "[set][expire]") {
  Scenario run;
  std::vector<std::string> members = {"SADD", "s"};
  for (int i = 0; i < 1000; ++i) members.push_back("m" + std::to_string(i));
  run(members);
  members.erase(members.begin(), members.begin() + 2);
  members.insert(members.begin(), {"SPEXPIRE", "s", "100000", "MEMBERS", "1000"});
  run(members);
  run("SPOP s 999");
  const std::string left = run("SRANDMEMBER s");
  CHECK(run("SPTTL s MEMBERS 1 " + left.substr(left.find(' ') + 1)) == "*1 :100000");
  CHECK(run.rebuilt() == run.data());
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
  SetEditor editor(set, values, 0);
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
