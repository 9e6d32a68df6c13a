// TreePath: the path of a cursor, thawed, and all that a tree does along one: it makes room for a
// slot, and puts right what has become too empty.
//
// A path lives as long as one change of the tree. It keeps the cursor it was made from at the same
// place, in the nodes as they are after the thaw.
//
// Making room allocates every node it needs before it changes anything; what makes nodes fuller
// needs no memory but for thawing a sibling, and stops where there is none.
#pragma once

#include "core/base/check.h"
#include "core/structure/epoch.h"
#include "core/structure/tree_cursor.h"
#include "core/structure/tree_node.h"
#include "core/structure/tree_top.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace sorrel {

template <class Policy>
class TreePath {
 public:
  using Node = TreeNode<Policy>;
  using Cursor = TreeCursor<Policy>;
  using Slot = typename Policy::Slot;

  /// Thaws. Throws std::bad_alloc; the cursor is good even then.
  TreePath(TreeTop<Policy>& top, Cursor& at) : top_(top), epoch_(*top.epoch), at_(at) {
    if (epoch_.frozen()) [[unlikely]]
      epoch_.reserve();
    Owned<Node>* reference = &top.root;
    for (unsigned level = at.height_; level-- > 0;) {
      nodes_[level] = &reference->thaw(epoch_);
      at_.nodes_[level] = nodes_[level];
      if (level != 0) reference = &nodes_[level]->child(at.index_[level]);
    }
  }

  Node& leaf() { return *nodes_[0]; }
  Node& node(unsigned level) { return *nodes_[level]; }
  unsigned index(unsigned level) const { return at_.index_[level]; }
  unsigned height() const { return at_.height_; }

  /// The leaf is full: afterwards the path leads to one that has room where the slot is to go.
  void make_room() { make_room(0); }
  /// What a change of the leaf means for the nodes above: its count, `weight` more (or, wrapped
  /// round, less), and its first slot, when the change was there.
  void tell_parents(uint64_t weight);
  /// After slots have gone, and the parents know: empty nodes go, and unless `at_edge`, nodes with
  /// little in them join a sibling or share with it. The cursor is dead then. True if anything was
  /// changed.
  bool tidy(bool at_edge);

 private:
  struct Spare;

  void make_room(unsigned level);
  void grow_leaf();
  void grow_root();
  void split(unsigned level, Node* made);
  unsigned cells_kept(unsigned level) const;
  bool at_last(unsigned level) const;
  bool at_first(unsigned level) const;

  bool hand_over(unsigned level);
  void hand_left(unsigned level, unsigned cells);
  void hand_right(unsigned level, unsigned cells);
  bool even_out(unsigned level);
  void drop_empty(unsigned level);
  void tell_parent(unsigned level);

  bool has_parent(unsigned level) const { return level + 1 < at_.height_; }
  Node& parent(unsigned level) { return *nodes_[level + 1]; }
  void step(unsigned level, Node& node, unsigned index) {
    nodes_[level] = &node;
    at_.set(level, node, index);
  }
  /// Where the cell goes that room is made for. Above the leaves: a new child, behind the one that
  /// the path goes through.
  unsigned place(unsigned level) const { return at_.index_[level] + (level == 0 ? 0 : 1); }

  TreeTop<Policy>& top_;
  Epoch& epoch_;
  Cursor& at_;
  std::array<Node*, Cursor::kHeightMax> nodes_;  // by level
};

/// A node that isn't a part of the tree yet, and is freed unless it is taken.
template <class Policy>
struct TreePath<Policy>::Spare {
  Spare(Epoch& for_epoch, unsigned level, unsigned capacity)
      : epoch(for_epoch), node(Node::make(for_epoch.heap(), level, capacity)) {}
  ~Spare() {
    if (node != nullptr) epoch.heap().free(node, Node::bytes(*node));
  }
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;
  Node* take() { return std::exchange(node, nullptr); }

  Epoch& epoch;
  Node* node;
};

