#include "core/structure/heap.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sorrel;

namespace {

struct Host {
  size_t blocks = 0;
  size_t taken = 0;
  size_t wrong_sizes = 0;

  Allocator table() {
    return Allocator{[](void* host, size_t bytes) {
                       ++static_cast<Host*>(host)->blocks;
                       static_cast<Host*>(host)->taken += bytes;
                       auto* block = static_cast<size_t*>(std::malloc(bytes + 16));
                       *block = bytes;
                       return static_cast<void*>(block + 2);
                     },
                     [](void* host, void* pointer, size_t bytes) {
                       --static_cast<Host*>(host)->blocks;
                       static_cast<Host*>(host)->taken -= bytes;
                       auto* block = static_cast<size_t*>(pointer) - 2;
                       static_cast<Host*>(host)->wrong_sizes += *block != bytes;
                       std::free(block);
                     },
                     [](void*, size_t bytes) { return (bytes + 15) / 16 * 16; }, this};
  }
};

}  // namespace

TEST_CASE("the pass-through heap counts footprints to the byte", "[heap]") {
  Host host;
  {
    PassThroughHeap heap(host.table());
    std::vector<std::pair<void*, size_t>> blocks;
    size_t used = 0;
    for (size_t bytes = 1; bytes < 20'000; bytes += 37) {
      blocks.emplace_back(heap.allocate(bytes), bytes);
      used += (bytes + 15) / 16 * 16;
      REQUIRE(heap.footprint(bytes) == (bytes + 15) / 16 * 16);
      REQUIRE(heap.used() == used);
    }
    for (const auto& [block, bytes] : blocks) heap.free(block, bytes);
    CHECK(heap.used() == 0);
  }
  CHECK(host.blocks == 0);
  CHECK(host.wrong_sizes == 0);
}

TEST_CASE("segments are kept for reuse, up to a limit", "[heap]") {
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

TEST_CASE("a host without memory is a std::bad_alloc", "[heap]") {
  Allocator none = system_allocator();
  none.allocate = [](void*, size_t) -> void* { return nullptr; };
  PassThroughHeap heap(none);
  CHECK(heap.try_allocate(64) == nullptr);
  CHECK_THROWS_AS(heap.allocate(64), std::bad_alloc);
  CHECK(heap.used() == 0);
}
