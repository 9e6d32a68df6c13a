// TreeNode: one node of a tree, in one heap block.
//
//   leaf:   | level 0, count, capacity | slot | slot | …
//   inner:  | level, count, capacity   | child × capacity | weight × capacity | separator ×
//   capacity |
//
// A cell is a slot of a leaf; or, of an inner node, the reference to a child with the sum of the
// weights beneath it and, in an ordered tree, a copy of the first slot beneath it (the separator,
// which never owns). The count of a child stands in the extra bits of the reference too, so whether
// a sibling has room, or is nearly empty, is known without a look at it.
//
// Leaves below the root and inner nodes have full capacity; a leaf that is the root grows to it by
// doubling, so that a small tree takes little.
//
// Owned by an inner node one level up, or by the tree. Cells move by memcpy: between nodes that
// have both been thawed, and so the fresh bits of what they hold stay true.
#pragma once

#include "core/base/check.h"
#include "core/structure/owned.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace sorrel {

template <class Policy>
class TreeNode {
 public:
  using Slot = typename Policy::Slot;
  static constexpr uint8_t kKind = Policy::kNodeKind;
  static constexpr bool kOrdered = Policy::kOrdered;

  static constexpr size_t kHeaderBytes = 8;
  static constexpr size_t kChildBytes = sizeof(uint64_t) * 2 + (kOrdered ? sizeof(Slot) : 0);
  static constexpr unsigned kLeafCapacity = (Policy::kLeafBytes - kHeaderBytes) / sizeof(Slot);
  static constexpr unsigned kInnerCapacity = (Policy::kInnerBytes - kHeaderBytes) / kChildBytes;
  static_assert(kLeafCapacity >= 4 && kInnerCapacity >= 4 && kLeafCapacity <= UINT16_MAX);

  static constexpr unsigned full_capacity(unsigned level) {
    return level == 0 ? kLeafCapacity : kInnerCapacity;
  }
  /// With fewer cells a node gives them to a sibling, or takes some from it.
  static constexpr unsigned cells_min(unsigned level) {
    return std::max(level == 0 ? 1u : 2u, full_capacity(level) / 3);
  }
  /// Two siblings with no more cells than this between them become one, with a little to spare.
  static constexpr unsigned cells_merged(unsigned level) {
    return full_capacity(level) - full_capacity(level) / 8;
  }

  /// Empty. Throws std::bad_alloc.
  static TreeNode* make(Heap& heap, unsigned level, unsigned capacity) {
    return ::new (heap.allocate(bytes_for(level, capacity))) TreeNode(level, capacity);
  }

  bool is_leaf() const { return level_ == 0; }
  unsigned level() const { return level_; }
  unsigned count() const { return count_; }
  unsigned capacity() const { return capacity_; }
  bool full() const { return count_ == capacity_; }

  // A leaf.
  Slot& slot(unsigned i) { return slots()[i]; }
  const Slot& slot(unsigned i) const { return slots()[i]; }

  // An inner node.
  Owned<TreeNode>& child(unsigned i) { return children()[i]; }
  const Owned<TreeNode>& child(unsigned i) const { return children()[i]; }
  uint64_t weight_of(unsigned i) const { return weights()[i]; }
  void add_weight(unsigned i, uint64_t weight) { weights()[i] += weight; }
  const Slot& separator(unsigned i) const { return separators()[i]; }
  /// The count of a child, without a look at it.
  unsigned count_of(unsigned i) const { return child(i).extra(); }
  void set_count_of(unsigned i, unsigned count) { child(i).set_extra(count); }
  void set_separator(unsigned i, const Slot& first) {
    if constexpr (kOrdered) copy(separators() + i, &first, 1);
  }
  /// Writes down all that is to be known of child number `i`, whose cells have changed.
  void describe(unsigned i, const TreeNode& changed) {
    set_count_of(i, changed.count());
    weights()[i] = changed.weight();
    if (changed.count() != 0) set_separator(i, changed.first());
  }
  /// Puts a node among the children, as number `i`.
  void link(unsigned i, Owned<TreeNode>&& made) {
    open(i, 1);
    child(i) = std::move(made);
    describe(i, *child(i));
  }

  /// Of the cells from `i` to before `end`.
  uint64_t weight(unsigned i, unsigned end) const {
    uint64_t sum = 0;
    for (; i < end; ++i) sum += level_ == 0 ? slot_weight(slot(i)) : weights()[i];
    return sum;
  }
  uint64_t weight() const { return weight(0, count_); }
  /// The cell that holds `offset`, counted from the node's first; what is left of it inside the
  /// cell stays in `offset`. The last cell, if the node weighs no more.
  unsigned cell_at(uint64_t& offset) const {
    unsigned i = 0;
    for (; i + 1 < count_; ++i) {
      const uint64_t weight = level_ == 0 ? slot_weight(slot(i)) : weights()[i];
      if (offset < weight) break;
      offset -= weight;
    }
    return i;
  }
  static uint64_t slot_weight(const Slot& slot) {
    if constexpr (kWeighs) {
      return Policy::weight(slot);
    } else {
      return 1;
    }
  }
  /// Of the node's slots, or else of its children, the first from which on `before(slot)` is false.
  /// Of children, one earlier: the child in which that slot may be. `before` must hold for a run at
  /// the front.
  template <class Before>
  unsigned search(Before&& before) const {
    if (level_ == 0) return partition(slots(), count_, before);
    return partition(separators() + 1, count_ - 1u, before);
  }
  /// The first slot beneath.
  const Slot& first() const { return level_ == 0 ? slot(0) : separator(0); }

  // Changing the run of cells.

