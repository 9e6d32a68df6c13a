// Consumer groups against a plain model: what is pending in each of its orders, consumers, frozen
// views walked late, compaction, and no memory at any moment.

#include "core/base/random.h"
#include "core/structure/slab_heap.h"
#include "core/value/stream_groups.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <new>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace sorrel;

namespace {

struct ModelEntry {
  int64_t time_ms;
  int64_t deliveries;
  std::string owner;  // empty: nobody
  bool operator==(const ModelEntry&) const = default;
};

struct ModelConsumer {
  int64_t seen_ms;
  int64_t active_ms;
  bool operator==(const ModelConsumer&) const = default;
};

struct ModelGroup {
  StreamId last_delivered;
  int64_t entries_read = StreamGroup::kUnknown;
  std::map<StreamId, ModelEntry> pending;
  std::map<std::string, ModelConsumer> consumers;
  bool operator==(const ModelGroup&) const = default;
};

using Model = std::map<std::string, ModelGroup>;

/// What a group says, in terms of the model; by the trees by ID and by name.
ModelGroup described(const StreamGroup& group) {
  ModelGroup model{group.last_delivered(), group.entries_read(), {}, {}};
  group.pending().for_each([&](const PendingEntry& entry) {
    model.pending[entry.id] = {entry.time_ms, entry.deliveries,
                               std::string(group.owner_name(entry))};
  });
  std::string before;
  group.consumers().for_each([&](const StreamConsumer& consumer) {
    const std::string name(consumer.name());
    REQUIRE(before < name);
    before = name;
    model.consumers[name] = {consumer.seen_ms, consumer.active_ms};
  });
  return model;
}

Model described(const StreamGroups& groups) {
  Model model;
  std::string before;
  groups.for_each([&](const StreamGroup& group) {
    const std::string name(group.name());
    REQUIRE((before.empty() || before < name));
    before = name;
    model[name] = described(group);
  });
  return model;
}

/// The other two orders hold what the first one does.
void check_orders(const StreamGroup& group, int64_t now_ms, int64_t min_idle_ms) {
  const PendingEntries& pending = group.pending();
  std::set<StreamId> by_time;
  int64_t before = INT64_MIN;
  for (auto at = pending.by_time(); at; at.next()) {
    const PendingEntry* entry = pending.find(at->id);
    REQUIRE(entry != nullptr);
    REQUIRE(at->owned() == entry->owned());
    REQUIRE(at->time_ms() == entry->time_ms);
    REQUIRE(before <= at->order);
    before = at->order;
    by_time.insert(at->id);
  }
  REQUIRE(by_time.size() == pending.size());
  size_t owned = pending.count_of(PendingEntry::kNobody);
  group.consumers().for_each([&](const StreamConsumer& consumer) {
    size_t count = 0;
    for (auto at = pending.of(consumer.number, {}); at && at->consumer == consumer.number;
         at.next()) {
      REQUIRE(pending.find(at->id)->consumer == consumer.number);
      ++count;
    }
    REQUIRE(pending.count_of(consumer.number) == count);
    REQUIRE(group.consumers().find(consumer.name())->number == consumer.number);
    owned += count;
  });
  REQUIRE(owned == pending.size());
  std::set<StreamId> claimable;
  pending.for_each([&](const PendingEntry& entry) {
    if (entry.claimable(now_ms, min_idle_ms)) claimable.insert(entry.id);
  });
  REQUIRE(pending.claimable_count(now_ms, min_idle_ms) == claimable.size());
  std::set<StreamId> visited;
  pending.for_each_claimable(now_ms, min_idle_ms, [&](const PendingTime& at) {
    visited.insert(at.id);
    return true;
  });
  REQUIRE(visited == claimable);
}

/// The groups of one stream, their model, and snapshots of both.
class Game {
 public:
  Game(uint64_t seed, size_t entries) : random_(seed), entries_(entries) {
    set_ = StreamGroups::make(epoch_);
  }
  ~Game() {
    while (!frozen_.empty()) thaw(0);
    set_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 1024 % 2 == 0;
      if (random_.below(256) == 0 && frozen_.size() < 3) freeze();
      if (random_.below(256) == 0 && !frozen_.empty()) thaw(random_.below(frozen_.size()));
      operate();
      if (random_.below(16) == 0) epoch_.reclaim(random_.below(64));
      if (random_.below(256) == 0) check();
    }
    check();
  }

