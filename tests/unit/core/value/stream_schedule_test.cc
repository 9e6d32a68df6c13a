// What streams do by themselves: delayed entries against a plain model, and bounds by what must
// hold whenever a stream has kept them. Blocks are tiny, frozen views are walked late, and memory
// ends now and then.

#include "core/value/stream_schedule.h"

#include "core/base/random.h"
#include "core/value/stream_cursor.h"
#include "core/value/stream_groups.h"
#include "tests/unit/core/structure/tracking_heap.h"
#include "tests/unit/core/value/stream_check.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <new>
#include <set>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Fields = std::vector<std::string>;

struct Model {
  std::set<StreamId> entries;
  std::map<StreamId, Fields> delayed;
  StreamRetention retention;

  bool operator==(const Model&) const = default;
};

/// A block as the rules see it.
struct BlockFacts {
  StreamId last;
  size_t entries;
  size_t bytes;
};

std::vector<BlockFacts> blocks_of(const Stream& stream) {
  std::vector<BlockFacts> blocks;
  stream.blocks().for_each([&](const StreamSlot& slot) {
    blocks.push_back({slot.block->last_id(), slot.block->live(), StreamBlock::bytes(*slot.block)});
  });
  return blocks;
}

Model read(const Stream& stream) {
  Model model;
  for (auto at = StreamCursor::at_or_after(stream, {}); at; at.next())
    model.entries.insert(at.id());
  if (stream.schedule() == nullptr) return model;
  model.retention = stream.schedule()->retention();
  StreamEntryTexts texts;
  stream.schedule()->delayed().for_each([&](const StreamSlot& slot) {
    const StreamFields fields = texts.read(*slot.block, slot.block->begin());
    model.delayed.emplace(slot.first, Fields(fields.begin(), fields.end()));
  });
  return model;
}

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed) {
    stream_ = Stream::make(epoch_);
    values_.limits.stream_block_entries = 1 + random_.below(6);
  }
  ~Game() {
    stream_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      now_ms_ += static_cast<int64_t>(random_.below(4));
      if (chance(50) && frozen_.size() < 3) freeze();
      if (chance(50) && !frozen_.empty()) thaw();
      const Model before = model_;
      if (chance(3)) heap_.run_out_after(random_.below(6));
      try {
        one_step();
      } catch (const std::bad_alloc&) {
        heap_.never_run_out();
        model_ = before;
      }
      heap_.never_run_out();
      if (chance(4)) keep_bounds();
      if (chance(8)) epoch_.reclaim(16);
      if (chance(4)) check();
    }
    while (!frozen_.empty()) thaw();
    check();
  }

 private:
  struct Frozen {
    SnapshotId id;
    const Collection* stream;
    Model model;
  };

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  const Stream& stream() const { return Stream::of(*stream_); }
  Stream& writable() { return Stream::thaw(stream_, epoch_); }

  void one_step() {
    switch (random_.below(8)) {
      case 0:
        return delay();
      case 1:
        return add_due();
      case 2:
        return cancel();
      case 3:
        return chance(10) ? change_bounds() : erase();
      case 4:
        return chance(10) ? change_group() : add();
      default:
        return add();
    }
  }

  void add() {
    const StreamId last = stream().last_id();
    const auto now = static_cast<uint64_t>(now_ms_);
    const StreamId id = now > last.ms ? StreamId{now, 0} : StreamId{last.ms, last.seq + 1};
    const std::string value(random_.below(chance(10) ? 400 : 8), 'v');
    const Bytes fields[] = {"f", value};
    writable().append(id, fields, values_.limits, epoch_);
    model_.entries.insert(id);
  }
  void erase() {
    if (model_.entries.empty()) return;
    auto at = model_.entries.begin();
    std::advance(at, static_cast<long>(random_.below(model_.entries.size())));
    const bool erased = writable().erase(*at, epoch_);
    REQUIRE(erased);
    model_.entries.erase(at);
  }

  void delay() {
    const auto due_ms = static_cast<uint64_t>(now_ms_) + random_.below(60);
    const StreamSchedule* schedule = stream().schedule();
    const StreamId id = schedule == nullptr ? StreamId{due_ms, 0} : schedule->next_id(due_ms);
    REQUIRE(model_.delayed.count(id) == 0);
    const Fields fields = {"f", std::to_string(random_.below(1000)), std::string(3, 'n'), ""};
    const std::vector<Bytes> views(fields.begin(), fields.end());
    writable().delay(id, views, epoch_);
    model_.delayed.emplace(id, fields);
  }
  void add_due() {
    if (model_.delayed.empty()) {
      REQUIRE(stream().next_delayed_ms() == kNever);
      return;
    }
    const auto [delayed, fields] = *model_.delayed.begin();
    REQUIRE(stream().next_delayed_ms() == static_cast<int64_t>(delayed.ms));
    if (static_cast<int64_t>(delayed.ms) > now_ms_) return;
    StreamId id = stream().last_id();
    id.increment();
    writable().add_delayed(delayed, id, values_.limits, epoch_);
    model_.delayed.erase(delayed);
    model_.entries.insert(id);
    const auto at = StreamCursor::at_or_after(stream(), id);
    Fields added;
    at.for_each_pair([&](Bytes field, const PackElement& value) {
      PackElement::Scratch scratch;
      added.emplace_back(field);
      added.emplace_back(value.bytes(scratch));
    });
    REQUIRE(added == fields);
  }
  void cancel() {
    const StreamId absent{static_cast<uint64_t>(now_ms_) + 100, 0};
    const bool found = writable().cancel_delayed(absent, epoch_);
    REQUIRE_FALSE(found);
    if (model_.delayed.empty() || !chance(4)) return;
    auto at = model_.delayed.begin();
    std::advance(at, static_cast<long>(random_.below(model_.delayed.size())));
    const bool cancelled = writable().cancel_delayed(at->first, epoch_);
    REQUIRE(cancelled);
    model_.delayed.erase(at);
  }

  void change_bounds() {
    StreamRetention bounds;
    if (chance(2)) bounds.max_length = random_.below(40);
    if (chance(2)) bounds.max_bytes = random_.below(3000);
    if (chance(2)) bounds.max_age_ms = static_cast<int64_t>(random_.below(200));
    bounds.acknowledged = chance(2);
    writable().set_retention(bounds, epoch_);
    model_.retention = bounds;
  }
  /// One group, which has read up to somewhere, and may have one entry pending.
  void change_group() {
    Owned<StreamGroups>& groups = writable().groups_reference();
    if (!groups) groups = StreamGroups::make(epoch_);
    if (groups->find("g") == nullptr) groups.thaw(epoch_).insert("g");
    StreamGroup& group = *groups.thaw(epoch_).edit("g");
    const auto back = static_cast<int64_t>(random_.below(100));
    group.set_position({static_cast<uint64_t>(std::max<int64_t>(now_ms_ - back, 0)), 0}, 0);
    if (!group.pending().empty()) group.pending().erase(group.pending().from({})->id);
    if (chance(2)) {
      PendingEntry pending;
      pending.id = {static_cast<uint64_t>(std::max<int64_t>(now_ms_ - 2 * back, 1)), 0};
      group.pending().insert(pending);
    }
  }

  StreamId wanted() const {
    if (!model_.retention.acknowledged || stream().groups() == nullptr) return StreamId::max();
    const StreamGroup* group = stream().groups()->find("g");
    if (group == nullptr) return StreamId::max();
    StreamId wanted = group->last_delivered();
    wanted.increment();
    if (group->pending().empty()) return wanted;
    return std::min(wanted, group->pending().from({})->id);
  }

  /// What one block at the front would leave, if it went.
  bool is_beyond(const std::vector<BlockFacts>& blocks, size_t first) const {
    size_t entries = 0;
    size_t bytes = 0;
    for (size_t i = first; i < blocks.size(); ++i) {
      entries += blocks[i].entries;
      bytes += blocks[i].bytes;
    }
    const StreamRetention& bounds = model_.retention;
    const BlockFacts& front = blocks[first];
    if (front.last >= wanted()) return false;
    if (bounds.max_length != 0 && entries - front.entries >= bounds.max_length) return true;
    if (bounds.max_bytes != 0 && first + 1 < blocks.size() && bytes > bounds.max_bytes) return true;
    return bounds.max_age_ms != 0 &&
           static_cast<int64_t>(front.last.ms) + bounds.max_age_ms < now_ms_;
  }

  void keep_bounds() {
    const std::vector<BlockFacts> before = blocks_of(stream());
    size_t budget = chance(2) ? 1 : 1000;
    size_t expected = 0;
    while (expected < std::min(budget, before.size()) && is_beyond(before, expected)) ++expected;
    const bool is_due = !before.empty() && is_beyond(before, 0);
    const int64_t delayed_ms = stream().next_delayed_ms();
    REQUIRE((stream().next_due_ms() <= now_ms_) == (is_due || delayed_ms <= now_ms_));
    const size_t budget_before = budget;
    const uint64_t gone = writable().retain(now_ms_, budget, epoch_);
    REQUIRE(budget_before - budget == expected);
    REQUIRE(blocks_of(stream()).size() == before.size() - expected);
    auto end = model_.entries.begin();
    std::advance(end, static_cast<long>(gone));
    model_.entries.erase(model_.entries.begin(), end);
    if (expected < budget_before)
      REQUIRE((stream().next_due_ms() > now_ms_ || delayed_ms <= now_ms_));
  }

  void check() {
    REQUIRE(StreamFault::of(stream(), heap_, true).empty());
    REQUIRE(read(stream()) == model_);
    const bool has_schedule = !model_.delayed.empty() || model_.retention != StreamRetention();
    REQUIRE((stream().schedule() != nullptr) == has_schedule);
    if (!chance(10)) return;
    Owned<Collection> copy = Stream::copy(stream(), values_);
    REQUIRE(read(Stream::of(*copy)) == model_);
    // Its blocks have no room to spare.
    if (model_.retention.max_bytes == 0) {
      REQUIRE(Stream::of(*copy).next_due_ms() == stream().next_due_ms());
    }
    copy.drop(epoch_);
  }

  void freeze() {
    frozen_.push_back({epoch_.begin_snapshot(), stream_.get(), model_});
    stream_.freeze();
  }
  void thaw() {
    const Frozen& frozen = frozen_.front();
    REQUIRE(read(Stream::of(*frozen.stream)) == frozen.model);
    epoch_.end_snapshot(frozen.id);
    frozen_.erase(frozen_.begin());
  }

  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Random random_;
  ValueContext values_{epoch_, random_, 1};
  Owned<Collection> stream_;
  Model model_;
  std::vector<Frozen> frozen_;
  int64_t now_ms_ = 1000;
};

}  // namespace

TEST_CASE("a stream keeps its bounds, and adds what was delayed", "[stream]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Game(seed).play(4000);
  }
}
