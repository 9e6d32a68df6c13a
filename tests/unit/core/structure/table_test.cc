#include "core/structure/table.h"

#include "tests/unit/core/structure/table_check.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

/// Keys that share 50 by 50 all bits of the hash that choose a bucket: they crowd into neighbours.
constexpr uint64_t kCrowd = 50;

struct Number {
  static constexpr uint8_t kKind = 3;
  uint64_t value;
  uint64_t version;

  std::string_view table_key() const { return bytes_of_key(value); }
  static std::string_view bytes_of_key(const uint64_t& key) {
    return {reinterpret_cast<const char*>(&key), sizeof key};
  }
  static size_t bytes(const Number&) { return sizeof(Number); }
  static uint64_t even_hash(uint64_t key) { return Random(key).next(); }
  static uint64_t crowded_hash(uint64_t key) {
    constexpr uint64_t kLow = (uint64_t{1} << 20) - 1;
    return (even_hash(key / kCrowd) & ~kLow) | (even_hash(key) & kLow);
  }
};

/// The smallest segments and pages: all of the directory's steps within a few hundred keys.
struct TinyLimits {
  static constexpr unsigned kPageBits = 1;
  static constexpr std::array<uint8_t, 3> kSteps = {1, 2, 3};
};
/// Segments that hold a crowd, in more buckets than away bits have names for.
struct SmallLimits {
  static constexpr unsigned kPageBits = 2;
  static constexpr std::array<uint8_t, 5> kSteps = {1, 3, 7, 11, 16};
};

/// A table, the model beside it, and a heap that may run out of memory.
template <class Limits>
class Pair {
 public:
  using Hash = uint64_t (*)(uint64_t);
  Pair(Hash hash, uint64_t seed)
      : hash_(hash), random_(seed), epoch_(heap_), table_(epoch_, rehash, this) {}
  ~Pair() { heap_.never_run_out(); }

  void step(uint64_t keys, unsigned insert_percent, bool may_run_out) {
    const uint64_t key = random_.below(keys);
    if (may_run_out) heap_.run_out_after(random_.below(6));
    if (random_.below(100) < insert_percent) {
      insert(key);
    } else {
      erase(key);
    }
    heap_.never_run_out();
  }

  void insert(uint64_t key) {
    if (model_.count(key) != 0) return;
    void* block = heap_.try_allocate(sizeof(Number));
    if (block == nullptr) return;
    auto item = Owned<Number>::adopt(::new (block) Number{key, ++versions_}, epoch_);
    try {
      table_.insert(std::move(item), hash_(key));
      model_[key] = versions_;
    } catch (const std::bad_alloc&) {
      REQUIRE(item);
      item.drop(epoch_);
      ++failures_;
    }
  }

  void erase(uint64_t key) {
    const auto place = table_.locate(Number::bytes_of_key(key), hash_(key));
    REQUIRE(static_cast<bool>(place) == (model_.erase(key) != 0));
    if (place) table_.extract(place).drop(epoch_);
  }

  void check() {
    REQUIRE(fault_of(table_, heap_) == "");
    REQUIRE(heap_.fault() == "");
    REQUIRE(table_.size() == model_.size());
    for (const auto& [key, version] : model_) {
      const Number* found = table_.find(Number::bytes_of_key(key), hash_(key));
      REQUIRE(found != nullptr);
      REQUIRE(found->version == version);
    }
    const uint64_t absent = ~uint64_t{0};
    REQUIRE(table_.find(Number::bytes_of_key(absent), hash_(absent)) == nullptr);
  }

  TrackingHeap& heap() { return heap_; }
  Epoch& epoch() { return epoch_; }
  Table<Number, Limits>& table() { return table_; }
  std::map<uint64_t, uint64_t>& model() { return model_; }
  Random& random() { return random_; }
  size_t failures() const { return failures_; }

 private:
  static uint64_t rehash(const Number& number, const void* pair) {
    return static_cast<const Pair*>(pair)->hash_(number.value);
  }

