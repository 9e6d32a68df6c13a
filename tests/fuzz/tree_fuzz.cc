// Bytes as operations on a tree with tiny nodes, against a plain sequence of the same items, with
// snapshots that are frozen on the way and walked late. After each step the tree has what the model
// has; now and then, and at the end, its invariants hold.
#include "core/base/allocator.h"
#include "core/base/check.h"
#include "core/structure/pass_through_heap.h"
#include "tests/unit/core/structure/tree_check.h"
#include "tests/unit/core/structure/tree_world.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace {

using namespace sorrel;
using tree_world::Holder;
using tree_world::TreeItem;

/// Choices out of the input; when it is used up, all are 0.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}
  bool empty() const { return at_ == end_; }
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  uint64_t next() {
    uint64_t value = 0;
    for (int i = 0; i < 2 && at_ != end_; ++i) value = value << 8 | *at_++;
    return value;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

template <class Policy>
class Game {
 public:
  using Cursor = typename Tree<Policy>::Cursor;
  using Items = std::vector<TreeItem>;

  explicit Game(Choices choices)
      : heap_(system_allocator(), 0),
        epoch_(heap_),
        choices_(choices),
        holder_(Holder<Policy>::make(epoch_)) {}

  void play() {
    while (!choices_.empty()) {
      step();
      VERIFY(holder_->tree.slots() == items_.size() && holder_->tree.weight() == weight());
      if (choices_.below(8) == 0) check();
    }
    check();
    while (!snapshots_.empty()) end_snapshot(0);
    holder_.drop(epoch_);
    while (epoch_.reclaim(1000)) {
    }
    VERIFY(heap_.used() == 0);
  }

 private:
  static constexpr size_t kSnapshotsMax = 3;
  struct Snapshot {
    SnapshotId id;
    const Holder<Policy>* holder;
    Items items;
  };

  Tree<Policy>& tree() { return holder_.thaw(epoch_).tree; }
  uint64_t weight() const {
    uint64_t sum = 0;
    for (const TreeItem& item : items_) sum += weight_of(item);
    return sum;
  }
  static uint64_t weight_of(const TreeItem& item) { return Policy::kOwns ? item.weight : 1; }
  uint64_t offset_of(size_t index) const {
    uint64_t offset = 0;
    for (size_t i = 0; i < index; ++i) offset += weight_of(items_[i]);
    return offset;
  }
  Cursor cursor(size_t index) { return holder_->tree.at(offset_of(index)); }

  void step() {
    if (epoch_.frozen()) epoch_.reserve();
    switch (choices_.below(12)) {
      case 0:
        return erase_range();
      case 1:
      case 2:
      case 3:
        return extract();
      case 4:
        return edit();
      case 5:
        return freeze();
      case 6:
        return end_snapshot(choices_.below(snapshots_.size()));
      case 7:
        return find();
      case 8:
        for (uint64_t n = choices_.below(40); n != 0; --n) insert();
        return;
      default:
        return insert();
    }
  }

  void insert() {
    TreeItem item{choices_.below(64), ++stamp_, 1 + choices_.below(5)};
    size_t index = choices_.below(items_.size() + 1);
    if constexpr (Policy::kOrdered) {
      const auto behind =
          std::upper_bound(items_.begin(), items_.end(), item.key,
                           [](uint64_t key, const TreeItem& other) { return key < other.key; });
      index = static_cast<size_t>(behind - items_.begin());
      Cursor before = tree().upper_bound(item.key);
      tree().insert(before, Policy::make(item, epoch_));
      VERIFY(before.offset() == offset_of(index));
    } else {
      Tree<Policy>& to = tree();
      Cursor before = cursor(index);
      to.insert(before, Policy::make(item, epoch_));
    }
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(index), item);
  }

  void extract() {
    if (items_.empty()) return;
    const size_t index = choices_.below(items_.size());
    Tree<Policy>& from = tree();
    Cursor at = cursor(index);
    VERIFY(Policy::equals(*at, items_[index]));
    Policy::drop(from.extract(at), epoch_);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(index));
    VERIFY(static_cast<bool>(at) == (index < items_.size()));
    if (at) VERIFY(Policy::equals(*at, items_[index]));
  }

  void edit() {
    if (items_.empty()) return;
    const size_t index = choices_.below(items_.size());
    Tree<Policy>& of = tree();
    Cursor at = cursor(index);
    TreeItem& item = items_[index];
    item = {item.key, ++stamp_, 1 + choices_.below(5)};
    of.edit(at, [&](typename Policy::Slot& slot) { Policy::change(slot, item, epoch_); });
  }

  void erase_range() {
    const size_t first = choices_.below(items_.size() + 1);
    const size_t last = first + choices_.below(items_.size() - first + 1);
    Tree<Policy>& of = tree();
    Cursor from = cursor(first);
    Cursor to = cursor(last);
    of.erase_range(from, to);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(first),
                 items_.begin() + static_cast<std::ptrdiff_t>(last));
    VERIFY(static_cast<bool>(from) == (first < items_.size()));
  }

  void find() {
    if (items_.empty()) return;
    const size_t index = choices_.below(items_.size());
    const uint64_t inside = choices_.below(weight_of(items_[index]));
    const Cursor at = holder_->tree.at(offset_of(index) + inside);
    VERIFY(at.offset() == offset_of(index) && Policy::equals(*at, items_[index]));
    if constexpr (Policy::kOrdered) {
      const Cursor first = holder_->tree.lower_bound(items_[index].key);
      VERIFY(first.offset() <= at.offset() && first->key == items_[index].key);
    }
  }

  // ---- Snapshots.

  void freeze() {
    if (snapshots_.size() == kSnapshotsMax) return;
    const SnapshotId id = epoch_.begin_snapshot();
    holder_.freeze();
    snapshots_.push_back({id, holder_.get(), items_});
  }
  void end_snapshot(size_t which) {
    if (snapshots_.empty()) return;
    const Snapshot& snapshot = snapshots_[which];
    compare(snapshot.holder->tree, snapshot.items);
    epoch_.end_snapshot(snapshot.id);
    snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(which));
    epoch_.reclaim(64);
  }

  static void compare(const Tree<Policy>& tree, const Items& items) {
    size_t i = 0;
    for (Cursor at = tree.begin(); at; at.next()) VERIFY(Policy::equals(*at, items[i++]));
    VERIFY(i == items.size());
  }
  void check() {
    compare(holder_->tree, items_);
    VERIFY(TreeCheck<Policy>::fault(holder_->tree, heap_).empty());
  }

  PassThroughHeap heap_;
  Epoch epoch_;
  Choices choices_;
  Owned<Holder<Policy>> holder_;
  Items items_;
  std::deque<Snapshot> snapshots_;
  uint64_t stamp_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // What a model of so many items can still be compared with, step by step.
  constexpr size_t kInputMax = 4096;
  if (size < 1 || size > kInputMax) return 0;
  const Choices choices(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      Game<tree_world::Plain>(choices).play();
      break;
    case 1:
      Game<tree_world::Blocks>(choices).play();
      break;
    default:
      Game<tree_world::Keyed>(choices).play();
  }
  return 0;
}
