// What is remembered of producers against a plain model, with frozen views walked late, and no
// memory now and then.

#include "core/value/stream_producers.h"

#include "core/base/random.h"
#include "core/structure/slab_heap.h"
#include "core/value/stream.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <new>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

struct Receipt {
  std::string message;
  StreamId id;
};
using Model = std::map<std::string, std::deque<Receipt>>;

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed) {
    producers_ = StreamProducers::make(epoch_);
    producers_.thaw(epoch_).configure(kDuration, kReceipts);
  }
  ~Game() {
    producers_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      now_ms_ += random_.below(20);
      send(name("p", 200), name("m", 12));
      if (random_.below(40) == 0 && frozen_.size() < 3) freeze();
      if (random_.below(40) == 0 && !frozen_.empty()) thaw();
      if (random_.below(8) == 0) epoch_.reclaim(16);
      if (random_.below(200) == 0) copy();
      if (random_.below(1500) == 0) forget_all();
    }
    while (!frozen_.empty()) thaw();
    check(*producers_, model_, now_ms_);
  }

 private:
  static constexpr uint32_t kDuration = 2;
  static constexpr uint32_t kReceipts = 5;
  struct Frozen {
    SnapshotId id;
    const StreamProducers* producers;
    Model model;
    uint64_t now_ms;
  };

  /// Some are numbers, which a pack stores as such.
  std::string name(const char* letter, uint64_t names) {
    const std::string number = std::to_string(random_.below(names));
    return random_.below(2) == 0 ? number : letter + number;
  }

  void send(const std::string& producer, const std::string& message) {
    const auto expected = look_up(model_, producer, message, now_ms_);
    REQUIRE(producers_->find(producer, message, now_ms_) == expected);
    if (expected) return;
    const StreamId id = {now_ms_, ++sent_};
    heap_.run_out_after(random_.below(30));
    try {
      producers_.thaw(epoch_).add(producer, message, id, now_ms_);
    } catch (const std::bad_alloc&) {
      heap_.never_run_out();
      REQUIRE_FALSE(producers_->find(producer, message, now_ms_));
      return;
    }
    heap_.never_run_out();
    std::deque<Receipt>& receipts = model_[producer];
    std::erase_if(receipts, [&](const Receipt& old) { return old.message == message; });
    receipts.push_back({message, id});
    while (receipts.size() > kReceipts) receipts.pop_front();
  }

  static std::optional<StreamId> look_up(const Model& model, const std::string& producer,
                                         const std::string& message, uint64_t now_ms) {
    const auto found = model.find(producer);
    if (found == model.end()) return std::nullopt;
    for (const Receipt& receipt : found->second) {
      const bool lasts = receipt.id.ms + kDuration * 1000 >= now_ms;
      if (receipt.message == message && lasts) return receipt.id;
    }
    return std::nullopt;
  }
  static void check(const StreamProducers& producers, const Model& model, uint64_t now_ms) {
    for (const auto& [producer, receipts] : model) {
      for (const Receipt& receipt : receipts) {
        REQUIRE(producers.find(producer, receipt.message, now_ms) ==
                look_up(model, producer, receipt.message, now_ms));
      }
    }
  }

  void freeze() {
    frozen_.push_back({epoch_.begin_snapshot(), producers_.get(), model_, now_ms_});
    producers_.freeze();
  }
  void thaw() {
    const Frozen& frozen = frozen_.front();
    check(*frozen.producers, frozen.model, frozen.now_ms);
    epoch_.end_snapshot(frozen.id);
    frozen_.erase(frozen_.begin());
  }
  void copy() {
    Owned<StreamProducers> copy = StreamProducers::copy(*producers_, epoch_);
    check(*copy, model_, now_ms_);
    REQUIRE(copy->count(now_ms_).receipts == producers_->count(now_ms_).receipts);
    copy.drop(epoch_);
  }
  void forget_all() {
    producers_.thaw(epoch_).configure(kDuration, std::nullopt);
    model_.clear();
    REQUIRE(producers_->count(now_ms_).producers == 0);
  }

  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Random random_;
  Owned<StreamProducers> producers_;
  Model model_;
  std::vector<Frozen> frozen_;
  uint64_t now_ms_ = 1'000'000;
  uint64_t sent_ = 0;
};

}  // namespace

TEST_CASE("a stream remembers its producers' messages", "[stream]") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    Game(seed).play(4000);
  }
}

TEST_CASE("a stream of many producers is moved together in steps", "[stream]") {
  SlabHeap heap{system_allocator()};
  Epoch epoch(heap);
  Owned<Collection> stream = Stream::make(epoch);
  Owned<Collection> gone = Stream::make(epoch);
  constexpr uint64_t kProducers = 4000;
  // Every other one makes room again, so that there is something to move.
  for (uint64_t i = 0; i < kProducers; ++i) {
    const auto add = [&](Owned<Collection>& to) {
      Stream::thaw(to, epoch).edit_producers(epoch).add("producer " + std::to_string(i), "message",
                                                        {1000 + i, 0}, 1000);
    };
    add(stream);
    if (i % 2 == 0) add(gone);
  }
  gone.drop(epoch);
  while (epoch.reclaim(1000)) {
  }
  REQUIRE(heap.begin_evacuation());
  while (heap.mark_sparse(100)) {
  }
  constexpr size_t kBudget = 50;
  constexpr size_t kOverdraft = 100;
  uint64_t position = 0;
  uint64_t moved = 0;
  size_t steps = 0;
  do {
    Compaction step{epoch, kBudget, kBudget};
    position = Stream::compact(stream, position, step);
    REQUIRE(step.moved + step.kept < kBudget + kOverdraft);
    REQUIRE(++steps < kProducers);
    moved += step.moved;
  } while (position != 0);
  CHECK(moved > kProducers / 4);
  const StreamProducers& producers = *Stream::of(*stream).producers();
  CHECK(producers.count(1000).receipts == kProducers);
  for (uint64_t i = 0; i < kProducers; ++i) {
    REQUIRE(producers.find("producer " + std::to_string(i), "message", 1000) ==
            StreamId{1000 + i, 0});
  }
  stream.drop(epoch);
  while (epoch.reclaim(1000)) {
  }
  CHECK(heap.used() == 0);
}