  /// Makes room for `n` cells before number `i`; the caller writes them.
  void open(unsigned i, unsigned n) {
    shift(i, i + n, count_ - i);
    count_ = static_cast<uint16_t>(count_ + n);
  }
  /// Forgets `n` cells from number `i` on, which have been moved or let go.
  void close(unsigned i, unsigned n) {
    shift(i + n, i, count_ - i - n);
    count_ = static_cast<uint16_t>(count_ - n);
  }
  /// Moves `n` cells from number `i` on to before number `before` of another node of the level.
  void move_cells(unsigned i, unsigned n, TreeNode& to, unsigned before) {
    to.open(before, n);
    if (level_ == 0) {
      copy(to.slots() + before, slots() + i, n);
    } else {
      copy(to.children() + before, children() + i, n);
      copy(to.weights() + before, weights() + i, n);
      if constexpr (kOrdered) copy(to.separators() + before, separators() + i, n);
    }
    close(i, n);
  }
  Slot take_slot(unsigned i) {
    Slot taken(std::move(slot(i)));
    close(i, 1);
    return taken;
  }
  Owned<TreeNode> take_child(unsigned i) {
    Owned<TreeNode> taken = std::move(child(i));
    close(i, 1);
    return taken;
  }

  // The contract of Owned.
  static size_t bytes(const TreeNode& node) { return bytes_for(node.level_, node.capacity_); }
  static size_t bytes_for(unsigned level, unsigned capacity) {
    return kHeaderBytes + capacity * (level == 0 ? sizeof(Slot) : kChildBytes);
  }
  static size_t weight(const TreeNode& node) {
    constexpr size_t kInSlots = Policy::kOwns ? 1 : 0;
    if (node.level_ == 0) return node.count_ * kInSlots;
    size_t each = 1;
    for (unsigned level = 1; level < node.level_; ++level) each *= kInnerCapacity / 2;
    return node.count_ * each * (1 + kInSlots * (kLeafCapacity / 2));
  }
  static TreeNode* clone(const TreeNode& original, Epoch& epoch);
  static Remains next_child(TreeNode& node, size_t& position);

 private:
  static constexpr bool kWeighs = requires(const Slot& slot) { Policy::weight(slot); };
  static_assert(sizeof(Slot) % 4 == 0 && sizeof(Slot) <= 64 && alignof(Slot) <= 8);

  TreeNode(unsigned level, unsigned capacity)
      : level_(static_cast<uint16_t>(level)), capacity_(static_cast<uint16_t>(capacity)) {}

  char* cells() { return reinterpret_cast<char*>(this) + kHeaderBytes; }
  const char* cells() const { return reinterpret_cast<const char*>(this) + kHeaderBytes; }
  static constexpr size_t kWeightsAt = kInnerCapacity * sizeof(uint64_t);
  static constexpr size_t kSeparatorsAt = 2 * kWeightsAt;

  Slot* slots() { return reinterpret_cast<Slot*>(cells()); }
  const Slot* slots() const { return reinterpret_cast<const Slot*>(cells()); }
  Owned<TreeNode>* children() { return reinterpret_cast<Owned<TreeNode>*>(cells()); }
  const Owned<TreeNode>* children() const {
    return reinterpret_cast<const Owned<TreeNode>*>(cells());
  }
  uint64_t* weights() { return reinterpret_cast<uint64_t*>(cells() + kWeightsAt); }
  const uint64_t* weights() const {
    return reinterpret_cast<const uint64_t*>(cells() + kWeightsAt);
  }
  Slot* separators() { return reinterpret_cast<Slot*>(cells() + kSeparatorsAt); }
  const Slot* separators() const { return reinterpret_cast<const Slot*>(cells() + kSeparatorsAt); }

  template <class Before>
  static unsigned partition(const Slot* slots, unsigned count, Before&& before) {
    const Slot* base = slots;
    for (unsigned left = count; left != 0;) {
      const unsigned half = (left + 1) / 2;
      base += before(base[half - 1]) ? half : 0;
      left -= half;
    }
    return static_cast<unsigned>(base - slots);
  }

  template <class T>
  static void copy(T* to, const T* from, size_t n) {
    std::memmove(static_cast<void*>(to), static_cast<const void*>(from), n * sizeof(T));
  }
  void shift(unsigned from, unsigned to, unsigned n) {
    if (level_ == 0) return copy(slots() + to, slots() + from, n);
    copy(children() + to, children() + from, n);
    copy(weights() + to, weights() + from, n);
    if constexpr (kOrdered) copy(separators() + to, separators() + from, n);
  }

  uint16_t level_;
  uint16_t count_ = 0;
  uint16_t capacity_;
  uint16_t unused_ = 0;
};

template <class Policy>
TreeNode<Policy>* TreeNode<Policy>::clone(const TreeNode& original, Epoch& epoch) {
  const size_t size = bytes(original);
  void* block = epoch.heap().allocate(size);
  std::memcpy(block, static_cast<const void*>(&original), size);
  auto* copy = static_cast<TreeNode*>(block);
  for (unsigned i = 0; i < copy->count_; ++i) {
    if (copy->level_ != 0) {
      copy->child(i).freeze();
    } else if constexpr (Policy::kOwns) {
      Policy::inherit(copy->slot(i));
    }
  }
  return copy;
}

template <class Policy>
Remains TreeNode<Policy>::next_child(TreeNode& node, size_t& position) {
  const auto i = static_cast<unsigned>(position++);
  if (i >= node.count_) return Remains{};
  if (node.level_ != 0) {
    // The nodes are scattered over the heap: fetch one while another is freed.
    if (i + 2 < node.count_) __builtin_prefetch(node.child(i + 2).get());
    return node.child(i).remains();
  }
  if constexpr (Policy::kOwns) {
    return Policy::remains(node.slot(i));
  } else {
    return Remains{};
  }
}

}  // namespace sorrel