  Hash hash_;
  Random random_;
  TrackingHeap heap_;
  Epoch epoch_;
  Table<Number, Limits> table_;
  std::map<uint64_t, uint64_t> model_;
  uint64_t versions_ = 0;
  size_t failures_ = 0;
};

template <class Limits>
void grow_and_shrink(Pair<Limits>& pair, uint64_t keys, bool may_run_out) {
  for (unsigned phase = 0; phase < 6; ++phase) {
    for (uint64_t i = 0; i < keys * 2; ++i) {
      pair.step(keys, phase % 2 == 0 ? 85 : 15, may_run_out);
      if (i % 97 == 0) pair.check();
    }
  }
  for (uint64_t key = 0; key < keys; ++key) pair.erase(key);
  pair.check();
  CHECK(pair.table().bytes() < 512);
}

}  // namespace

TEST_CASE("a table equals its model while it grows and shrinks", "[table]") {
  SECTION("tiny segments") {
    Pair<TinyLimits> pair(Number::even_hash, 1);
    grow_and_shrink(pair, 700, false);
  }
  SECTION("crowds that overflow far") {
    Pair<SmallLimits> pair(Number::crowded_hash, 2);
    grow_and_shrink(pair, 1200, false);
  }
  SECTION("segments as they are") {
    Pair<TableLimits> pair(Number::even_hash, 3);
    grow_and_shrink(pair, 6000, false);
  }
}

TEST_CASE("a table without memory stays as it was", "[table]") {
  Pair<TinyLimits> pair(Number::even_hash, 4);
  grow_and_shrink(pair, 400, true);
  CHECK(pair.failures() > 50);
}

