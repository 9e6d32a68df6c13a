// A frozen keyspace with a hash whose fields expire, read by another thread while the loop goes on
// changing it: each walk sees the hash as it was.

#include "core/base/random.h"
#include "core/value/hash.h"
#include "tests/support/local_engine.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

using namespace sorrel;

namespace {

constexpr uint64_t kFields = 2000;

std::string field_name(uint64_t number) {
  return "field:" + std::to_string(number);
}

/// Order doesn't matter.
uint64_t checksum(const Collection& hash, const ValueContext& values) {
  uint64_t sum = 0;
  PackElement::Scratch scratch;
  HashReader(hash, values, INT64_MIN).for_each([&](const HashItem& item) {
    const uint64_t field = values.hash(item.field.bytes(scratch));
    const uint64_t value = values.hash(item.value.bytes(scratch));
    sum += (field ^ value * 3) * static_cast<uint64_t>(item.expires_ms | 1);
  });
  return sum;
}

void change(LocalEngine& local, Random& random) {
  const std::string field = field_name(random.below(kFields));
  switch (random.below(5)) {
    case 0:
      return static_cast<void>(local.run("HDEL", "h", field));
    case 1:
    case 2:
      return static_cast<void>(local.run("HSET", "h", field, std::to_string(random.next())));
    case 3:
      return static_cast<void>(
          local.run("HPEXPIRE", "h", std::to_string(1 + random.below(3000)), "FIELDS", "1", field));
    default:
      local.clock.advance_ms(1);
      local.engine.begin_turn();
      local.engine.tick();
  }
}

}  // namespace

TEST_CASE("a frozen hash stays as it was while another thread reads it", "[hash][threaded]") {
  LocalEngine local;
  Random random(11);
  Engine& engine = local.engine;
  for (uint64_t i = 0; i < kFields; ++i) local.run("HSET", "h", field_name(i), std::to_string(i));
  for (int round = 0; round < 20; ++round) {
    const SnapshotId id = engine.epoch().begin_snapshot();
    const Table<Entry>::View view = engine.database(0).table().freeze();
    const Entry* entry = view.find("h", engine.database(0).hash("h"));
    REQUIRE(entry != nullptr);
    const uint64_t expected = checksum(*entry->collection(), engine.value_context());
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    std::thread reader([&] {
      for (int walk = 0; walk < 8; ++walk) {
        wrong += checksum(*entry->collection(), engine.value_context()) != expected;
      }
      done = true;
    });
    while (!done) change(local, random);
    reader.join();
    CHECK(wrong == 0);
    engine.epoch().end_snapshot(id);
  }
}
