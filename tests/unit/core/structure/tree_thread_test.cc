// Frozen trees, read by other threads while the loop changes every slot of the live one. Its worth
// is under the thread sanitizer.
#include "core/base/random.h"
#include "core/structure/pass_through_heap.h"
#include "tests/unit/core/structure/tree_world.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <utility>

using namespace sorrel;
using namespace sorrel::tree_world;

namespace {

/// Nodes as big as they are in use.
struct Roomy : Keyed {
  static constexpr uint8_t kNodeKind = 24;
  static constexpr unsigned kLeafBytes = 1024;
  static constexpr unsigned kInnerBytes = 1024;
};
using RoomyHolder = Holder<Roomy>;

constexpr uint64_t kSlots = 200'000;
constexpr uint64_t kWeight = 3;

class Loop {
 public:
  Loop()
      : heap_(system_allocator()), epoch_(heap_), random_(5), holder_(RoomyHolder::make(epoch_)) {
    uint64_t key = 0;
    tree().build(kSlots, [&] { return make(key++); });
  }

  Epoch& epoch() { return epoch_; }
  const Heap& heap() const { return heap_; }
  const RoomyHolder& freeze() {
    holder_.freeze();
    return *holder_;
  }

  /// A third is edited, a third leaves and comes back elsewhere, and ranges go.
  void change_everything() {
    for (uint64_t i = 0; i < kSlots; ++i) {
      auto cursor = tree().lower_bound(i);
      if (i % 3 == 0) {
        tree().edit(cursor, [&](KeyedSlot& slot) {
          Roomy::change(slot, TreeItem{i, ~i, 1 + random_.below(9)}, epoch_);
        });
      } else if (i % 3 == 1) {
        epoch_.reserve();
        Roomy::drop(tree().extract(cursor), epoch_);
        auto place = tree().lower_bound(random_.below(kSlots));
        tree().insert(place, make(place ? place->key : kSlots));
      } else if (i % 1000 == 2) {
        auto end = tree().at(cursor.offset() + random_.below(500));
        if (end) tree().erase_range(cursor, end);
      }
      if (i % 16 == 0) epoch_.reclaim(64);
    }
  }
  void drop_all() { holder_.drop(epoch_); }

 private:
  Tree<Roomy>& tree() { return holder_.thaw(epoch_).tree; }
  KeyedSlot make(uint64_t key) { return Roomy::make(TreeItem{key, key, kWeight}, epoch_); }

  PassThroughHeap heap_;
  Epoch epoch_;
  Random random_;
  Owned<RoomyHolder> holder_;
};

/// How many slots are as they were built.
uint64_t count_unchanged(const Tree<Roomy>& tree) {
  uint64_t unchanged = 0;
  tree.for_each([&](const KeyedSlot& slot) {
    const TreeItem built{unchanged, unchanged, kWeight};
    unchanged += Roomy::equals(slot, built) ? 1 : 0;
  });
  return unchanged;
}

/// The same, from behind, and by searching.
uint64_t count_backwards(const Tree<Roomy>& tree) {
  uint64_t unchanged = 0;
  auto cursor = tree.end();
  for (uint64_t key = kSlots; key-- > 0;) {
    cursor.previous();
    const auto found = key % 16 == 0 ? tree.lower_bound(key) : tree.at(key * kWeight + 1);
    unchanged += found == cursor && Roomy::equals(*cursor, TreeItem{key, key, kWeight}) ? 1 : 0;
  }
  return unchanged;
}

}  // namespace

TEST_CASE("another thread walks a frozen tree while everything changes", "[tree][threaded]") {
  Loop loop;
  const SnapshotId snapshot = loop.epoch().begin_snapshot();
  const RoomyHolder& frozen = loop.freeze();
  std::atomic<bool> all_changed{false};
  uint64_t early = 0;
  uint64_t late = 0;
  std::thread reader([&] {
    early = count_unchanged(frozen.tree);
    while (!all_changed.load(std::memory_order_relaxed)) std::this_thread::yield();
    late = count_backwards(frozen.tree);
  });

  loop.change_everything();
  // A second snapshot, of what it is now, while all of it goes.
  const SnapshotId second = loop.epoch().begin_snapshot();
  const RoomyHolder& second_frozen = loop.freeze();
  const uint64_t expected = second_frozen.tree.weight();
  uint64_t seen = 0;
  std::thread second_reader([&] {
    second_frozen.tree.for_each([&](const KeyedSlot& slot) { seen += Roomy::weight(slot); });
  });
  loop.drop_all();
  all_changed.store(true);
  reader.join();
  second_reader.join();

  CHECK(early == kSlots);
  CHECK(late == kSlots);
  CHECK(seen == expected);
  loop.epoch().end_snapshot(snapshot);
  loop.epoch().end_snapshot(second);
  while (loop.epoch().reclaim(64)) {
  }
  CHECK(loop.epoch().retired_bytes() == 0);
  CHECK(loop.heap().used() == 0);
}
