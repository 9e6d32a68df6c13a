// Sorted sets against a plain model: every encoding, frozen views walked late and on another
// thread, and no memory at any moment.

#include "core/value/zset.h"

#include "core/value/zset_builder.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace sorrel;

namespace {

using Pairs = std::vector<std::pair<std::string, double>>;

/// Members by text, and the order that follows.
class Model {
 public:
  void put(const std::string& member, double score) {
    erase(member);
    scores_[member] = score;
    order_.insert({score, member});
  }
  bool erase(const std::string& member) {
    const auto found = scores_.find(member);
    if (found == scores_.end()) return false;
    order_.erase({found->second, member});
    scores_.erase(found);
    return true;
  }
  std::optional<double> score(const std::string& member) const {
    const auto found = scores_.find(member);
    return found == scores_.end() ? std::nullopt : std::optional<double>(found->second);
  }
  Pairs pairs() const {
    Pairs pairs;
    for (const auto& [score, member] : order_) pairs.emplace_back(member, score);
    return pairs;
  }
  size_t size() const { return scores_.size(); }

 private:
  std::map<std::string, double> scores_;
  std::set<std::pair<double, std::string>> order_;
};

Pairs pairs_of(const Zset& set, const RankRange& range, bool reverse = false) {
  Pairs pairs;
  set.for_each(range, reverse,
               [&](Bytes member, double score) { pairs.emplace_back(std::string(member), score); });
  return pairs;
}

Pairs pairs_of(const Owned<Collection>& set) {
  return set ? pairs_of(Zset(*set), Zset(*set).all()) : Pairs();
}

/// A set, its model, and snapshots of both.
class Game {
 public:
  explicit Game(uint64_t seed, size_t keys) : random_(seed), keys_(keys) {
    values_.limits.zset_pack_members_max = 8;
    values_.limits.zset_pack_member_bytes_max = 12;
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      if (random_.below(64) == 0 && frozen_.size() < 3) freeze();
      if (random_.below(64) == 0 && !frozen_.empty()) thaw(random_.below(frozen_.size()));
      growing_ = step / 512 % 2 == 0;
      operate();
      if (random_.below(16) == 0) epoch_.reclaim(random_.below(64));
      if (random_.below(32) == 0) check();
    }
    while (!frozen_.empty()) thaw(0);
    check();
  }

  /// The same where memory ends now and then: nothing may have changed.
  void play_without_memory(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      heap_.run_out_after(random_.below(6));
      const Pairs before = pairs_of(set_);
      const Model model = model_;
      bool failed = false;
      try {
        growing_ = step / 256 % 2 == 0;
        put_or_erase();
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      heap_.never_run_out();
      if (failed) model_ = model;
      if (failed) REQUIRE(pairs_of(set_) == before);
      REQUIRE(pairs_of(set_) == model_.pairs());
      if (random_.below(100) == 0 && frozen_.size() < 2) freeze();
      if (random_.below(100) == 0 && !frozen_.empty()) thaw(0);
      while (epoch_.reclaim(64)) {
      }
    }
    while (!frozen_.empty()) thaw(0);
    check();
  }

