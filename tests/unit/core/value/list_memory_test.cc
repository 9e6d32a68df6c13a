// Edits of lists when there is no memory: the list is as it was, whether a snapshot lives or not,
// and nothing is lost.

#include "core/base/random.h"
#include "core/value/list.h"
#include "tests/unit/core/structure/tracking_heap.h"
#include "tests/unit/core/structure/tree_check.h"

#include <catch2/catch.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Elements = std::vector<std::string>;

Elements elements_of(const Owned<Collection>& list) {
  Elements elements;
  if (!list) return elements;
  PackElement::Scratch scratch;
  for (ListCursor at(*list, 0); at; at.next()) elements.emplace_back(at.get().bytes(scratch));
  return elements;
}

struct World {
  TrackingHeap heap;
  Epoch epoch{heap};
  Random random{1};
  ValueContext values{epoch, random, 1};
  Owned<Collection> list;

  explicit World(size_t elements) {
    values.limits.list_block_size = 4;
    for (size_t i = 0; i < elements; ++i) push({"element " + std::to_string(i % 7)});
  }
  ~World() {
    list.drop(epoch);
    while (epoch.reclaim(1000)) {
    }
    heap.release_quarantine();
    CHECK(heap.fault() == "");
    CHECK(heap.blocks() == 0);
  }
  void push(const Elements& elements, ListEnd end = ListEnd::kTail) {
    const std::vector<Bytes> views(elements.begin(), elements.end());
    List::push(list, end, views, values);
  }
  void check_blocks() {
    if (!list || list->tag() != Collection::Tag::kListTree) return;
    const auto& blocks = static_cast<const ListTree&>(*list).blocks();
    CHECK(TreeCheck<ListBlocks>::fault(blocks, heap, true) == "");
    blocks.for_each([](const Owned<Pack>& block) { CHECK(block.extra() == block->size()); });
  }
};

using Edit = std::function<void(World&)>;

/// Tries the edit with memory for 0, 1, 2 … allocations, until that is enough.
void try_without_memory(
    size_t elements, bool frozen, const Edit& edit, const Edit& prepare = [](World&) {}) {
  bool done = false;
  for (size_t allocations = 0; !done; ++allocations) {
    World world(elements);
    prepare(world);
    const Elements before = elements_of(world.list);
    std::optional<SnapshotId> snapshot;
    if (frozen) {
      snapshot = world.epoch.begin_snapshot();
      world.list.freeze();
    }
    world.heap.run_out_after(allocations);
    try {
      edit(world);
      done = true;
    } catch (const std::bad_alloc&) {
      CHECK(elements_of(world.list) == before);
    }
    world.heap.never_run_out();
    world.check_blocks();
    if (snapshot) world.epoch.end_snapshot(*snapshot);
    REQUIRE(allocations < 100);
  }
}

const std::string kLarge(9000, 'x');

}  // namespace

TEST_CASE("without memory a list stays as it is", "[list]") {
  const bool frozen = GENERATE(false, true);
  const size_t elements = GENERATE(1, 4, 5, 200, 1001);
  INFO("frozen " << frozen << ", elements " << elements);
  const auto try_edit = [&](const Edit& edit) { try_without_memory(elements, frozen, edit); };
  const size_t middle = elements / 2;
  try_edit([](World& world) { world.push({"a"}); });
  if (!frozen) {
    try_edit([](World& world) { world.push({"a", "b", "c", "d", "e", "f"}, ListEnd::kHead); });
    try_edit([](World& world) { world.push({"a", kLarge, "b", kLarge, "c"}); });
  }
  try_edit([&](World& world) { List::insert(world.list, middle, "put", world.values); });
  try_edit([&](World& world) { List::insert(world.list, middle, kLarge, world.values); });
  try_edit([&](World& world) { List::replace(world.list, middle, "put", world.values); });
  try_edit([&](World& world) { List::replace(world.list, middle, kLarge, world.values); });
  try_edit([&](World& world) { List::erase(world.list, middle, 1, world.values); });
  try_edit([&](World& world) { List::erase(world.list, 0, elements, world.values); });
  if (elements < 4) return;
  try_edit([&](World& world) { List::erase(world.list, 1, elements - 2, world.values); });
  try_edit([&](World& world) { List::erase(world.list, 2, elements - 3, world.values); });
}

TEST_CASE("without memory an element doesn't come back to its end, and is still there", "[list]") {
  const bool frozen = GENERATE(false, true);
  const ListEnd end = GENERATE(ListEnd::kHead, ListEnd::kTail);
  const auto two_blocks = [](World& world) { List::erase(world.list, 0, 3, world.values); };
  const auto turn = [&](World& world) {
    const Elements before = elements_of(world.list);
    REQUIRE(before.size() == 2);
    const std::string element = end == ListEnd::kHead ? before.front() : before.back();
    const bool turned = List::turn(world.list, end, end, element, world.values);
    CHECK(turned);
    CHECK(elements_of(world.list) == before);
  };
  try_without_memory(5, frozen, turn, two_blocks);
}

TEST_CASE("without memory no list begins", "[list]") {
  for (size_t allocations = 0; allocations < 2; ++allocations) {
    World world(0);
    world.heap.run_out_after(allocations);
    CHECK_THROWS_AS(world.push({kLarge, "a"}), std::bad_alloc);
    CHECK_FALSE(world.list);
    world.heap.never_run_out();
  }
}

TEST_CASE("without memory, and without a snapshot, elements still go", "[list]") {
  World world(200);
  world.heap.run_out_after(0);
  List::erase(world.list, 3, 100, world.values);
  CHECK(List::size(*world.list) == 100);
  const size_t removed = List::remove(world.list, "element 1", ListEnd::kTail, 1000, world.values);
  CHECK(removed != 0);
  List::erase(world.list, 0, List::size(*world.list) - 1, world.values);
  CHECK(elements_of(world.list).size() == 1);
  world.heap.never_run_out();
}