template <class Policy>
void TreePath<Policy>::tell_parents(uint64_t weight) {
  const bool to_first = at_.index_[0] == 0 && leaf().count() != 0;
  bool is_first = Policy::kOrdered && to_first;
  for (unsigned level = 1; level < height(); ++level) {
    Node& parent = *nodes_[level];
    const unsigned i = index(level);
    parent.add_weight(i, weight);
    parent.set_count_of(i, nodes_[level - 1]->count());
    if (is_first) parent.set_separator(i, leaf().slot(0));
    is_first = is_first && i == 0;
  }
}

// ---- Making room.

template <class Policy>
void TreePath<Policy>::make_room(unsigned level) {
  if (!has_parent(level) && level == 0 && leaf().capacity() < Node::kLeafCapacity) {
    return grow_leaf();
  }
  if (hand_over(level)) return;
  Spare spare(epoch_, level, Node::full_capacity(level));
  if (!has_parent(level)) {
    grow_root();
  } else if (parent(level).full()) {
    make_room(level + 1);
  }
  split(level, spare.take());
}

template <class Policy>
void TreePath<Policy>::grow_leaf() {
  Node& old = leaf();
  const unsigned capacity = std::min(2 * old.capacity() + 1, Node::kLeafCapacity);
  Node* made = Node::make(epoch_.heap(), 0, capacity);
  old.move_cells(0, old.count(), *made, 0);
  top_.root.release(epoch_);
  top_.root = Owned<Node>::adopt(made, epoch_);
  step(0, *made, index(0));
}

template <class Policy>
void TreePath<Policy>::grow_root() {
  const unsigned level = at_.height_;
  VERIFY(level < Cursor::kHeightMax);
  Node* made = Node::make(epoch_.heap(), level, Node::kInnerCapacity);
  made->link(0, std::move(top_.root));
  top_.root = Owned<Node>::adopt(made, epoch_);
  ++top_.inner_nodes;
  ++at_.height_;
  step(level, *made, 0);
}

template <class Policy>
bool TreePath<Policy>::at_last(unsigned level) const {
  if (place(level) != nodes_[level]->count()) return false;
  for (unsigned above = level + 1; above < at_.height_; ++above) {
    if (place(above) != nodes_[above]->count()) return false;
  }
  return true;
}

template <class Policy>
bool TreePath<Policy>::at_first(unsigned level) const {
  for (; level < at_.height_; ++level) {
    if (at_.index_[level] != 0) return false;
  }
  return true;
}

/// Of a full node that splits: half; but what is only appended to stays full, and what is only
/// prepended to does so too. Above the leaves the child that the path goes through stays with the
/// new one.
template <class Policy>
unsigned TreePath<Policy>::cells_kept(unsigned level) const {
  const unsigned count = nodes_[level]->count();
  if (at_last(level)) return level == 0 ? count : count - 1;
  if (at_first(level)) return level == 0 ? 0 : 1;
  return (count + 1) / 2;
}

template <class Policy>
void TreePath<Policy>::split(unsigned level, Node* made) {
  Node& left = *nodes_[level];
  Node& up = parent(level);
  const unsigned at = index(level + 1);
  const unsigned kept = cells_kept(level);
  const bool to_right = level == 0 ? index(0) > kept || kept == left.count() : index(level) >= kept;
  left.move_cells(kept, left.count() - kept, *made, 0);
  up.link(at + 1, Owned<Node>::adopt(made, epoch_));
  up.describe(at, left);
  ++(level == 0 ? top_.leaves : top_.inner_nodes);
  if (!to_right) return;
  at_.index_[level + 1] = at + 1;
  step(level, *made, index(level) - kept);
}

/// A full node gives cells to the emptier of its siblings, if that has room enough to be worth it.
template <class Policy>
bool TreePath<Policy>::hand_over(unsigned level) {
  if (!has_parent(level) || at_last(level) || at_first(level)) return false;
  Node& up = parent(level);
  const unsigned at = index(level + 1);
  const unsigned full = up.count_of(at);
  const unsigned left = at > 0 ? up.count_of(at - 1) : full;
  const unsigned right = at + 1 < up.count() ? up.count_of(at + 1) : full;
  const unsigned least = std::min(left, right);
  if (least > full - std::max(2u, full / 16)) return false;
  const unsigned cells = (full - least + 1) / 2;
  if (left <= right) {
    hand_left(level, cells);
  } else {
    hand_right(level, cells);
  }
  return true;
}

