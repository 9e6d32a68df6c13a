#include "core/base/random.h"
#include "core/structure/pass_through_heap.h"
#include "core/structure/slab_heap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

using namespace sorrel;

namespace {

constexpr size_t kSlab = size_t{32} << 10;

/// The host's side: counts, may run out of memory, and destroys what was discarded.
struct Host {
  size_t blocks = 0;
  size_t taken = 0;
  size_t wrong_sizes = 0;
  size_t discarded = 0;
  size_t allocations_left = SIZE_MAX;

  Allocator table(bool discards = true) {
    Allocator table{[](void* host, size_t bytes) { return static_cast<Host*>(host)->take(bytes); },
                    [](void* host, void* pointer, size_t bytes) {
                      static_cast<Host*>(host)->give(pointer, bytes);
                    },
                    [](void*, size_t bytes) { return (bytes + 15) / 16 * 16; }, this};
    if (discards) {
      table.discard = [](void* host, void* from, size_t bytes) {
        static_cast<Host*>(host)->discarded += bytes;
        std::memset(from, 0xdd, bytes);
      };
    }
    return table;
  }

 private:
  void* take(size_t bytes) {
    if (allocations_left == 0) return nullptr;
    --allocations_left;
    ++blocks;
    taken += bytes;
    auto* block = static_cast<size_t*>(std::malloc(bytes + 16));
    *block = bytes;
    return static_cast<void*>(block + 2);
  }
  void give(void* pointer, size_t bytes) {
    --blocks;
    taken -= bytes;
    auto* block = static_cast<size_t*>(pointer) - 2;
    wrong_sizes += *block != bytes;
    std::free(block);
  }
};

enum class Kind { kPassThrough, kSlabs, kSlabsWithoutDiscard };

std::unique_ptr<Heap> make_heap(Kind kind, Host& host) {
  if (kind == Kind::kPassThrough) return std::make_unique<PassThroughHeap>(host.table());
  return std::make_unique<SlabHeap>(host.table(kind == Kind::kSlabs));
}

/// Blocks whose contents are known, and the sum of their footprints.
class Model {
 public:
  Model(Heap& heap, uint64_t seed) : heap_(heap), random_(seed) {}
  ~Model() { free_all(); }

  struct Block {
    unsigned char* address;
    size_t bytes;
    unsigned char fill;
  };

  bool add(size_t bytes) {
    auto* block = static_cast<unsigned char*>(heap_.try_allocate(bytes));
    if (block == nullptr) return false;
    REQUIRE(reinterpret_cast<uintptr_t>(block) % 8 == 0);
    const auto fill = static_cast<unsigned char>(random_.next());
    std::memset(block, fill, bytes);
    blocks_.push_back(Block{block, bytes, fill});
    footprints_ += heap_.footprint(bytes);
    return true;
  }
  void remove(size_t index) {
    const Block block = blocks_[index];
    check(block);
    blocks_[index] = blocks_.back();
    blocks_.pop_back();
    heap_.free(block.address, block.bytes);
    footprints_ -= heap_.footprint(block.bytes);
  }
  void remove_any() {
    if (!blocks_.empty()) remove(random_.below(blocks_.size()));
  }
  void free_all() {
    while (!blocks_.empty()) remove(blocks_.size() - 1);
  }
  void forget_small() {
    const auto is_small = [](const Block& block) { return block.bytes <= Heap::kSmallBytesMax; };
    for (const Block& block : blocks_) {
      if (is_small(block)) footprints_ -= heap_.footprint(block.bytes);
    }
    blocks_.erase(std::remove_if(blocks_.begin(), blocks_.end(), is_small), blocks_.end());
  }

  /// What a walker does, `between` after each block.
  template <class Between>
  size_t move_all(Between&& between) {
    size_t moved = 0;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      Block& block = blocks_[i];
      if (!heap_.should_move(block.address, block.bytes)) continue;
      auto* now = static_cast<unsigned char*>(heap_.relocate(block.address, block.bytes));
      moved += now != block.address;
      block.address = now;
      between();
    }
    return moved;
  }

  void check() const {
    REQUIRE(heap_.used() == footprints_);
    REQUIRE(heap_.used() <= heap_.active());
    REQUIRE(heap_.active() <= heap_.reserved());
    std::map<unsigned char*, size_t> places;
    for (const Block& block : blocks_) {
      check(block);
      places[block.address] = block.bytes;
    }
    REQUIRE(places.size() == blocks_.size());
    unsigned char* behind = nullptr;
    for (const auto& [address, bytes] : places) {
      REQUIRE(address >= behind);
      behind = address + bytes;
    }
  }