  ~Game() {
    set_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

 private:
  struct Frozen {
    SnapshotId id;
    const Collection* set;
    Pairs pairs;
  };

  std::string member() {
    const uint64_t number = random_.below(keys_);
    // Numbers are packed as such; a few are too long for a pack.
    return number % 50 == 7 ? "a long member " + std::to_string(number) : std::to_string(number);
  }
  double score() {
    static constexpr double kScores[] = {0, -0.0, 1, 1.5, -2.25, 1e17, -1e300};
    if (random_.below(3) == 0) return kScores[random_.below(std::size(kScores))];
    return static_cast<double>(random_.below(40)) - 20;
  }

  void operate() {
    if (random_.below(40) == 0 && set_) return erase_range();
    if (random_.below(1000) == 0 && set_) return copy();
    put_or_erase();
  }

  void put_or_erase() {
    const std::string text = member();
    if (set_ && random_.below(100) < (growing_ ? 20u : 75u)) {
      const bool expected = model_.erase(text);
      const bool erased = Zset::erase(set_, text, values_);
      REQUIRE(erased == expected);
      return drop_empty();
    }
    put(text);
  }

  void put(const std::string& text) {
    Zset::AddRule rule;
    rule.only_new = random_.below(8) == 0;
    rule.only_there = !rule.only_new && random_.below(8) == 0;
    rule.only_greater = !rule.only_new && random_.below(8) == 0;
    rule.only_less = !rule.only_new && !rule.only_greater && random_.below(8) == 0;
    rule.increment = random_.below(4) == 0;
    const double given = score();
    const std::optional<double> present = model_.score(text);
    const double wanted = present && rule.increment ? *present + given : given;
    const bool refused = present ? rule.only_new || (rule.only_greater && wanted <= *present) ||
                                       (rule.only_less && wanted >= *present)
                                 : rule.only_there;
    if (!refused && !(present && wanted == *present)) model_.put(text, wanted);
    const Zset::AddResult result = Zset::add(set_, text, given, rule, values_);
    using Added = Zset::Added;
    const Added expected = refused              ? Added::kNothing
                           : !present           ? Added::kNew
                           : wanted == *present ? Added::kSame
                                                : Added::kChanged;
    REQUIRE(result.what == expected);
    if (!refused) REQUIRE(result.score == wanted);
  }

  void erase_range() {
    const uint64_t first = random_.below(model_.size());
    const uint64_t most = random_.below(4) == 0 ? model_.size() : 10;
    const uint64_t count = 1 + random_.below(std::min(most, model_.size() - first));
    const Pairs all = model_.pairs();
    for (uint64_t i = first; i < first + count; ++i) model_.erase(all[i].first);
    Zset::erase(set_, RankRange{first, first + count}, values_);
    drop_empty();
  }

  void drop_empty() {
    if (set_ && set_->size(Type::kZset) == 0) {
      heap_.never_run_out();
      if (epoch_.frozen()) epoch_.reserve();
      set_.drop(epoch_);
    }
  }

  void copy() {
    Owned<Collection> made = Collection::copy(Type::kZset, *set_, values_);
    REQUIRE(pairs_of(made) == pairs_of(set_));
    if (epoch_.frozen()) epoch_.reserve();
    std::swap(set_, made);
    made.drop(epoch_);
  }

  void freeze() {
    const SnapshotId id = epoch_.begin_snapshot();
    set_.freeze();
    frozen_.push_back({id, set_.get(), model_.pairs()});
  }
  void thaw(size_t which) {
    const Frozen& frozen = frozen_[which];
    if (frozen.set != nullptr) {
      const Zset view(*frozen.set);
      REQUIRE(pairs_of(view, view.all()) == frozen.pairs);
      for (const auto& [text, expected] : frozen.pairs) REQUIRE(view.score(text) == expected);
    }
    epoch_.end_snapshot(frozen.id);
    frozen_.erase(frozen_.begin() + static_cast<long>(which));
  }

  void check() {
    const Pairs expected = model_.pairs();
    REQUIRE(pairs_of(set_) == expected);
    REQUIRE(heap_.fault().empty());
    if (!set_) return;
    const Zset set(*set_);
    REQUIRE(set.size() == expected.size());
    REQUIRE(pairs_of(set, set.all(), true) == Pairs(expected.rbegin(), expected.rend()));
    check_standings(set, expected);
    for (int i = 0; i < 4; ++i) check_range(set, expected);
    size_t scanned = 0;
    uint64_t cursor = 0;
    do {
      cursor = set.scan(cursor, 10, [&](Bytes, Bytes) { ++scanned; });
    } while (cursor != 0);
    REQUIRE(scanned == expected.size());
  }

  static void check_standings(const Zset& set, const Pairs& expected) {
    for (size_t rank = 0; rank < expected.size(); rank += 1 + expected.size() / 50) {
      const auto standing = set.standing(expected[rank].first);
      REQUIRE(standing);
      REQUIRE(standing->rank == rank);
      REQUIRE(standing->score == expected[rank].second);
    }
    REQUIRE_FALSE(set.standing("nobody"));
  }

  void check_range(const Zset& set, const Pairs& expected) {
    const ScoreRange range{score(), score(), random_.below(2) == 0, random_.below(2) == 0};
    Pairs inside;
    for (const auto& pair : expected) {
      if (!range.before(pair.second) && !range.behind(pair.second)) inside.push_back(pair);
    }
    if (range.empty()) inside.clear();
    REQUIRE(pairs_of(set, set.ranks(range)) == inside);
  }

  Random random_;
  const size_t keys_;
  TrackingHeap heap_;
  Epoch epoch_{heap_};
  ValueContext values_{epoch_, random_, 42};
  Owned<Collection> set_;
  Model model_;
  std::vector<Frozen> frozen_;
  bool growing_ = true;
};

}  // namespace

