// Streams against a plain model, with blocks so small that there are many: each step checked,
// frozen views walked late, and no memory at any moment.

#include "core/value/stream.h"

#include "core/base/random.h"
#include "core/value/stream_cursor.h"
#include "tests/unit/core/structure/tracking_heap.h"
#include "tests/unit/core/value/stream_check.h"

#include <catch2/catch.hpp>
#include <map>
#include <new>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Fields = std::vector<std::string>;
using Entries = std::map<StreamId, Fields>;

struct Model {
  Entries entries;
  StreamId last;
  StreamId max_deleted;
  uint64_t added = 0;

  bool operator==(const Model&) const = default;
};

Fields fields_of(const StreamCursor& at) {
  Fields fields;
  PackElement::Scratch scratch;
  at.for_each_pair([&](Bytes field, const PackElement& value) {
    fields.emplace_back(field);
    fields.emplace_back(value.bytes(scratch));
  });
  return fields;
}

Model read(const Collection& collection) {
  const Stream& stream = Stream::of(collection);
  Model model{{}, stream.last_id(), stream.max_deleted_id(), stream.entries_added()};
  for (auto at = StreamCursor::at_or_after(stream, {}); at; at.next()) {
    model.entries.emplace(at.id(), fields_of(at));
  }
  return model;
}

Entries read_back(const Collection& collection) {
  Entries entries;
  auto at = StreamCursor::at_or_before(Stream::of(collection), StreamId::max());
  for (; at; at.previous()) entries.emplace(at.id(), fields_of(at));
  return entries;
}

