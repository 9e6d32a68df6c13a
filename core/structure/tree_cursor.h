// TreeCursor: where one is in a tree: the path from the root to a slot of a leaf, since nodes know
// neither parents nor siblings.
//
// Good until the tree's next change; of a tree in a frozen block, while the snapshot lives, and
// then on any thread. Copyable; owns nothing.
//
// The end is a path too, to the place behind the last slot of the last leaf. In between a cursor is
// always at a slot.
#pragma once

#include "core/base/check.h"
#include "core/structure/tree_node.h"

#include <array>
#include <cstdint>

namespace sorrel {

template <class Policy>
class TreePath;
template <class Policy>
class Tree;

template <class Policy>
class TreeCursor {
 public:
  using Slot = typename Policy::Slot;

  // Levels. A tree of 2^60 slots has no more: inner nodes at the edges apart, each has at least a
  // third of its children.
  static constexpr unsigned kHeightMax = 16;

  TreeCursor() = default;  // at the end of an empty tree

  /// False at the end (and of a cursor that was never set).
  explicit operator bool() const { return height_ != 0 && index_[0] < nodes_[0]->count(); }
  const Slot& operator*() const { return nodes_[0]->slot(index_[0]); }
  const Slot* operator->() const { return &**this; }
  /// The sum of the weights before this slot; at the end, of all. Adds up as it is asked: O(log n).
  uint64_t offset() const {
    uint64_t sum = 0;
    for (unsigned level = 0; level < height_; ++level) {
      sum += nodes_[level]->weight(0, index_[level]);
    }
    return sum;
  }
  /// To the next slot; from the last to the end.
  void next() {
    if (++index_[0] == nodes_[0]->count()) [[unlikely]]
      leave_leaf();
  }
  /// To the slot before; from the end to the last. Not from the first.
  void previous() {
    if (index_[0] == 0) [[unlikely]]
      return enter_leaf_before();
    --index_[0];
  }
  /// Of cursors into one tree.
  bool operator==(const TreeCursor& other) const {
    if (height_ == 0) return other.height_ == 0;
    return other.height_ != 0 && nodes_[0] == other.nodes_[0] && index_[0] == other.index_[0];
  }

 private:
  friend class Tree<Policy>;
  friend class TreePath<Policy>;
  using Node = TreeNode<Policy>;

  // Descents. `choose(const Node&)` gives the cell to go on with.
  template <class Choose>
  TreeCursor(const Owned<Node>& root, Choose&& choose) {
    if (!root) return;
    height_ = root->level() + 1;
    VERIFY(height_ <= kHeightMax);
    const Node* node = root.get();
    for (unsigned level = height_ - 1; level > 0; --level) {
      const unsigned index = choose(*node);
      set(level, *node, index);
      node = node->child(index).get();
    }
    set(0, *node, choose(*node));
  }
  void set(unsigned level, const Node& node, unsigned index) {
    nodes_[level] = &node;
    index_[level] = index;
  }

  /// Behind the last slot of a leaf that isn't the last: to the next leaf.
  void settle() {
    if (height_ != 0 && index_[0] == nodes_[0]->count()) leave_leaf();
  }
  /// Before a leaf's first slot, where the leaf to the left has room: behind its last. What is put
  /// there costs less, and a run of slots in order fills leaves.
  void step_aside() {
    if (index_[0] != 0 || height_ < 2 || index_[1] == 0) return;
    const Node& parent = *nodes_[1];
    const unsigned left = index_[1] - 1;
    if (parent.count_of(left) == Node::kLeafCapacity) return;
    index_[1] = left;
    set(0, *parent.child(left), parent.count_of(left));
  }
  /// After an extract: whether it was the tree's first slot, or its last.
  bool at_edge() const {
    bool first = true;
    bool last = true;
    for (unsigned level = 0; level < height_; ++level) {
      first = first && index_[level] == 0;
      last = last && index_[level] + (level == 0 ? 0 : 1) == nodes_[level]->count();
    }
    return first || last;
  }

  [[gnu::noinline]] void leave_leaf();
  [[gnu::noinline]] void enter_leaf_before();
  /// Below `level`, the first cells (or the last ones).
  void go_down(unsigned level, bool to_last);

  unsigned height_ = 0;
  // By level; only the first height_ are set.
  std::array<uint32_t, kHeightMax> index_;
  std::array<const Node*, kHeightMax> nodes_;
};

/// Behind the last slot of a leaf: to the first of the next one. Stays where there is none.
template <class Policy>
void TreeCursor<Policy>::leave_leaf() {
  for (unsigned level = 1; level < height_; ++level) {
    if (index_[level] + 1 == nodes_[level]->count()) continue;
    ++index_[level];
    return go_down(level, false);
  }
}

template <class Policy>
void TreeCursor<Policy>::enter_leaf_before() {
  for (unsigned level = 1; level < height_; ++level) {
    if (index_[level] == 0) continue;
    --index_[level];
    return go_down(level, true);
  }
  VERIFY(false);  // from the first slot
}

template <class Policy>
void TreeCursor<Policy>::go_down(unsigned level, bool to_last) {
  for (; level > 0; --level) {
    const Node& parent = *nodes_[level];
    const unsigned at = index_[level];
    const Node& node = *parent.child(at);
    set(level - 1, node, to_last ? node.count() - 1 : 0);
    // Who walks comes to the leaf beyond this one soon.
    const unsigned beyond = to_last ? at - 1 : at + 1;
    if (level == 1 && beyond < parent.count()) {
      const auto* block = reinterpret_cast<const char*>(parent.child(beyond).get());
      for (unsigned line = 0; line < 4; ++line) __builtin_prefetch(block + line * 64);
    }
  }
}

}  // namespace sorrel