  /// The same where memory ends now and then: nothing may have changed.
  void play_without_memory(size_t steps) {
    size_t failures = 0;
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 512 % 2 == 0;
      const Model before = model_;
      heap_.run_out_after(random_.below(8));
      try {
        operate();
      } catch (const std::bad_alloc&) {
        heap_.never_run_out();
        model_ = before;
        ++failures;
        REQUIRE(described(*set_) == model_);
        set_->for_each([&](const StreamGroup& group) { check_orders(group, time(), time()); });
      }
      heap_.never_run_out();
      if (random_.below(64) == 0 && frozen_.size() < 2) freeze();
      if (random_.below(64) == 0 && !frozen_.empty()) thaw(0);
      while (epoch_.reclaim(64)) {
      }
    }
    CHECK(failures > steps / 100);
    check();
  }

 private:
  struct Frozen {
    SnapshotId id;
    const StreamGroups* set;
    Model model;
  };

  StreamGroups& set() { return set_.thaw(epoch_); }
  std::string group_name() { return "group " + std::to_string(random_.below(3)); }
  std::string consumer_name() { return "consumer " + std::to_string(random_.below(30)); }
  StreamId id() { return {1 + random_.below(entries_) / 4, random_.below(4)}; }
  int64_t time() { return static_cast<int64_t>(random_.below(1000)); }

  void operate() {
    const std::string name = group_name();
    if (model_.count(name) == 0) return create(name);
    if (random_.below(2000) == 0) return destroy(name);
    if (random_.below(2000) == 0) return copy();
    StreamGroup& group = *set().edit(name);
    ModelGroup& model = model_[name];
    const uint64_t choice = random_.below(100);
    if (choice < 8) return add_consumer(group, model);
    if (choice < 10) return erase_consumer(group, model);
    if (choice < 12) return set_times(group, model);
    if (choice < 14) return set_position(group, model);
    if (choice < 15) return forget();
    if (choice < 40) return update(group, model);
    const bool erases = choice < (growing_ ? 55 : 85);
    erases ? erase(group, model) : insert(group, model);
  }

  void create(const std::string& name) {
    set().insert(name);
    model_[name] = {};
  }
  void destroy(const std::string& name) {
    const bool erased = set().erase(name);
    REQUIRE(erased);
    model_.erase(name);
  }
  void copy() {
    Owned<StreamGroups> made = StreamGroups::copy(*set_, epoch_);
    try {
      epoch_.reserve();
    } catch (const std::bad_alloc&) {
      made.drop(epoch_);
      throw;
    }
    std::swap(set_, made);
    made.drop(epoch_);
  }

  void add_consumer(StreamGroup& group, ModelGroup& model) {
    const std::string name = consumer_name();
    if (model.consumers.count(name) != 0) return;
    const int64_t seen = time();
    const uint32_t number = group.consumers().insert(name, seen);
    REQUIRE(number < group.consumers().size());
    model.consumers[name] = {seen, StreamConsumer::kNever};
  }
  void erase_consumer(StreamGroup& group, ModelGroup& model) {
    const std::string name = consumer_name();
    const StreamConsumer* consumer = group.consumers().find(name);
    REQUIRE((consumer != nullptr) == (model.consumers.count(name) != 0));
    // Without memory only some of what it has pending might be gone.
    if (consumer == nullptr || !memory_is_certain()) return;
    const size_t pending =
        std::erase_if(model.pending, [&](const auto& entry) { return entry.second.owner == name; });
    REQUIRE(group.erase_consumer(consumer->number) == pending);
    model.consumers.erase(name);
  }
  bool memory_is_certain() const { return frozen_.empty(); }

  void set_times(StreamGroup& group, ModelGroup& model) {
    const auto found = model.consumers.find(consumer_name());
    if (found == model.consumers.end()) return;
    const uint32_t number = group.consumers().find(found->first)->number;
    found->second.active_ms = time();
    group.consumers().set_active(number, found->second.active_ms);
  }
  void set_position(StreamGroup& group, ModelGroup& model) {
    model.last_delivered = id();
    model.entries_read = time();
    group.set_position(model.last_delivered, model.entries_read);
  }

  PendingEntry entry_of(const StreamGroup& group, const ModelGroup& model, StreamId id) {
    PendingEntry entry{id, time(), time(), PendingEntry::kNobody, 0};
    if (random_.below(8) == 0 || model.consumers.empty()) return entry;
    const StreamConsumer* consumer = group.consumers().find(consumer_name());
    if (consumer != nullptr) entry.consumer = consumer->number;
    return entry;
  }
  void put(const StreamGroup& group, ModelGroup& model, const PendingEntry& entry) {
    model.pending[entry.id] = {entry.time_ms, entry.deliveries,
                               std::string(group.owner_name(entry))};
  }
  void insert(StreamGroup& group, ModelGroup& model) {
    const StreamId wanted = id();
    if (model.pending.count(wanted) != 0) return;
    const PendingEntry entry = entry_of(group, model, wanted);
    group.pending().insert(entry);
    put(group, model, entry);
  }
  void update(StreamGroup& group, ModelGroup& model) {
    const StreamId wanted = id();
    const PendingEntry* there = group.pending().find(wanted);
    REQUIRE((there != nullptr) == (model.pending.count(wanted) != 0));
    if (there == nullptr) return;
    const PendingEntry entry = entry_of(group, model, wanted);
    group.pending().update(entry);
    put(group, model, entry);
  }
  void erase(StreamGroup& group, ModelGroup& model) {
    const StreamId wanted = id();
    const bool erased = group.pending().erase(wanted);
    REQUIRE(erased == (model.pending.erase(wanted) != 0));
  }
  void forget() {
    if (!memory_is_certain()) return;
    const StreamId wanted = id();
    size_t groups = 0;
    bool by_all = true;
    for (auto& [name, group] : model_) {
      if (group.last_delivered < wanted || group.pending.count(wanted) != 0) by_all = false;
      groups += group.pending.erase(wanted);
    }
    REQUIRE(set_->pending_anywhere(wanted) == (groups != 0));
    REQUIRE(set_->acknowledged_by_all(wanted) == by_all);
    REQUIRE(set().forget(wanted) == groups);
  }

  void freeze() {
    const SnapshotId id = epoch_.begin_snapshot();
    set_.freeze();
    frozen_.push_back({id, set_.get(), model_});
  }
  void thaw(size_t which) {
    REQUIRE(described(*frozen_[which].set) == frozen_[which].model);
    epoch_.end_snapshot(frozen_[which].id);
    frozen_.erase(frozen_.begin() + static_cast<long>(which));
  }

  void check() {
    REQUIRE(described(*set_) == model_);
    REQUIRE(heap_.fault().empty());
    set_->for_each([&](const StreamGroup& group) { check_orders(group, time(), time()); });
    REQUIRE(set_->find("nobody") == nullptr);
  }

  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Random random_;
  const size_t entries_;
  Owned<StreamGroups> set_;
  Model model_;
  std::deque<Frozen> frozen_;
  bool growing_ = true;
};

}  // namespace