std::vector<Bytes> views(const Fields& fields) {
  return {fields.begin(), fields.end()};
}

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed) { stream_ = Stream::make(epoch_); }
  ~Game() {
    stream_.drop(epoch_);
    while (epoch_.reclaim(64)) {
    }
    CHECK(heap_.used() == 0);
    CHECK(heap_.fault().empty());
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 256 % 2 == 0;
      if (chance(60)) change_limits();
      if (chance(50) && frozen_.size() < 3) freeze();
      if (chance(50) && !frozen_.empty()) thaw(random_.below(frozen_.size()));
      one_step();
      if (chance(8)) epoch_.reclaim(random_.below(64));
      if (chance(8)) check();
      if (chance(4)) look_up();
    }
    while (!frozen_.empty()) thaw(0);
    check();
  }

  /// Where memory ends now and then: nothing has changed, but for a removal while a snapshot lives.
  void play_without_memory(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      growing_ = step / 128 % 2 == 0;
      const Model before = model_;
      heap_.run_out_after(random_.below(5));
      bool failed = false;
      try {
        one_step();
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      heap_.never_run_out();
      if (failed && !frozen_.empty() && read(*stream_).entries.size() < before.entries.size()) {
        model_ = read(*stream_);  // what was to be trimmed is gone in part
      } else if (failed) {
        model_ = before;
      }
      check();
      if (chance(40) && frozen_.size() < 2) freeze();
      if (chance(40) && !frozen_.empty()) thaw(0);
      while (epoch_.reclaim(64)) {
      }
    }
    while (!frozen_.empty()) thaw(0);
  }

 private:
  struct Frozen {
    SnapshotId id;
    const Collection* stream;
    Model model;
  };

  bool chance(uint64_t one_in) { return random_.below(one_in) == 0; }
  Stream& writable() { return Stream::thaw(stream_, epoch_); }

  void change_limits() {
    static constexpr uint64_t kEntries[] = {1, 2, 5, 20, 40, 0};
    static constexpr uint64_t kBytes[] = {1, 60, 200, 1000, 4096};
    limits_.stream_block_entries = kEntries[random_.below(std::size(kEntries))];
    limits_.stream_block_bytes = kBytes[random_.below(std::size(kBytes))];
  }

  std::string text() {
    static constexpr int64_t kNumbers[] = {
        0,       63,       64,        8255,  8256,   -1,        -129,      32767,     -32769,
        8388607, -8388609, INT32_MAX, 65536, 100000, INT64_MAX, INT64_MIN, 123456789, 127};
    if (chance(4)) return std::to_string(kNumbers[random_.below(std::size(kNumbers))]);
    if (chance(40)) return std::string(random_.below(5000), 'v');
    if (chance(20)) return std::string(60 + random_.below(10), 'w');
    return std::string(random_.below(6), static_cast<char>('a' + random_.below(20)));
  }
  Fields fields() {
    Fields fields;
    const size_t pairs = chance(10) ? 1 + random_.below(40) : 2;
    for (size_t i = 0; i < pairs; ++i) {
      fields.push_back(chance(15) ? text() : "field" + std::to_string(i));
      fields.push_back(text());
    }
    return fields;
  }
  StreamId next_id() {
    StreamId id = model_.last;
    if (chance(3)) {
      id.ms += random_.below(chance(10) ? 1'000'000 : 100);
      if (id.ms != model_.last.ms) id.seq = chance(2) ? 0 : random_.next() >> 8;
    } else {
      id.seq += random_.below(3);
    }
    if (id <= model_.last) id.increment();
    return id;
  }
  StreamId some_id() {
    if (model_.entries.empty() || chance(20)) return StreamId{random_.below(1000), 0};
    auto at = model_.entries.begin();
    std::advance(at, static_cast<long>(random_.below(model_.entries.size())));
    StreamId id = at->first;
    if (chance(4)) id.increment();
    return id;
  }

  void one_step() {
    const uint64_t choice = random_.below(20);
    if (choice < (growing_ ? 14u : 4u)) return add();
    if (choice < 18) return erase();
    trim();
  }
  void add() {
    const StreamId id = next_id();
    const Fields entry = fields();
    writable().append(id, views(entry), limits_, epoch_);
    model_.entries.emplace(id, entry);
    model_.last = id;
    ++model_.added;
  }
  void erase() {
    const StreamId id = some_id();
    const bool was_there = model_.entries.count(id) != 0;
    const bool erased = writable().erase(id, epoch_);
    REQUIRE(erased == was_there);
    model_.entries.erase(id);
    if (was_there) model_.max_deleted = std::max(model_.max_deleted, id);
  }
  void trim() {
    StreamTrim wanted;
    const bool by_length = chance(2);
    wanted.kind = by_length ? StreamTrim::Kind::kMaxLength : StreamTrim::Kind::kMinId;
    const size_t size = model_.entries.size();
    wanted.max_length = size - std::min<size_t>(size, random_.below(growing_ ? 4 : 60));
    wanted.min_id = some_id();
    wanted.whole_blocks = chance(2);
    if (wanted.whole_blocks && chance(2)) wanted.limit = 1 + random_.below(20);
    // Whole blocks: as many as may go, which the rest of the stream then shows.
    const uint64_t gone = writable().trim(wanted, epoch_);
    uint64_t expected = 0;
    for (const auto& [id, entry] : model_.entries) {
      if (by_length ? size - expected <= wanted.max_length : id >= wanted.min_id) break;
      ++expected;
    }
    if (wanted.whole_blocks) {
      REQUIRE(gone <= expected);
      if (wanted.limit != 0) REQUIRE(gone <= wanted.limit);
    } else {
      REQUIRE(gone == expected);
    }
    auto end = model_.entries.begin();
    std::advance(end, static_cast<long>(gone));
    model_.entries.erase(model_.entries.begin(), end);
  }

  void look_up() {
    const StreamId id = some_id();
    const Stream& stream = Stream::of(*stream_);
    REQUIRE(stream.contains(id) == (model_.entries.count(id) != 0));
    const auto after = model_.entries.lower_bound(id);
    auto at = StreamCursor::at_or_after(stream, id);
    REQUIRE(static_cast<bool>(at) == (after != model_.entries.end()));
    if (at) REQUIRE(at.id() == after->first);
    const auto behind = model_.entries.upper_bound(id);
    at = StreamCursor::at_or_before(stream, id);
    REQUIRE(static_cast<bool>(at) == (behind != model_.entries.begin()));
    if (!at) return;
    REQUIRE(at.id() == std::prev(behind)->first);
    turn_around(at, std::prev(behind));
  }
  /// A few steps in either direction.
  void turn_around(StreamCursor at, Entries::const_iterator there) {
    for (size_t step = 0; step < 60; ++step) {
      if (chance(2)) {
        at.next();
        if (++there == model_.entries.end()) {
          REQUIRE_FALSE(at);
          return;
        }
      } else {
        at.previous();
        if (there == model_.entries.begin()) {
          REQUIRE_FALSE(at);
          return;
        }
        --there;
      }
      REQUIRE(at.id() == there->first);
    }
    REQUIRE(fields_of(at) == there->second);
  }

  void check() {
    REQUIRE(StreamFault::of(Stream::of(*stream_), heap_, true).empty());
    REQUIRE(read(*stream_) == model_);
    REQUIRE(read_back(*stream_) == model_.entries);
    const bool empty = model_.entries.empty();
    REQUIRE(Stream::of(*stream_).first_id() ==
            (empty ? StreamId{} : model_.entries.begin()->first));
    REQUIRE(Stream::of(*stream_).last_entry_id() ==
            (empty ? StreamId{} : model_.entries.rbegin()->first));
    if (!chance(20)) return;
    Owned<Collection> copy = Stream::copy(Stream::of(*stream_), values_);
    REQUIRE(read(*copy) == model_);
    copy.drop(epoch_);
  }

  void freeze() {
    frozen_.push_back({epoch_.begin_snapshot(), stream_.get(), model_});
    stream_.freeze();
  }
  void thaw(size_t number) {
    const Frozen& frozen = frozen_[number];
    REQUIRE(read(*frozen.stream) == frozen.model);
    REQUIRE(read_back(*frozen.stream) == frozen.model.entries);
    epoch_.end_snapshot(frozen.id);
    frozen_.erase(frozen_.begin() + static_cast<long>(number));
  }

  TrackingHeap heap_;
  Epoch epoch_{heap_};
  Random random_;
  ValueContext values_{epoch_, random_, 1};
  EncodingLimits limits_;
  Owned<Collection> stream_;
  Model model_;
  std::vector<Frozen> frozen_;
  bool growing_ = true;
};

}  // namespace

