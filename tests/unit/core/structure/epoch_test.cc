#include "core/structure/epoch.h"

#include "core/structure/owned.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <type_traits>

using namespace sorrel;

namespace {

struct Leaf {
  static constexpr uint8_t kKind = 1;
  uint64_t value;
  static size_t bytes(const Leaf&) { return sizeof(Leaf); }
};

/// A hundred leaves: too heavy to be freed at once.
struct Branch {
  static constexpr uint8_t kKind = 2;
  static constexpr size_t kLeaves = 100;
  Owned<Leaf> leaves[kLeaves];

  static size_t bytes(const Branch&) { return sizeof(Branch); }
  static size_t weight(const Branch&) { return kLeaves; }
  static Remains next_child(Branch& branch, size_t& position) {
    return position < kLeaves ? branch.leaves[position++].remains() : Remains{};
  }
  static Branch* clone(const Branch& original, Epoch& epoch) {
    auto* copy = ::new (epoch.heap().allocate(sizeof(Branch))) Branch;
    for (size_t i = 0; i < kLeaves; ++i) copy->leaves[i] = original.leaves[i].inherit();
    return copy;
  }
};

class World {
 public:
  World() : epoch(heap) {}
  Owned<Leaf> leaf(uint64_t value) {
    return Owned<Leaf>::adopt(::new (heap.allocate(sizeof(Leaf))) Leaf{value}, epoch);
  }
  Owned<Branch> branch() {
    auto* made = ::new (heap.allocate(sizeof(Branch))) Branch;
    for (size_t i = 0; i < Branch::kLeaves; ++i) made->leaves[i] = leaf(i);
    return Owned<Branch>::adopt(made, epoch);
  }
  ~World() { CHECK(heap.fault() == ""); }

  TrackingHeap heap;
  Epoch epoch;
};

template <class Reference>
concept CanThaw = requires(Reference& reference, Epoch& epoch) {
  reference.thaw(epoch);
};
static_assert(CanThaw<Owned<Leaf>>);
static_assert(!CanThaw<const Owned<Leaf>>, "what hangs under a frozen parent can't be written");
static_assert(!std::is_copy_constructible_v<Owned<Leaf>>);
static_assert(sizeof(Owned<Leaf>) == 8);

}  // namespace

TEST_CASE("without a snapshot nothing is copied and little things go at once", "[epoch]") {
  World world;
  Owned<Leaf> leaf = world.leaf(1);
  const Leaf* before = leaf.get();
  leaf.thaw(world.epoch).value = 2;
  CHECK(leaf.get() == before);
  CHECK(leaf->value == 2);
  leaf.drop(world.epoch);
  CHECK_FALSE(leaf);
  CHECK(world.heap.used() == 0);
  leaf.drop(world.epoch);  // empty: nothing happens
}

TEST_CASE("a frozen block is copied once and kept until its snapshot ends", "[epoch]") {
  World world;
  Owned<Leaf> leaf = world.leaf(1);
  leaf.set_extra(0xabcd);
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  leaf.freeze();
  const Leaf* frozen = leaf.get();

  leaf.thaw(world.epoch).value = 2;
  CHECK(leaf.get() != frozen);
  CHECK(frozen->value == 1);
  CHECK(leaf.extra() == 0xabcd);
  const Leaf* copy = leaf.get();
  leaf.thaw(world.epoch).value = 3;
  CHECK(leaf.get() == copy);
  CHECK(world.epoch.retired_items() == 1);
  CHECK(world.epoch.retired_bytes() == sizeof(Leaf));

  CHECK_FALSE(world.epoch.reclaim(100));
  CHECK(world.epoch.has_retired());
  CHECK(frozen->value == 1);
  world.epoch.end_snapshot(snapshot);
  world.epoch.reclaim(100);
  CHECK_FALSE(world.epoch.has_retired());
  leaf.drop(world.epoch);
  CHECK(world.heap.used() == 0);
}

TEST_CASE("a fresh leaf dropped during a snapshot goes at once", "[epoch]") {
  World world;
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  Owned<Leaf> leaf = world.leaf(1);
  leaf.drop(world.epoch);
  CHECK_FALSE(world.epoch.has_retired());
  world.epoch.end_snapshot(snapshot);
}