template <class Policy>
void TreePath<Policy>::hand_left(unsigned level, unsigned cells) {
  Node& up = parent(level);
  const unsigned at = index(level + 1);
  Node& sibling = up.child(at - 1).thaw(epoch_);
  Node& node = *nodes_[level];
  const unsigned before = sibling.count();
  node.move_cells(0, cells, sibling, before);
  up.describe(at - 1, sibling);
  up.describe(at, node);
  if (place(level) > cells) {
    at_.index_[level] -= cells;
  } else {
    at_.index_[level + 1] = at - 1;
    step(level, sibling, before + index(level));
  }
}

template <class Policy>
void TreePath<Policy>::hand_right(unsigned level, unsigned cells) {
  Node& up = parent(level);
  const unsigned at = index(level + 1);
  Node& sibling = up.child(at + 1).thaw(epoch_);
  Node& node = *nodes_[level];
  const unsigned kept = node.count() - cells;
  node.move_cells(kept, cells, sibling, 0);
  up.describe(at, node);
  up.describe(at + 1, sibling);
  if (place(level) > kept) {
    at_.index_[level + 1] = at + 1;
    step(level, sibling, index(level) - kept);
  }
}

// ---- Putting right what has become too empty.

template <class Policy>
bool TreePath<Policy>::tidy(bool at_edge) {
  bool changed = false;
  for (unsigned level = 0; has_parent(level); ++level) {
    const unsigned count = nodes_[level]->count();
    if (count == 0) {
      drop_empty(level);
      changed = true;
    } else if (!at_edge && count < Node::cells_min(level) && even_out(level)) {
      changed = true;
    }
    // The parent has lost a cell, or its first one is another.
    if (changed && has_parent(level + 1)) tell_parent(level + 1);
  }
  top_.lower();
  return changed;
}

template <class Policy>
void TreePath<Policy>::tell_parent(unsigned level) {
  const Node& node = *nodes_[level];
  parent(level).set_count_of(index(level + 1), node.count());
  if (node.count() != 0) parent(level).set_separator(index(level + 1), node.first());
}

template <class Policy>
void TreePath<Policy>::drop_empty(unsigned level) {
  Node& up = parent(level);
  up.take_child(index(level + 1)).release(epoch_);
  --(level == 0 ? top_.leaves : top_.inner_nodes);
}

/// Joins the node with a sibling, or shares evenly with it. False where that can't be done.
template <class Policy>
bool TreePath<Policy>::even_out(unsigned level) {
  Node& up = parent(level);
  const unsigned at = index(level + 1);
  if (up.count() < 2) return false;
  const bool with_left =
      at + 1 == up.count() || (at > 0 && up.count_of(at - 1) <= up.count_of(at + 1));
  const unsigned first = with_left ? at - 1 : at;
  Node* left = nullptr;
  Node* right = nullptr;
  try {
    left = &up.child(first).thaw(epoch_);
    right = &up.child(first + 1).thaw(epoch_);
  } catch (const std::bad_alloc&) {
    return false;
  }
  const unsigned cells = left->count() + right->count();
  if (cells <= Node::cells_merged(level)) {
    right->move_cells(0, right->count(), *left, left->count());
    up.take_child(first + 1).release(epoch_);
    --(level == 0 ? top_.leaves : top_.inner_nodes);
    up.describe(first, *left);
    return true;
  }
  const unsigned half = cells / 2;
  if (left->count() > half) {
    left->move_cells(half, left->count() - half, *right, 0);
  } else {
    right->move_cells(0, half - left->count(), *left, left->count());
  }
  up.describe(first, *left);
  up.describe(first + 1, *right);
  return true;
}

}  // namespace sorrel
