#include "core/value/hash.h"

#include "tests/support/scenario.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace sorrel;

namespace {

// The scenario's clock stands at 1700000000000 ms.

std::string fields_of_one_hash(size_t count, const std::string& value) {
  std::string line;
  for (size_t i = 0; i < count; ++i) line += " f" + std::to_string(i) + " " + value;
  return line;
}

}  // namespace

TEST_CASE("what commands on hashes announce and journal", "[hash]") {
  Scenario run;
  CHECK(run("HSET h a 1 b 2") == ":2");
  CHECK(run("HSET h a 1") == ":0");
  CHECK(run("HMSET h c 3") == "+OK");
  CHECK(run("HSETNX h a 9") == ":0");
  CHECK(run("HSETNX h d 4") == ":1");
  CHECK(run("HINCRBY h a 2") == ":3");
  CHECK(run("HINCRBYFLOAT h a 0.5") == "$3 3.5");
  CHECK(run("HDEL h x") == ":0");
  CHECK(run("HDEL h a x b") == ":2");
  CHECK(run("HDEL h c d") == ":2");
  CHECK(run("HDEL h c") == ":0");
  CHECK(run.events() ==
        "new:h hset:h hset:h hset:h hset:h hincrby:h hincrbyfloat:h hdel:h hdel:h del:h");
  CHECK(run.journal() ==
        "SELECT 0; HSET h a 1 b 2; HSET h a 1; HMSET h c 3; HSETNX h d 4; HINCRBY h a 2; "
        "HSET h a 3.5; HDEL h a x b; HDEL h c d");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("commands on hashes count their changes", "[hash]") {
  Scenario run;
  const auto dirty = [&] { return run.local.engine.books().dirty; };
  run("HSET h a 1 b 2 c 3");
  CHECK(dirty() == 3);
  run("HDEL h a b x");
  CHECK(dirty() == 5);
  run("HDEL h x");
  run("HSETNX h c 1");
  CHECK(dirty() == 5);
  run("HEXPIRE h 10 FIELDS 2 c x");
  CHECK(dirty() == 6);
  run("HPERSIST h FIELDS 2 c x");
  run("HPERSIST h FIELDS 2 c x");
  CHECK(dirty() == 7);
  run("HDEL h c");
  CHECK(dirty() == 8);
}

TEST_CASE("what fields' expiries announce and journal", "[hash][expire]") {
  Scenario run;
  run("HSET h a 1 b 2 c 3");
  run.events();
  run.journal();
  CHECK(run("HEXPIRE h 10 FIELDS 2 a x") == "*2 :1 :-2");
  CHECK(run("HEXPIRE h 10 NX FIELDS 1 a") == "*1 :0");
  CHECK(run("HPERSIST h FIELDS 2 a b") == "*2 :1 :-1");
  CHECK(run("HPERSIST h FIELDS 2 a b") == "*2 :-1 :-1");
  CHECK(run("HGETEX h PX 500 FIELDS 2 b x") == "*2 $1 2 $-1");
  CHECK(run("HINCRBYFLOAT h b 1") == "$1 3");
  CHECK(run("HGETEX h PERSIST FIELDS 2 a b") == "*2 $1 1 $1 3");
  CHECK(run("HGETEX h PERSIST FIELDS 2 a b") == "*2 $1 1 $1 3");
  CHECK(run("HEXPIREAT h 1 FIELDS 2 a x") == "*2 :2 :-2");
  CHECK(run.events() == "hexpire:h hpersist:h hexpire:h hincrbyfloat:h hpersist:h hdel:h");
  CHECK(run.journal() ==
        "HPEXPIREAT h 1700000010000 FIELDS 1 a; HPERSIST h FIELDS 2 a b; "
        "HPEXPIREAT h 1700000000500 FIELDS 1 b; HSETEX h KEEPTTL FIELDS 1 b 3; "
        "HPERSIST h FIELDS 1 b; HDEL h a");
  CHECK(run("HSETEX h EX 1 FIELDS 2 d 4 e 5") == ":1");
  CHECK(run("HSETEX h FNX EX 1 FIELDS 1 d 4") == ":0");
  CHECK(run("HSETEX h KEEPTTL FIELDS 1 d 6") == ":1");
  CHECK(run("HSETEX h FIELDS 1 e 7") == ":1");
  CHECK(run("HSETEX h PXAT 5 FIELDS 2 b 0 x 0") == ":1");
  CHECK(run("HGETDEL h FIELDS 2 c x") == "*2 $1 3 $-1");
  CHECK(run("HGETDEL h FIELDS 1 x") == "*1 $-1");
  CHECK(run("HGETDEL h FIELDS 2 d e") == "*2 $1 6 $1 7");
  CHECK(run.events() == "hset:h hexpire:h hset:h hset:h hdel:h hdel:h hdel:h del:h");
  CHECK(run.journal() ==
        "HSETEX h PXAT 1700000001000 FIELDS 2 d 4 e 5; HSETEX h KEEPTTL FIELDS 1 d 6; "
        "HSET h e 7; HDEL h b; HDEL h c; HDEL h d e");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("fields go when their time comes, lazily and actively", "[hash][expire]") {
  const bool big = GENERATE(false, true);
  const bool actively = GENERATE(false, true);
  Scenario run;
  run("HSET h a 1 b 2 c " + std::string(big ? 100 : 1, '3'));
  run("HPEXPIRE h 100 FIELDS 1 a");
  run("HPEXPIRE h 200 FIELDS 2 b c");
  run.events();
  run.journal();
  const auto look = [&] {
    if (actively) run.local.engine.begin_turn();
    actively ? static_cast<void>(run.local.engine.tick()) : static_cast<void>(run("EXISTS h"));
    run("PING");
  };
  run.local.clock.advance_ms(100);
  look();
  CHECK(run.events() == "hexpired:h");
  CHECK(run.journal() == "HDEL h a");
  CHECK(run.local.engine.stats().expired_subkeys == 1);
  CHECK(run("HLEN h") == ":2");
  run.local.clock.advance_ms(100);
  look();
  CHECK(run.events() == (actively ? "hexpired:h del:h" : "hexpired:h del:h keymiss:h"));
  CHECK(run.journal() == "DEL h");
  CHECK(run.local.engine.stats().expired_subkeys == 3);
  CHECK(run("DBSIZE") == ":0");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("expired fields are gone where nothing may be deleted", "[hash][expire]") {
  const bool big = GENERATE(false, true);
  Scenario run;
  if (big) run("CONFIG SET hash-max-listpack-entries 0");
  run("HSET h a 1 b 2 c 3");
  run("HPEXPIRE h 100 FIELDS 2 a b");
  run.local.engine.books().expiry_deletes = false;
  run.local.clock.advance_ms(100);
  run.local.engine.begin_turn();
  run.local.engine.tick();
  CHECK(run("HLEN h") == ":1");
  CHECK(run("HGETALL h") == "*2 $1 c $1 3");
  CHECK(run("HRANDFIELD h -3") == "*3 $1 c $1 c $1 c");
  CHECK(run("HRANDFIELD h 3") == "*1 $1 c");
  CHECK(run("HSCAN h 0") == "*2 $1 0 *2 $1 c $1 3");
  CHECK(run("HGET h a") == "$-1");
  CHECK(run("HPEXPIRETIME h FIELDS 2 a c") == "*2 :-2 :-1");
  run.local.engine.books().expiry_deletes = true;
  run("HPEXPIRE h 50 FIELDS 1 c");
  run.local.engine.books().expiry_deletes = false;
  run.local.clock.advance_ms(50);
  CHECK(run("EXISTS h") == ":0");
  CHECK(run("DBSIZE") == ":1");
}

TEST_CASE("many fields that expire at once go a few a turn", "[hash][expire]") {
  Scenario run;
  CHECK(run("HSET h keep 1" + fields_of_one_hash(3000, "1")) == ":3001");
  std::string line = "HPEXPIRE h 100 FIELDS 3000";
  for (size_t i = 0; i < 3000; ++i) line += " f" + std::to_string(i);
  run(line);
  run.local.clock.advance_ms(100);
  run.local.engine.begin_turn();
  Engine& engine = run.local.engine;
  CHECK(engine.tick());
  const uint64_t first = engine.stats().expired_subkeys;
  CHECK(first > 0);
  CHECK(first < 1000);
  // Whoever looks sees the end of it at once, and pays for a few more.
  CHECK(run("HLEN h") == ":1");
  CHECK(engine.stats().expired_subkeys - first <= Keyspace::kElementsExpiredOnAccess);
  CHECK(run("HSET h f2999 new") == ":1");
  CHECK(run("HTTL h FIELDS 2 f2999 f2998") == "*2 :-1 :-2");
  while (engine.tick()) {
  }
  CHECK(engine.stats().expired_subkeys == 2999);
  CHECK(run("HGETALL h").starts_with("*4"));
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("a hash of which everything expires goes as one", "[hash][expire]") {
  Scenario run;
  run("HSET h" + fields_of_one_hash(3000, "1"));
  std::string line = "HPEXPIRE h 100 FIELDS 3000";
  for (size_t i = 0; i < 3000; ++i) line += " f" + std::to_string(i);
  run(line);
  run.events();
  run.journal();
  run.local.clock.advance_ms(100);
  CHECK(run("HGET h f1") == "$-1");
  CHECK(run.events() == "hexpired:h del:h keymiss:h");
  CHECK(run.journal() == "DEL h");
  CHECK(run.local.engine.stats().expired_subkeys == 3000);
}

TEST_CASE("fields' expiries follow the key", "[hash][expire]") {
  Scenario run;
  const auto http = [&](const char* key) {
    return run("HPTTL " + std::string(key) + " FIELDS 1 a");
  };
  run("HSET h a 1 b 2");
  run("HPEXPIRE h 1000 FIELDS 1 a");
  run("RENAME h renamed");
  CHECK(http("renamed") == "*1 :1000");
  run("COPY renamed copied");
  run("HPEXPIRE copied 500 FIELDS 1 a");
  CHECK(http("renamed") == "*1 :1000");
  run("EXPIRE renamed 100");
  CHECK(http("renamed") == "*1 :1000");
  run("PERSIST renamed");
  run("MOVE renamed 3");
  run("SWAPDB 3 4");
  run("SELECT 4");
  CHECK(http("renamed") == "*1 :1000");
  run.local.clock.advance_ms(999);
  run.local.engine.begin_turn();
  run.local.engine.tick();
  run("SELECT 0");
  CHECK(run("HGETALL copied") == "*2 $1 b $1 2");
  run("SELECT 4");
  CHECK(http("renamed") == "*1 :1");
  run.local.clock.advance_ms(1);
  run.local.engine.begin_turn();
  run.local.engine.tick();
  CHECK(run.local.engine.database(4).table().size() == 1);
  CHECK(run("HGETALL renamed") == "*2 $1 b $1 2");
  CHECK(run.local.engine.database(4).element_expiries().size() == 0);
  // What takes the key's place knows nothing of them.
  run("HPEXPIRE renamed 10 FIELDS 1 b");
  run("SET renamed string");
  run.local.clock.advance_ms(20);
  run.local.engine.begin_turn();
  run.local.engine.tick();
  CHECK(run("GET renamed") == "$6 string");
  CHECK(run.rebuilt() == run.data());
}

TEST_CASE("HRANDFIELD gives every field the same chance", "[hash]") {
  const size_t fields = GENERATE(10u, 700u);
  LocalEngine local;
  std::vector<std::string> names;
  for (size_t i = 0; i < fields; ++i) {
    names.push_back("field:" + std::to_string(i));
    local.run("HSET", "h", names.back(), "1");
  }
  const HashReader hash(
      *local.engine.database(0).table().find("h", local.engine.database(0).hash("h"))->collection(),
      local.engine.value_context(), 0);
  const auto spread = [&](size_t rounds, const auto& draw) {
    std::map<std::string, double> seen;
    double drawn = 0;
    PackElement::Scratch scratch;
    for (size_t i = 0; i < rounds; ++i) {
      draw([&](const HashItem& item) {
        ++seen[std::string(item.field.bytes(scratch))];
        ++drawn;
      });
    }
    // Chi squared over its degrees of freedom: about 1, far more when some are favoured.
    const double expected = drawn / static_cast<double>(fields);
    double chi = 0;
    for (const std::string& name : names) {
      chi += (seen[name] - expected) * (seen[name] - expected) / expected;
    }
    return chi / static_cast<double>(fields - 1);
  };
  Random random(7);
  CHECK(spread(1, [&](auto visit) { hash.draw(random, 100'000, visit); }) < 1.6);
  CHECK(spread(20'000, [&](auto visit) { hash.draw_different(random, 3, visit); }) < 1.6);
  CHECK(spread(2'000, [&](auto visit) { hash.draw_different(random, fields / 2, visit); }) < 1.6);
}

TEST_CASE("what a hash takes of memory, and how it is told", "[hash]") {
  Scenario run;
  run("HSET h a 1");
  const auto usage = [&](const char* key) {
    return std::stoll(run("MEMORY USAGE " + std::string(key) + " SAMPLES 0").substr(1));
  };
  const int64_t small = usage("h");
  run("HSET big" + fields_of_one_hash(2000, "0123456789"));
  const int64_t big = usage("big");
  CHECK(small < 200);
  CHECK(big > 2000 * 24);
  CHECK(big < 2000 * 70);
  run.local.engine.tick();
  const size_t used = run.local.engine.heap().used();
  run("DEL big");
  while (run.local.engine.tick()) {
  }
  const auto freed = static_cast<int64_t>(used - run.local.engine.heap().used());
  CHECK(std::abs(freed - big) < 100);
}

TEST_CASE("a copy of a hash shares nothing with it", "[hash]") {
  Scenario run;
  run("HSET h" + fields_of_one_hash(1000, "value"));
  run("HPEXPIRE h 1000 FIELDS 2 f1 f2");
  CHECK(run("COPY h copy") == ":1");
  CHECK(run("DEBUG DIGEST-VALUE h") == run("DEBUG DIGEST-VALUE copy"));
  run("HSET copy f1 other");
  CHECK(run("HGET h f1") == "$5 value");
  CHECK(run("HPTTL h FIELDS 1 f1") == "*1 :1000");
  run("DEL h");
  CHECK(run("HLEN copy") == ":1000");
  CHECK(run.rebuilt() == run.data());
}
