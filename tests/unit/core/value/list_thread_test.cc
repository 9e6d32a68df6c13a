// A frozen list of many blocks, read by another thread while the loop changes every part of the
// live one. Its worth is under the thread sanitizer.

#include "core/base/random.h"
#include "core/structure/pass_through_heap.h"
#include "core/value/list.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace sorrel;

namespace {

constexpr size_t kElements = 50'000;

/// How many elements are as they were pushed, from the head or from the tail.
size_t count_unchanged(const Collection& list, ListEnd from) {
  const bool head = from == ListEnd::kHead;
  size_t unchanged = 0;
  ListCursor at(list, head ? 0 : kElements - 1);
  for (size_t i = 0; i < kElements && at; ++i) {
    const size_t number = head ? i : kElements - 1 - i;
    if (at.get() == std::to_string(number)) ++unchanged;
    head ? at.next() : at.previous();
  }
  return unchanged;
}

class Loop {
 public:
  Loop() {
    values_.limits.list_block_size = 16;
    for (size_t i = 0; i < kElements; ++i) push(ListEnd::kTail, std::to_string(i));
  }
  ~Loop() {
    list_.drop(epoch_);
    while (epoch_.reclaim(1000)) {
    }
    CHECK(heap_.used() == 0);
  }

  Epoch& epoch() { return epoch_; }
  const Collection& freeze() {
    list_.freeze();
    return *list_;
  }

  void change_everything() {
    for (size_t step = 0; step < kElements; ++step) {
      const size_t size = List::size(*list_);
      const size_t index = random_.below(size);
      switch (random_.below(6)) {
        case 0:
          push(random_.below(2) == 0 ? ListEnd::kHead : ListEnd::kTail, "pushed");
          break;
        case 1:
          List::erase(list_, index, std::min<size_t>(random_.below(40), size - index), values_);
          break;
        case 2:
        case 3:
          List::insert(list_, index, "inserted", values_);
          break;
        default:
          List::replace(list_, index, "replaced", values_);
      }
      if (List::size(*list_) < 1000) push(ListEnd::kTail, "more");
      if (step % 16 == 0) epoch_.reclaim(64);
    }
    List::remove(list_, "replaced", ListEnd::kTail, 1000, values_);
  }

 private:
  void push(ListEnd end, const std::string& element) {
    const Bytes one = element;
    List::push(list_, end, {&one, 1}, values_);
  }

  PassThroughHeap heap_{system_allocator()};
  Epoch epoch_{heap_};
  Random random_{7};
  ValueContext values_{epoch_, random_, 1};
  Owned<Collection> list_;
};

}  // namespace

TEST_CASE("another thread reads a frozen list while everything changes", "[list][threaded]") {
  Loop loop;
  const SnapshotId snapshot = loop.epoch().begin_snapshot();
  const Collection& frozen = loop.freeze();
  std::atomic<bool> all_changed{false};
  size_t early = 0;
  size_t late = 0;
  std::thread reader([&] {
    early = count_unchanged(frozen, ListEnd::kHead);
    while (!all_changed.load()) early = std::min(early, count_unchanged(frozen, ListEnd::kTail));
    late = count_unchanged(frozen, ListEnd::kTail);
  });
  loop.change_everything();
  all_changed.store(true);
  reader.join();
  CHECK(early == kElements);
  CHECK(late == kElements);
  loop.epoch().end_snapshot(snapshot);
}
