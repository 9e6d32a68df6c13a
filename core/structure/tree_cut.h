// TreeCut: takes the slots between two cursors out of a tree, with all that they own: along the two
// paths cell by cell, between them whole subtrees, each let go as one thing.
//
// A little is freed at once; the rest, and all while a snapshot lives, goes to the epoch's retire
// list and is freed in slices. Where the list can't get room, and no snapshot forbids it, all is
// freed at once after all.
//
// Lives as long as one erase_range(). It leaves nodes that hold little where the two paths were;
// the tree puts that right.
#pragma once

#include "core/base/check.h"
#include "core/structure/epoch.h"
#include "core/structure/tree_path.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace sorrel {

template <class Policy>
class TreeCut {
 public:
  using Node = TreeNode<Policy>;
  using Cursor = TreeCursor<Policy>;

  /// `from` is before `to`. Throws std::bad_alloc while a snapshot lives, with nothing changed.
  TreeCut(TreeTop<Policy>& top, Cursor& from, Cursor& to)
      : top_(top), epoch_(*top.epoch), from_(top, from), to_(top, to) {
    while (meeting_ > 0 && from_.index(meeting_) == to_.index(meeting_)) --meeting_;
    if (epoch_.try_reserve(cells_on_paths())) return;
    if (epoch_.frozen()) throw std::bad_alloc();
    at_once_ = SIZE_MAX;
  }

  void run() {
    for (unsigned level = 0; level < meeting_; ++level) {
      Node& left = from_.node(level);
      drop_cells(left, behind_from(level), left.count());
      drop_cells(to_.node(level), 0, to_.index(level));
    }
    drop_cells(from_.node(meeting_), behind_from(meeting_), to_.index(meeting_));
    describe_paths();
    top_.weight = top_.root->weight();
  }

  /// Lets one slot's own go: at once while that is allowed and little.
  static void drop_slot(typename Policy::Slot& slot, Epoch& epoch, size_t& at_once) {
    if constexpr (Policy::kOwns) drop(Policy::remains(slot), epoch, at_once);
  }

 private:
  /// The first cell of the path's node that goes, or may go: below, the child leads on.
  unsigned behind_from(unsigned level) const { return from_.index(level) + (level == 0 ? 0 : 1); }

  size_t cells_on_paths() const {
    size_t cells = 0;
    for (unsigned level = 0; level <= meeting_; ++level) {
      cells += 2 * size_t{Node::full_capacity(level)};
    }
    return cells;
  }

  static void drop(const Remains& remains, Epoch& epoch, size_t& at_once) {
    if (!remains) return;
    const size_t weight = 1 + weight_of(remains);
    if (epoch.frozen() || weight > at_once) return epoch.retire_whole(remains);
    at_once -= weight;
    epoch.free_whole(remains);
  }

  void drop_cells(Node& node, unsigned i, unsigned end) {
    for (unsigned cell = i; cell < end; ++cell) {
      if (node.is_leaf()) {
        drop_slot(node.slot(cell), epoch_, at_once_);
      } else {
        forget(node.child(cell), node.level() - 1, node.count_of(cell));
        drop(node.child(cell).remains(), epoch_, at_once_);
      }
    }
    if (node.is_leaf()) top_.slots -= end - i;
    node.close(i, end - i);
  }

  /// Takes a subtree out of the books. Looks at inner nodes only: of leaves their parents know.
  void forget(const Owned<Node>& subtree, unsigned level, unsigned count) {
    if (level == 0) {
      --top_.leaves;
      top_.slots -= count;
      return;
    }
    --top_.inner_nodes;
    for (unsigned i = 0; i < count; ++i) {
      forget(subtree->child(i), level - 1, subtree->count_of(i));
    }
  }

  /// The nodes above are told, from below up; a child that is empty goes.
  void describe_paths() {
    for (unsigned level = 1; level < from_.height(); ++level) {
      const unsigned at = from_.index(level);
      if (level < meeting_) describe(to_.node(level), 0, to_.node(level - 1));
      if (level == meeting_) describe(to_.node(level), at + 1, to_.node(level - 1));
      describe(from_.node(level), at, from_.node(level - 1));
    }
  }
  void describe(Node& parent, unsigned i, const Node& child) {
    if (child.count() != 0) return parent.describe(i, child);
    --(child.is_leaf() ? top_.leaves : top_.inner_nodes);
    parent.take_child(i).release(epoch_);
  }

  TreeTop<Policy>& top_;
  Epoch& epoch_;
  TreePath<Policy> from_;
  TreePath<Policy> to_;
  unsigned meeting_ = from_.height() - 1;  // the level at which the two paths part
  size_t at_once_ = Epoch::kWeightFreedAtOnce;
};

}  // namespace sorrel
