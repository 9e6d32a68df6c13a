#include "core/keyspace/expiry.h"

#include "core/base/random.h"
#include "core/structure/epoch.h"
#include "core/structure/pass_through_heap.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

using namespace sorrel;

namespace {

constexpr int64_t kStart = 1'700'000'000'000;

struct Fixture {
  Entry* make(int64_t at_ms) {
    Entry::Shape shape;
    shape.has_expiry = true;
    shape.key_size = 1;
    Entry* entry = Entry::make(epoch, shape, "k");
    entry->expiry().at_ms = at_ms;
    return entry;
  }
  void free(Entry* entry) { heap.free(entry, Entry::bytes(*entry)); }

  PassThroughHeap heap{system_allocator()};
  Epoch epoch{heap};
  ExpiryIndex index{epoch, kStart};
};

}  // namespace

TEST_CASE("the expiry index hands out what is due, and nothing else", "[expiry]") {
  const uint64_t seed = GENERATE(1u, 2u, 3u, 4u);
  Fixture f;
  Random random(seed);
  std::multimap<int64_t, Entry*> model;
  int64_t now = kStart;
  // Times from the past to the end of all time, most of them near.
  const auto pick = [&]() -> int64_t {
    const uint64_t bits = random.below(64);
    const int64_t distance = static_cast<int64_t>(random.next() >> bits >> 1);
    if (random.below(20) == 0) return now - static_cast<int64_t>(random.below(1000));
    if (random.below(3) != 0) return now + static_cast<int64_t>(random.below(5000));
    return distance > INT64_MAX - now ? INT64_MAX : now + distance;
  };
  for (int step = 0; step < 30'000; ++step) {
    const uint64_t what = random.below(10);
    if (what < 5) {
      const int64_t at = pick();
      Entry* entry = f.make(at);
      f.index.insert(*entry);
      model.emplace(at, entry);
    } else if (what < 7 && !model.empty()) {
      auto it = model.lower_bound(pick());
      if (it == model.end()) it = model.begin();
      f.index.remove(*it->second);
      f.free(it->second);
      model.erase(it);
    } else if (what < 8 && !model.empty()) {
      auto it = model.begin();
      Entry* copy = Entry::clone(*it->second, f.epoch);
      f.index.moved(*copy);
      f.free(it->second);
      it->second = copy;
    } else {
      now += static_cast<int64_t>(random.below(random.below(50) == 0 ? 10'000'000 : 200));
      size_t budget = random.below(4) == 0 ? random.below(10) : 1'000'000;
      while (const Entry* entry = f.index.due(now, budget)) {
        const auto [first, last] = model.equal_range(entry->expiry().at_ms);
        auto it = first;
        while (it != last && it->second != entry) ++it;
        REQUIRE(it != last);
        REQUIRE(it->first <= now);
        f.index.remove(*entry);
        f.free(it->second);
        model.erase(it);
      }
      if (budget != 0) REQUIRE((model.empty() || model.begin()->first > now));
    }
    REQUIRE(f.index.size() == model.size());
  }
  f.index.clear();
  for (const auto& [at, entry] : model) f.free(entry);
  while (f.epoch.reclaim(64)) {
  }
  REQUIRE(f.heap.used() == 0);
}

TEST_CASE("an empty expiry index keeps no memory of a spike", "[expiry]") {
  Fixture f;
  std::vector<Entry*> entries;
  for (int i = 0; i < 100'000; ++i) {
    entries.push_back(f.make(kStart + 1000));
    f.index.insert(*entries.back());
  }
  // About 8.3 bytes each.
  size_t entry_bytes = 0;
  for (const Entry* entry : entries) entry_bytes += f.heap.footprint(Entry::bytes(*entry));
  const size_t index_bytes = f.heap.used() - entry_bytes;
  REQUIRE(index_bytes < 100'000 * 9);
  SECTION("as it is cleared at once") {
    f.index.clear();
    for (Entry* entry : entries) f.free(entry);
  }
  SECTION("as its entries go") {
    for (Entry* entry : entries) {
      f.index.remove(*entry);
      f.free(entry);
    }
  }
  // Nothing is freed by whoever took the last one out: that is left to slices.
  REQUIRE(f.heap.used() >= index_bytes);
  int slices = 1;
  while (f.epoch.reclaim(8)) ++slices;
  REQUIRE(slices == 4);  // 26 pages
  REQUIRE(f.heap.used() == 0);
  REQUIRE(f.index.bytes() == 0);
}

TEST_CASE("of an expiry index that shrinks, every entry is still drawn alike", "[expiry]") {
  Fixture f;
  std::vector<Entry*> entries;
  for (int i = 0; i < 20'000; ++i) {
    entries.push_back(f.make(kStart + 1000 + 100 * i));
    f.index.insert(*entries.back());
  }
  while (entries.size() > 20) {
    f.index.remove(*entries.back());
    f.free(entries.back());
    entries.pop_back();
  }
  Random random(3);
  std::map<const Entry*, int> drawn;
  const Entry* sample[10];
  for (int i = 0; i < 200; ++i) {
    const size_t found = f.index.sample(random, 10, sample);
    for (size_t s = 0; s < found; ++s) ++drawn[sample[s]];
  }
  REQUIRE(drawn.size() == entries.size());
  for (const Entry* entry : entries) REQUIRE(drawn[entry] > 50);
  f.index.clear();
  for (Entry* entry : entries) f.free(entry);
}
