#include "core/keyspace/active_expiry.h"

#include "core/journal.h"
#include "core/keyspace/key_writer.h"
#include "core/stats.h"
#include "core/structure/pass_through_heap.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

constexpr int64_t kStart = 1'700'000'000'000;
constexpr size_t kMuch = 10'000;

struct Databases {
  explicit Databases(int count) {
    books.now_ms = books.expired_until_ms = kStart;
    active.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      all.push_back(std::make_unique<Keyspace>(values, i, kStart, &active));
    }
  }
  ~Databases() {
    all.clear();
    while (epoch.reclaim(SIZE_MAX)) {
    }
  }
  void put(size_t db, Bytes key, Expiry expiry) {
    KeyWriter(books, *all[db], key, all[db]->hash(key)).put_string("v", expiry);
  }
  /// What is left of a tick's budget.
  size_t tick(int64_t now_ms) {
    books.now_ms = books.expired_until_ms = now_ms;
    size_t budget = kMuch;
    active.tick(books, budget);
    return budget;
  }

  PassThroughHeap heap{system_allocator()};
  Epoch epoch{heap};
  Random random{1};
  ValueContext values{epoch, random, 42};
  Journal journal;
  Stats stats;
  Bookkeeping books{journal, stats, random};
  ActiveExpiry active;
  std::vector<std::unique_ptr<Keyspace>> all;
};

}  // namespace

TEST_CASE("databases in which nothing expires cost a turn nothing", "[expiry]") {
  Databases databases(1024);
  for (size_t db = 0; db < 1024; ++db) databases.put(db, "stays", Expiry::none());
  CHECK(databases.active.keyspaces() == 0);
  CHECK(databases.tick(kStart + 1) == kMuch);

  databases.put(7, "goes", Expiry::at(kStart + 100));
  databases.put(7, "goes too", Expiry::at(kStart + 200));
  databases.put(900, "goes", Expiry::at(kStart + 100));
  CHECK(databases.active.keyspaces() == 2);

  CHECK(databases.tick(kStart + 100) < kMuch);
  CHECK(databases.all[7]->size() == 2);
  CHECK(databases.all[900]->size() == 1);
  CHECK(databases.active.keyspaces() == 1);

  databases.tick(kStart + 1000);
  CHECK(databases.all[7]->size() == 1);
  CHECK(databases.active.keyspaces() == 0);
  CHECK(databases.tick(kStart + 2000) == kMuch);

  // Again, long after.
  databases.put(7, "goes", Expiry::at(kStart + 1'000'000));
  CHECK(databases.active.keyspaces() == 1);
  databases.tick(kStart + 1'000'000);
  CHECK(databases.all[7]->size() == 1);
  CHECK(databases.stats.expired_keys == 4);
}

TEST_CASE("what expires is known to do so after its database was swapped or cleared", "[expiry]") {
  Databases databases(3);
  databases.put(0, "goes", Expiry::at(kStart + 100));
  databases.all[0]->swap(*databases.all[1]);
  CHECK(databases.active.keyspaces() == 2);
  databases.tick(kStart);
  CHECK(databases.active.keyspaces() == 1);
  databases.tick(kStart + 100);
  CHECK(databases.all[1]->size() == 0);

  databases.put(2, "goes", Expiry::at(kStart + 500));
  databases.all[2]->clear();
  databases.tick(kStart + 200);
  CHECK(databases.active.keyspaces() == 0);
  databases.put(2, "goes", Expiry::at(kStart + 500));
  databases.tick(kStart + 500);
  CHECK(databases.all[2]->size() == 0);
}

TEST_CASE("a tick goes no further than its budget, and on from there", "[expiry]") {
  Databases databases(4);
  for (size_t db = 0; db < 4; ++db) {
    for (int key = 0; key < 50; ++key) {
      databases.put(db, std::to_string(key), Expiry::at(kStart + 10));
    }
  }
  databases.books.now_ms = databases.books.expired_until_ms = kStart + 10;
  int ticks = 0;
  for (; databases.active.keyspaces() != 0 && ticks < 1000; ++ticks) {
    size_t budget = 20;
    databases.active.tick(databases.books, budget);
  }
  CHECK(ticks > 10);
  CHECK(databases.stats.expired_keys == 200);
}