TEST_CASE("Consumer groups do what a plain model does, and frozen ones stay as they were",
          "[stream]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) Game(seed, 4000).play(20'000);
  for (uint64_t seed = 5; seed <= 8; ++seed) Game(seed, 60).play(10'000);
}

TEST_CASE("Consumer groups without memory stay as they were", "[stream]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) Game(seed, 200).play_without_memory(4'000);
}

TEST_CASE("Consumer groups of many entries are moved together", "[stream]") {
  SlabHeap heap{system_allocator()};
  Epoch epoch(heap);
  Owned<StreamGroups> set = StreamGroups::make(epoch);
  constexpr int kGroups = 5;
  for (int g = 0; g < kGroups; ++g) {
    StreamGroup& group = set.thaw(epoch).insert("group " + std::to_string(g));
    for (uint64_t i = 0; i < 3000; ++i) {
      if (i % 10 == 0) group.consumers().insert("consumer " + std::to_string(i), 0);
      group.pending().insert({{i, 0}, 1, 1, static_cast<uint32_t>(i / 10), 0});
    }
    for (uint64_t i = 0; i < 3000; ++i) {
      if (i % 10 != 3) group.pending().erase({i, 0});
    }
  }
  const Model before = described(*set);
  REQUIRE(heap.begin_evacuation());
  while (heap.mark_sparse(100)) {
  }
  Compaction step{epoch, 1'000'000, 1'000'000};
  uint64_t position = 0;
  size_t steps = 0;
  do {
    position = StreamGroups::compact(set, position, step);
    REQUIRE(position < uint64_t{1} << 62);
    REQUIRE(++steps < 100'000);
  } while (position != 0);
  CHECK(step.moved > 50);
  CHECK(described(*set) == before);
  set->for_each([&](const StreamGroup& group) { check_orders(group, 1, 0); });
  set.drop(epoch);
  while (epoch.reclaim(1000)) {
  }
  CHECK(heap.used() == 0);
}