TEST_CASE("no insert, erase or clear costs more than a few blocks", "[table]") {
  Pair<TableLimits> pair(Number::even_hash, 5);
  TrackingHeap& heap = pair.heap();
  // Two segments and, at a doubling, four pages and a root, each made and let go; the item's own.
  constexpr uint64_t kCallsMax = 2 * (2 + 4 + 1) + 1;
  uint64_t worst = 0;
  const auto cost = [&](auto&& operation) {
    const uint64_t calls = heap.calls();
    operation();
    worst = std::max(worst, heap.calls() - calls);
  };
  for (uint64_t key = 0; key < 300'000; ++key) cost([&] { pair.insert(key); });
  for (uint64_t key = 0; key < 100'000; ++key) cost([&] { pair.erase(key); });
  CHECK(worst <= kCallsMax);

  worst = 0;
  cost([&] { pair.table().clear(); });
  CHECK(worst <= 1);  // the retire list's batch
  CHECK(pair.table().size() == 0);
  CHECK(heap.used() > 200'000 * sizeof(Number));
  worst = 0;
  bool more = true;
  while (more) cost([&] { more = pair.epoch().reclaim(64); });
  CHECK(worst <= 64 + 2);
  CHECK(heap.used() == 0);
}

TEST_CASE("a small table is small", "[table]") {
  Pair<TableLimits> pair(Number::even_hash, 6);
  CHECK(pair.heap().used() == 0);
  for (uint64_t key = 0; key < 3; ++key) pair.insert(key);
  CHECK(pair.table().bytes() == 16 + 16 + 128);  // root, page, one bucket
}

TEST_CASE("SCAN misses and repeats nothing, whatever happens between calls", "[table]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Pair<TinyLimits> pair(Number::even_hash, seed);
    constexpr uint64_t kStable = 300;
    for (uint64_t key = 0; key < kStable; ++key) pair.insert(key);
    // The others come in a flood and go again, over and over: the table doubles and halves.
    std::map<uint64_t, int> seen;
    uint64_t cursor = 0;
    unsigned calls = 0;
    do {
      const bool flood = calls % 16 < 8;
      for (unsigned i = 0; i < 100; ++i) {
        const uint64_t key = kStable + pair.random().below(1500);
        flood ? pair.insert(key) : pair.erase(key);
      }
      cursor = pair.table().scan(cursor, 7, [&](const Number& number) { ++seen[number.value]; });
      REQUIRE(cursor < (uint64_t{1} << 53));
    } while (cursor != 0 && ++calls < 10'000);
    REQUIRE(cursor == 0);
    for (const auto& [key, times] : seen) REQUIRE(times == 1);
    for (uint64_t key = 0; key < kStable; ++key) REQUIRE(seen.count(key) == 1);
  }
}

TEST_CASE("SCAN takes any cursor and does bounded work", "[table]") {
  Pair<TinyLimits> pair(Number::even_hash, 7);
  uint64_t none = pair.table().scan(12345, 10, [](const Number&) {});
  CHECK(none == 0);
  for (uint64_t key = 0; key < 1000; ++key) pair.insert(key);
  for (unsigned i = 0; i < 1000; ++i) {
    size_t items = 0;
    pair.table().scan(pair.random().next(), 10, [&](const Number&) { ++items; });
    CHECK(items <= 10 + 21);
  }
}

namespace {

/// All counts within six standard deviations of the mean.
void check_even(const std::map<uint64_t, uint64_t>& counts, size_t items, double draws) {
  REQUIRE(counts.size() == items);
  const double mean = draws / static_cast<double>(items);
  for (const auto& [key, count] : counts) {
    CAPTURE(key, count, mean);
    REQUIRE(std::abs(static_cast<double>(count) - mean) < 6 * std::sqrt(mean));
  }
}

/// Three quarters of the keys in an eighth of the hashes: segments of very different depths.
uint64_t lopsided_hash(uint64_t key) {
  const uint64_t hash = Number::even_hash(key);
  return key % 4 == 0 ? hash : hash >> 3;
}

}  // namespace

TEST_CASE("random items and samples are drawn without bias", "[table]") {
  const auto hash = GENERATE(&Number::even_hash, &lopsided_hash);
  Pair<TinyLimits> pair(hash, 8);
  const auto& table = pair.table();
  CHECK(table.random(pair.random()) == nullptr);
  for (uint64_t key = 0; key < 400; ++key) pair.insert(key);
  for (uint64_t key = 0; key < 150; ++key) pair.erase(key);
  constexpr unsigned kDraws = 250'000;

  std::map<uint64_t, uint64_t> counts;
  for (unsigned i = 0; i < kDraws; ++i) ++counts[table.random(pair.random())->value];
  check_even(counts, 250, kDraws);

  counts.clear();
  double drawn = 0;
  for (unsigned i = 0; i < kDraws / 5; ++i) {
    const Number* sample[5];
    const size_t found = table.sample(pair.random(), 5, sample);
    REQUIRE(found == 5);
    for (const Number* number : sample) ++counts[number->value];
    drawn += 5;
  }
  check_even(counts, 250, drawn);
}

TEST_CASE("a sample of more than there is is everything", "[table]") {
  Pair<TableLimits> pair(Number::even_hash, 9);
  for (uint64_t key = 0; key < 5; ++key) pair.insert(key);
  const Number* sample[16];
  CHECK(pair.table().sample(pair.random(), 16, sample) == 5);
}

TEST_CASE("a place's item is thawed, exchanged and replaced", "[table]") {
  Pair<TableLimits> pair(Number::even_hash, 10);
  pair.insert(7);
  auto& table = pair.table();
  const auto place = table.locate(Number::bytes_of_key(7), Number::even_hash(7));
  table.thaw(place).version = 70;
  CHECK(table.item(place).version == 70);
  const auto make = [&](uint64_t version) {
    return Owned<Number>::adopt(::new (pair.heap().allocate(sizeof(Number))) Number{7, version},
                                pair.epoch());
  };
  Owned<Number> old = table.exchange(place, make(71));
  CHECK(old->version == 70);
  CHECK(old.extra() == 0);
  old.release(pair.epoch());
  table.replace(place, make(72));
  pair.model()[7] = 72;
  pair.check();
}