TEST_CASE("the oldest snapshot that can see a block holds it, whichever ends first", "[epoch]") {
  World world;
  Owned<Leaf> old = world.leaf(1);
  const SnapshotId first = world.epoch.begin_snapshot();
  old.freeze();
  Owned<Leaf> middle = world.leaf(2);
  const SnapshotId second = world.epoch.begin_snapshot();
  middle.freeze();
  const SnapshotId third = world.epoch.begin_snapshot();
  old.drop(world.epoch);
  middle.drop(world.epoch);

  world.epoch.end_snapshot(second);
  CHECK_FALSE(world.epoch.reclaim(100));
  CHECK(world.epoch.retired_items() == 2);
  world.epoch.end_snapshot(first);
  CHECK_FALSE(world.epoch.reclaim(100));
  CHECK(world.epoch.retired_items() == 2);  // the third began before they were dropped
  world.epoch.end_snapshot(third);
  world.epoch.reclaim(100);
  CHECK(world.epoch.retired_items() == 0);
  CHECK(world.heap.used() == 0);
}

TEST_CASE("what is dropped before a snapshot doesn't wait for it", "[epoch]") {
  World world;
  Owned<Branch> branch = world.branch();
  branch.drop(world.epoch);
  CHECK(world.epoch.retired_items() == 1);
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  while (world.epoch.reclaim(7)) {
  }
  CHECK_FALSE(world.epoch.has_retired());
  world.epoch.end_snapshot(snapshot);
}

TEST_CASE("a heavy thing is torn down in slices, snapshot or not", "[epoch]") {
  World world;
  const bool frozen = GENERATE(false, true);
  Owned<Branch> branch = world.branch();
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  branch.freeze();
  if (!frozen) world.epoch.end_snapshot(snapshot);
  branch.drop(world.epoch);
  CHECK(world.heap.blocks() > Branch::kLeaves);
  if (frozen) world.epoch.end_snapshot(snapshot);
  const size_t blocks = world.heap.blocks();
  CHECK(world.epoch.reclaim(10));
  CHECK(world.heap.blocks() == blocks - 10);
  while (world.epoch.reclaim(10)) {
  }
  CHECK(world.heap.used() == 0);
}

TEST_CASE("a copy shares its children, frozen", "[epoch]") {
  World world;
  Owned<Branch> branch = world.branch();
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  branch.freeze();
  const Branch* frozen = branch.get();
  branch.thaw(world.epoch).leaves[3].thaw(world.epoch).value = 333;
  CHECK(frozen->leaves[3]->value == 3);
  CHECK(branch->leaves[3]->value == 333);
  CHECK(branch->leaves[4].get() == frozen->leaves[4].get());
  world.epoch.end_snapshot(snapshot);
  branch.drop(world.epoch);
  while (world.epoch.reclaim(10)) {
  }
  CHECK(world.heap.used() == 0);
}

TEST_CASE("a thaw without memory changes nothing", "[epoch]") {
  World world;
  Owned<Leaf> leaf = world.leaf(1);
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  leaf.freeze();
  const Leaf* frozen = leaf.get();
  world.heap.run_out_after(0);
  CHECK_THROWS_AS(leaf.thaw(world.epoch), std::bad_alloc);
  world.heap.never_run_out();
  CHECK(leaf.get() == frozen);
  CHECK_FALSE(leaf.fresh());
  CHECK(world.epoch.retired_items() == 0);
  world.epoch.end_snapshot(snapshot);
  leaf.drop(world.epoch);
}

TEST_CASE("transfer clears the bit", "[epoch]") {
  World world;
  Owned<Leaf> leaf = world.leaf(1);
  CHECK(leaf.fresh());
  Owned<Leaf> moved = leaf.transfer(world.epoch);
  CHECK_FALSE(leaf);
  CHECK_FALSE(moved.fresh());
  moved.drop(world.epoch);
}

TEST_CASE("what a snapshot holds back is counted with all that it owns", "[epoch]") {
  World world;
  Owned<Branch> branch = world.branch();
  const SnapshotId snapshot = world.epoch.begin_snapshot();
  branch.freeze();
  CHECK_FALSE(world.epoch.has_ready());
  branch.drop(world.epoch);
  CHECK(world.epoch.retired_bytes() == sizeof(Branch) + Branch::kLeaves * sizeof(Leaf));
  CHECK(world.epoch.held_bytes() == world.heap.used());
  CHECK_FALSE(world.epoch.has_ready());
  world.epoch.end_snapshot(snapshot);
  CHECK(world.epoch.has_ready());
  while (world.epoch.reclaim(10)) {
  }
  CHECK(world.epoch.retired_bytes() == 0);
  CHECK(world.epoch.held_bytes() == 0);
}