  size_t size() const { return blocks_.size(); }
  const std::vector<Block>& blocks() const { return blocks_; }
  Random& random() { return random_; }

 private:
  static void check(const Block& block) {
    for (size_t i = 0; i < block.bytes; ++i) {
      if (block.address[i] != block.fill) FAIL("a block of " << block.bytes << " was overwritten");
    }
  }

  Heap& heap_;
  Random random_;
  std::vector<Block> blocks_;
  size_t footprints_ = 0;
};

/// Mostly small, some at the bounds, some of the host's.
size_t some_size(Random& random) {
  static constexpr size_t kBounds[] = {1, 8, 9, 511, 512, 513, 528, 1023, 1024, 1025, 4096, 8192};
  switch (random.below(8)) {
    case 0:
      return kBounds[random.below(std::size(kBounds))];
    case 1:
      return 1 + random.below(20'000);
    default:
      return 1 + random.below(200);
  }
}

void evacuate(Heap& heap, Model& model) {
  while (heap.mark_sparse(4)) {
  }
  model.move_all([] {});
  while (heap.end_evacuation(4)) {
  }
  while (heap.give_back(4 * kSlab)) {
  }
}

}  // namespace

TEST_CASE("contents and accounts stay right, whatever is made and freed", "[heap]") {
  const Kind kind = GENERATE(Kind::kPassThrough, Kind::kSlabs, Kind::kSlabsWithoutDiscard);
  const uint64_t seed = GENERATE(1, 2, 3);
  Host host;
  {
    const auto heap = make_heap(kind, host);
    Model model(*heap, seed);
    for (int phase = 0; phase < 12; ++phase) {
      const uint64_t insert_percent = phase % 3 == 2 ? 10 : 70;
      for (int i = 0; i < 3000; ++i) {
        if (model.random().below(100) < insert_percent) {
          REQUIRE(model.add(some_size(model.random())));
        } else {
          model.remove_any();
        }
        if (i % 64 == 0) heap->give_back(kSlab);
      }
      if (phase % 4 == 3) heap->purge();
      if (phase % 2 == 1 && heap->begin_evacuation()) evacuate(*heap, model);
      model.check();
    }
    model.free_all();
    CHECK(heap->used() == 0);
    heap->purge();
    while (heap->give_back(kSlab)) {
    }
    CHECK(heap->reserved() == 0);
    CHECK(host.blocks == 0);
  }
  CHECK(host.blocks == 0);
  CHECK(host.wrong_sizes == 0);
}

