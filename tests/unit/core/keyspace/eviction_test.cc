#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

void configure(LocalEngine& local, Bytes name, Bytes value) {
  const Settings::NamedValue pair[] = {{std::string(name), std::string(value)}};
  REQUIRE(!local.settings.set_many(pair));
}

std::string key_of(int i) {
  return "key:" + std::to_string(i);
}

// Fills 2,000 keys, uses (or changes) the first 200 later, then makes only half of it fit.
int survivors_of_the_used(Bytes policy, bool volatile_keys) {
  LocalEngine local;
  configure(local, "maxmemory-policy", policy);
  for (int i = 0; i < 2000; ++i) {
    local.run("SET", key_of(i), std::string(100, 'x'));
    if (volatile_keys) local.run("EXPIRE", key_of(i), std::to_string(i < 200 ? 5000 : 1000 + i));
  }
  local.clock.advance_ms(120'000);
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 200; ++i) {
      const bool modify = policy.find("lrm") != Bytes::npos;
      modify ? local.run("EXPIRE", key_of(i), "5000") : local.run("GET", key_of(i));
    }
  }
  configure(local, "maxmemory", std::to_string(local.engine.used_memory() / 2));
  local.run("PING");
  while (local.engine.tick()) {
  }
  int alive = 0;
  for (int i = 0; i < 200; ++i) alive += local.run("EXISTS", key_of(i)) == ":1\r\n";
  REQUIRE(local.engine.used_memory() <= static_cast<size_t>(local.engine.values().maxmemory));
  REQUIRE(local.engine.stats().evicted_keys > 500);
  return alive;
}

}  // namespace

TEST_CASE("eviction takes what its policy says", "[eviction]") {
  // Approximated by samples, so a few of the wrong ones may go.
  CHECK(survivors_of_the_used("allkeys-lru", false) > 190);
  CHECK(survivors_of_the_used("allkeys-lfu", false) > 190);
  CHECK(survivors_of_the_used("volatile-lru", true) > 190);
  CHECK(survivors_of_the_used("volatile-lfu", true) > 190);
  CHECK(survivors_of_the_used("volatile-ttl", true) > 190);
  CHECK(survivors_of_the_used("allkeys-lrm", false) > 190);
  CHECK(survivors_of_the_used("volatile-lrm", true) > 190);
  const int by_chance = survivors_of_the_used("allkeys-random", false);
  CHECK(by_chance > 50);
  CHECK(by_chance < 150);
  const int volatile_by_chance = survivors_of_the_used("volatile-random", true);
  CHECK(volatile_by_chance > 50);
  CHECK(volatile_by_chance < 150);
}

TEST_CASE("without anything to evict, commands that need memory are refused", "[eviction]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  configure(local, "maxmemory", "1");
  CHECK(local.run("SET", "b", "1") ==
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(local.run("GET", "a") == "$1\r\n1\r\n");
  configure(local, "maxmemory-policy", "volatile-lru");
  CHECK(local.run("SET", "b", "1").substr(0, 4) == "-OOM");
  CHECK(local.run("DEL", "a") == ":1\r\n");
}

TEST_CASE("a giant that was deleted is freed in slices before a command, too", "[eviction]") {
  /// Half a millisecond passes from one look to the next.
  struct FastClock final : Clock {
    int64_t unix_us() override { return 1'700'000'000'000'000 + ns / 1000; }
    int64_t monotonic_ns() override { return ns += 500'000; }
    int64_t ns = 0;
  };
  FastClock clock;
  TestHost host;
  Settings settings;
  Engine engine({.clock = &clock, .host = &host, .settings = &settings});
  Session session(nullptr);
  engine.open_session(session);
  const auto run = [&](const std::vector<Bytes>& args) { engine.execute(session, args); };
  const size_t small = engine.used_memory() + 100'000;
  for (int i = 0; i < 30'000; ++i) run({"HSET", "giant", key_of(i), "value"});
  run({"DEL", "giant"});
  const Settings::NamedValue limit[] = {{"maxmemory", std::to_string(small)}};
  REQUIRE(!settings.set_many(limit));
  const size_t before = engine.used_memory();
  run({"SET", "key", "value"});
  CHECK(engine.used_memory() < before);
  CHECK(engine.epoch().has_ready());
  while (engine.tick()) {
  }
  CHECK(engine.used_memory() <= small);
  engine.close_session(session);
}

TEST_CASE("the client that takes most is evicted when clients take too much", "[eviction]") {
  LocalEngine local;
  Session small(nullptr);
  Session big(nullptr);
  Session spared(nullptr);
  for (Session* session : {&small, &big, &spared}) local.engine.open_session(*session);
  spared.set(Session::kNoEvict);
  local.engine.account_session(small, 100'000);
  local.engine.account_session(big, 5'000'000);
  local.engine.account_session(spared, 9'000'000);
  configure(local, "maxmemory-clients", "10mb");
  local.engine.tick();
  CHECK(big.has(Session::kCloseNow));
  CHECK(!small.has(Session::kCloseNow));
  CHECK(!spared.has(Session::kCloseNow));
  for (Session* session : {&small, &big, &spared}) local.engine.close_session(*session);
  CHECK(local.engine.client_memory().total() == 0);
}