TEST_CASE("a stream does as a plain model does", "[stream]") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    Game(seed).play(2000);
  }
}

TEST_CASE("a stream without memory stays as it was", "[stream]") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    INFO("seed " << seed);
    Game(seed).play_without_memory(600);
  }
}

TEST_CASE("a block is closed where Redis closes it", "[stream]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  const std::vector<Bytes> entry = {"f", "v"};
  Owned<StreamBlock> block = StreamBlock::make({1000, 0}, entry, 0, epoch);
  // What DEBUG LISTPACK would say: 7 of header and end; count, deleted, 1, "f", 0; and the entry:
  // flags, ms, seq, "v", 4.
  CHECK(block->listpack_bytes() == 7 + 2 + 2 + 2 + 3 + 2 + (2 + 2 + 2 + 3 + 2));
  StreamBlock::append(block, {1200, 5}, entry, epoch);
  CHECK(block->listpack_bytes() == 7 + 11 + 11 + (2 + 3 + 2 + 3 + 2));
  EncodingLimits limits;
  limits.stream_block_bytes = block->listpack_bytes() + 3;
  CHECK(block->takes(2, limits));
  CHECK_FALSE(block->takes(3, limits));
  limits.stream_block_bytes = 0;
  limits.stream_block_entries = 2;
  CHECK_FALSE(block->takes(2, limits));
  block.drop(epoch);
  CHECK(heap.used() == 0);
}