TEST_CASE("a host without memory at any point leaves the heap as it was", "[heap]") {
  const Kind kind = GENERATE(Kind::kPassThrough, Kind::kSlabs, Kind::kSlabsWithoutDiscard);
  Host host;
  {
    const auto heap = make_heap(kind, host);
    Model model(*heap, 5);
    size_t failures = 0;
    for (size_t left = 0; left < 60; ++left) {
      host.allocations_left = left % 5;
      for (int i = 0; i < 200; ++i) {
        if (!model.add(some_size(model.random()))) {
          ++failures;
          if (i % 2 == 0) model.remove_any();
        }
      }
      if (heap->begin_evacuation()) evacuate(*heap, model);
      model.check();
      for (int i = 0; i < 150; ++i) model.remove_any();
    }
    CHECK(failures > 1000);
    host.allocations_left = 0;
    CHECK(heap->try_allocate(100'000) == nullptr);
    CHECK_THROWS_AS(heap->allocate(100'000), std::bad_alloc);
  }
  CHECK(host.blocks == 0);
}

TEST_CASE("the pass-through heap counts the host's footprints to the byte", "[heap]") {
  Host host;
  PassThroughHeap heap(host.table());
  Model model(heap, 1);
  for (size_t bytes = 1; bytes < 20'000; bytes += 37) {
    REQUIRE(heap.footprint(bytes) == (bytes + 15) / 16 * 16);
    REQUIRE(model.add(bytes));
  }
  model.check();
}

TEST_CASE("freed segments are kept for reuse, up to a limit", "[heap]") {
  Host host;
  PassThroughHeap heap(host.table(), 20'000);
  std::vector<void*> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(heap.allocate(5120));
  for (void* block : blocks) heap.free(block, 5120);
  CHECK(heap.used() == 0);
  CHECK(heap.reserved() == 3 * 5120);
  CHECK(host.taken == 3 * 5120);
  void* again = heap.allocate(5120);
  CHECK(again == blocks[2]);
  CHECK(heap.used() == 5120);
  CHECK(heap.reserved() == 3 * 5120);
  heap.free(again, 5120);
  heap.purge();
  CHECK(heap.reserved() == 0);
  CHECK(host.blocks == 0);
}

TEST_CASE("small blocks take steps of 8 and 16 bytes and come out of few slabs", "[heap]") {
  Host host;
  SlabHeap heap(host.table());
  CHECK(heap.footprint(1) == 8);
  CHECK(heap.footprint(56) == 56);
  CHECK(heap.footprint(57) == 64);
  CHECK(heap.footprint(512) == 512);
  CHECK(heap.footprint(513) == 528);
  CHECK(heap.footprint(1024) == 1024);
  CHECK(heap.footprint(1025) == 1040);  // the host's
  Model model(heap, 1);
  for (int i = 0; i < 10'000; ++i) REQUIRE(model.add(56));
  CHECK(heap.used() == 560'000);
  // 584 to a slab.
  CHECK(heap.active() == 18 * kSlab);
  CHECK(host.blocks == 4);  // two chunks and their records
}

TEST_CASE("a slab that has become empty serves another size", "[heap]") {
  Host host;
  SlabHeap heap(host.table());
  Model model(heap, 1);
  for (int i = 0; i < 5000; ++i) model.add(56);
  const size_t reserved = heap.reserved();
  model.free_all();
  heap.purge();  // the magazine's
  CHECK(heap.active() == 0);
  CHECK(heap.reserved() == reserved);
  for (int i = 0; i < 280'000 / 96; ++i) model.add(96);
  CHECK(heap.reserved() == reserved);
}

TEST_CASE("what is spare goes back: a megabyte stays, a purge takes it all", "[heap]") {
  const bool discards = GENERATE(true, false);
  Host host;
  SlabHeap heap(host.table(discards));
  Model model(heap, 1);
  for (int i = 0; i < 120'000; ++i) model.add(64);
  // Every 5000th block holds a slab, and so its chunk: most slabs are free, few chunks are.
  for (size_t i = model.size(); i-- > 0;) {
    if (i % 5000 != 0) model.remove(i);
  }
  while (heap.give_back(kSlab)) {
  }
  if (discards) {
    CHECK(heap.reserved() == heap.active() + (size_t{1} << 20));
    CHECK(host.discarded > 4 << 20);
  }
  heap.purge();
  // In slices.
  if (discards) CHECK(heap.give_back(kSlab));
  while (heap.give_back(kSlab)) {
  }
  if (discards) CHECK(heap.reserved() == heap.active());
  model.check();
  model.free_all();
  heap.purge();
  while (heap.give_back(kSlab)) {
  }
  CHECK(heap.reserved() == 0);
  CHECK(host.blocks == 0);
}

TEST_CASE("an evacuation makes few full slabs of many sparse ones", "[heap]") {
  const uint64_t seed = GENERATE(1, 2);
  Host host;
  SlabHeap heap(host.table());
  Model model(heap, seed);
  for (int i = 0; i < 100'000; ++i) model.add(1 + model.random().below(150));
  for (int i = 0; i < 80'000; ++i) model.remove_any();
  model.check();
  const size_t before = heap.active();
  REQUIRE(heap.begin_evacuation());
  while (heap.mark_sparse(3)) {
  }
  // Others come and go meanwhile.
  const size_t moved = model.move_all([&] {
    model.add(1 + model.random().below(150));
    if (model.random().below(2) == 0) model.remove(model.size() - 1);
  });
  CHECK(moved > 5000);
  model.check();
  while (heap.end_evacuation(3)) {
  }
  heap.purge();
  while (heap.give_back(kSlab)) {
  }
  model.check();
  CHECK(heap.active() < before * 2 / 5);
  CHECK(static_cast<double>(heap.reserved()) / static_cast<double>(heap.used()) < 1.25);
  // What is left isn't worth another.
  CHECK(!heap.begin_evacuation());
}

TEST_CASE("marked slabs serve again when there is no other room", "[heap]") {
  Host host;
  SlabHeap heap(host.table());
  Model model(heap, 4);
  for (int i = 0; i < 30'000; ++i) model.add(64);
  for (int i = 0; i < 20'000; ++i) model.remove_any();
  REQUIRE(heap.begin_evacuation());
  while (heap.mark_sparse(100)) {
  }
  host.allocations_left = 0;
  const size_t active = heap.active();
  for (int i = 0; i < 19'000; ++i) REQUIRE(model.add(64));
  CHECK(heap.active() == active);
  model.move_all([] {});
  while (heap.end_evacuation(100)) {
  }
  model.check();
}

TEST_CASE("a dense heap isn't worth an evacuation", "[heap]") {
  Host host;
  SlabHeap heap(host.table());
  CHECK(!heap.begin_evacuation());
  Model model(heap, 4);
  for (int i = 0; i < 30'000; ++i) model.add(64);
  CHECK(!heap.begin_evacuation());
  model.check();
}
