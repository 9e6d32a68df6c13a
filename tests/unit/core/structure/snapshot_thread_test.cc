// A snapshot of two million keys, read by another thread while the loop changes every one of them.
// Its worth is under the thread sanitizer; SORREL_SNAPSHOT_KEYS makes it smaller or bigger.
#include "core/structure/pass_through_heap.h"
#include "tests/unit/core/structure/episode_world.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <thread>

using namespace sorrel;
using episode::Body;
using episode::hash_of;
using episode::key_bytes;
using episode::Record;

namespace {

using BigTable = Table<Record>;

uint64_t key_count() {
  const char* given = std::getenv("SORREL_SNAPSHOT_KEYS");
  return given != nullptr ? std::stoull(given) : 2'000'000;
}

class Loop {
 public:
  explicit Loop(uint64_t keys)
      : keys_(keys),
        heap_(system_allocator()),
        epoch_(heap_),
        table_(epoch_, Record::rehash, nullptr) {
    for (uint64_t key = 0; key < keys_; ++key) insert(key, key);
  }

  Epoch& epoch() { return epoch_; }
  BigTable& table() { return table_; }
  const Heap& heap() const { return heap_; }

  void insert(uint64_t key, uint64_t version) { table_.insert(make(key, version), hash_of(key)); }

  /// A third is written in place, a third replaced, a third deleted; as many new ones come.
  void change_everything() {
    for (uint64_t key = 0; key < keys_; ++key) {
      const auto place = table_.locate(key_bytes(key), hash_of(key));
      switch (key % 3) {
        case 0: {
          Record& record = table_.thaw(place);
          record.version = ~key;
          if (record.body) record.body.thaw(epoch_).data()[0] = '!';
          break;
        }
        case 1:
          table_.replace(place, make(key, ~key));
          break;
        default:
          table_.extract(place).drop(epoch_);
          insert(keys_ + key, ~key);
      }
      if (key % 64 == 0) epoch_.reclaim(64);
    }
  }

 private:
  Owned<Record> make(uint64_t key, uint64_t version) {
    auto* record = ::new (heap_.allocate(sizeof(Record))) Record{key, version, {}, {}};
    if (key % 8 == 0) {
      auto* body = ::new (heap_.allocate(sizeof(Body) + 8)) Body{8};
      std::memcpy(body->data(), &version, 8);
      record->body = Owned<Body>::adopt(body, epoch_);
    }
    return Owned<Record>::adopt(record, epoch_);
  }

  uint64_t keys_;
  PassThroughHeap heap_;
  Epoch epoch_;
  BigTable table_;
};

/// How many records of the view are as they were when it was made.
uint64_t count_unchanged(const BigTable::View& view) {
  uint64_t unchanged = 0;
  view.for_each([&](const Record& record) {
    uint64_t in_body = record.key;
    if (record.body) std::memcpy(&in_body, record.body->view().data(), 8);
    unchanged += record.version == record.key && in_body == record.key;
  });
  return unchanged;
}

}  // namespace

TEST_CASE("another thread walks a snapshot while everything changes", "[epoch][threaded]") {
  const uint64_t keys = key_count();
  Loop loop(keys);
  const size_t bytes_before = loop.heap().used();

  const SnapshotId snapshot = loop.epoch().begin_snapshot();
  const BigTable::View view = loop.table().freeze();
  std::atomic<bool> all_changed{false};
  uint64_t early = 0;
  uint64_t late = 0;
  std::thread reader([&] {
    early = count_unchanged(view);
    while (!all_changed.load(std::memory_order_relaxed)) std::this_thread::yield();
    late = count_unchanged(view);
  });

  loop.change_everything();
  // A second snapshot, of the changed state, whose reader gives up half way.
  const SnapshotId second = loop.epoch().begin_snapshot();
  const BigTable::View second_view = loop.table().freeze();
  std::atomic<bool> abort{false};
  bool finished = true;
  std::thread second_reader([&] {
    uint64_t seen = 0;
    finished = second_view.walk([&] { return !abort.load(std::memory_order_relaxed); },
                                [&](const Record&) { abort.store(++seen > keys / 2); });
  });
  loop.table().clear();
  all_changed.store(true);
  reader.join();
  second_reader.join();

  CHECK(early == keys);
  CHECK(late == keys);
  CHECK_FALSE(finished);
  loop.epoch().end_snapshot(snapshot);
  loop.epoch().end_snapshot(second);
  while (loop.epoch().reclaim(64)) {
  }
  CHECK(loop.epoch().retired_bytes() == 0);
  CHECK(loop.heap().used() == 0);
  CHECK(bytes_before > keys * sizeof(Record));
}