TEST_CASE("a sorted set does what its model does, and snapshots stay", "[zset]") {
  for (const uint64_t seed : {1, 2, 3}) {
    Game(seed, 14).play(10'000);
    Game(seed, 60).play(10'000);
    Game(seed, 3'000).play(30'000);
  }
}

TEST_CASE("a sorted set that gets no memory stays as it was", "[zset]") {
  for (const uint64_t seed : {1, 2, 3}) {
    Game(seed, 14).play_without_memory(5'000);
    Game(seed, 500).play_without_memory(20'000);
  }
}

TEST_CASE("ranges of texts are those of the order of bytes", "[zset]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Random random(1);
  ValueContext values{epoch, random, 42};
  for (const size_t pack_members : {1000, 0}) {
    values.limits.zset_pack_members_max = pack_members;
    Owned<Collection> set;
    std::set<std::string> model;
    for (int i = 0; i < 300; ++i) {
      std::string text;
      for (uint64_t left = random.below(4); left != 0; --left) text += "ab\xff"[random.below(3)];
      Zset::add(set, text, 1, {}, values);
      model.insert(text);
      const auto bound = [&] {
        const auto kind = static_cast<LexBound::Kind>(random.below(4));
        return LexBound{kind,
                        *std::next(model.begin(), static_cast<long>(random.below(model.size())))};
      };
      const LexBound min = bound();
      const LexRange range{min, bound()};
      Pairs inside;
      for (const std::string& member : model) {
        if (!range.before(member) && !range.behind(member)) inside.emplace_back(member, 1);
      }
      if (range.empty()) REQUIRE(inside.empty());
      REQUIRE(pairs_of(Zset(*set), Zset(*set).ranks(range)) == inside);
    }
    set.drop(epoch);
    while (epoch.reclaim(64)) {
    }
  }
}

TEST_CASE("another thread reads a frozen sorted set", "[zset]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Random random(7);
  ValueContext values{epoch, random, 42};
  Owned<Collection> set;
  for (int i = 0; i < 20'000; ++i) {
    Zset::add(set, "member " + std::to_string(i), static_cast<double>(random.below(1000)), {},
              values);
  }
  const Pairs expected = pairs_of(set);
  const SnapshotId id = epoch.begin_snapshot();
  set.freeze();
  const Collection& frozen = *set;
  std::atomic<bool> done{false};
  Pairs seen;
  std::thread reader([&] {
    for (int walk = 0; walk < 20; ++walk) seen = pairs_of(Zset(frozen), Zset(frozen).all());
    done = true;
  });
  while (!done) {
    const std::string member = "member " + std::to_string(random.below(20'000));
    if (random.below(2) == 0) {
      Zset::erase(set, member, values);
    } else {
      Zset::add(set, member, static_cast<double>(random.below(1000)), {}, values);
    }
  }
  reader.join();
  CHECK(seen == expected);
  epoch.end_snapshot(id);
  set.drop(epoch);
  while (epoch.reclaim(1000)) {
  }
  CHECK(heap.used() == 0);
  CHECK(heap.fault().empty());
}

TEST_CASE("what is built is as small as its limits allow", "[zset]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Random random(7);
  ValueContext values{epoch, random, 42};
  values.limits.zset_pack_members_max = 3;
  const auto encoding = [&](size_t members, const std::string& prefix) {
    ZsetBuilder builder(values);
    for (size_t i = members; i != 0; --i) builder.add(prefix + std::to_string(i), 1);
    builder.combine(prefix + "1", 1, [](double present) { return present + 4; });
    Owned<Collection> made = builder.finish();
    REQUIRE(pairs_of(made).back() == std::pair<std::string, double>(prefix + "1", 5));
    const std::string name(made->encoding_name());
    made.drop(epoch);
    return name;
  };
  CHECK(encoding(3, "m") == "listpack");
  CHECK(encoding(4, "m") == "skiplist");
  CHECK(encoding(2, std::string(64, 'x')) == "skiplist");
  {
    ZsetBuilder unfinished(values);
    unfinished.add("a", 1);
  }
  CHECK_FALSE(ZsetBuilder(values).finish());
  while (epoch.reclaim(64)) {
  }
  CHECK(heap.used() == 0);
}
