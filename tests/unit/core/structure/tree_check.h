// TreeCheck: holds a tree to the invariants that its headers state. Looks at everything, so it is
// for tests. A fault is a sentence; none is empty.
#pragma once

#include "core/structure/tree.h"

#include <string>

namespace sorrel {

template <class Policy>
class TreeCheck {
 public:
  using Node = TreeNode<Policy>;

  /// Calls `block(const void*, bytes, fresh)` for each node, and `slot(const Slot&, fresh)` for
  /// each slot. `fresh`: all bits on the way are set.
  template <class OnBlock, class OnSlot>
  static void visit(const Tree<Policy>& tree, OnBlock&& block, OnSlot&& slot) {
    if (tree.top_.root) visit(tree.top_.root, true, block, slot);
  }

  /// `starved`: nodes may be emptier than they should, since there was no memory to change that.
  static std::string fault(const Tree<Policy>& tree, const Heap& heap, bool starved = false) {
    const auto& top = tree.top_;
    if (!top.root) {
      const bool nothing =
          top.weight == 0 && top.slots == 0 && top.leaves == 0 && top.inner_nodes == 0;
      return nothing ? "" : "an empty tree that counts something";
    }
    if (top.root->count() == 0) return "an empty root";
    if (!top.root->is_leaf() && top.root->count() == 1) return "a root with one child";
    TreeCheck check;
    check.starved_ = starved;
    std::string fault = check.node_fault(*top.root, true, true, true);
    if (!fault.empty()) return fault;
    if (top.root->weight() != top.weight) return "weight() isn't the sum";
    if (check.slots_ != top.slots) return "slots() isn't their number";
    if (check.leaves_ != top.leaves) return "a wrong number of leaves";
    if (check.inner_nodes_ != top.inner_nodes) return "a wrong number of inner nodes";
    size_t bytes = 0;
    visit(
        tree, [&](const void*, size_t block_bytes, bool) { bytes += heap.footprint(block_bytes); },
        [](const auto&, bool) {});
    return bytes == tree.bytes() ? "" : "bytes() isn't the sum of the nodes";
  }

  /// Slots there are, of those that the leaves could hold.
  static double fill(const Tree<Policy>& tree) {
    return static_cast<double>(tree.slots()) / Node::kLeafCapacity /
           static_cast<double>(tree.top_.leaves);
  }
  static unsigned height(const Tree<Policy>& tree) {
    return tree.top_.root ? tree.top_.root->level() + 1 : 0;
  }

 private:
  template <class OnBlock, class OnSlot>
  static void visit(const Owned<Node>& reference, bool parent_fresh, OnBlock&& block,
                    OnSlot&& slot) {
    const Node& node = *reference;
    const bool fresh = parent_fresh && reference.fresh();
    block(&node, Node::bytes(node), fresh);
    for (unsigned i = 0; i < node.count(); ++i) {
      if (node.is_leaf()) {
        slot(node.slot(i), fresh);
      } else {
        visit(node.child(i), fresh, block, slot);
      }
    }
  }

  std::string node_fault(const Node& node, bool is_root, bool left_edge, bool right_edge) {
    if (node.count() > node.capacity()) return "more cells than there is room for";
    if (!is_root && node.capacity() != Node::full_capacity(node.level())) return "a small node";
    if (node.count() == 0) return "an empty node";
    const bool may_be_low = is_root || left_edge || right_edge || starved_;
    if (!may_be_low && node.count() < Node::cells_min(node.level()))
      return "a node that is too low";
    if (node.is_leaf()) return leaf_fault(node);
    ++inner_nodes_;
    for (unsigned i = 0; i < node.count(); ++i) {
      const std::string fault = child_fault(node, i, left_edge, right_edge);
      if (!fault.empty()) return fault;
    }
    return "";
  }

  std::string child_fault(const Node& node, unsigned i, bool left_edge, bool right_edge) {
    if (!node.child(i)) return "no child";
    const Node& child = *node.child(i);
    if (child.level() + 1 != node.level()) return "a child of another level";
    if (node.count_of(i) != child.count()) return "a count that isn't the child's";
    if (node.weight_of(i) != child.weight()) return "a weight that isn't the child's";
    if constexpr (Policy::kOrdered) {
      if (!is_same(node.separator(i), child.first())) {
        return "a separator that isn't the first slot";
      }
    }
    return node_fault(child, false, left_edge && i == 0, right_edge && i + 1 == node.count());
  }

  template <class Slot>
  static bool is_same(const Slot& separator, const Slot& first) {
    if constexpr (requires { Policy::same(separator, first); }) {
      return Policy::same(separator, first);
    } else {
      return Policy::compare(separator.first, first) == 0;  // a slot with its key in it
    }
  }

  std::string leaf_fault(const Node& leaf) {
    ++leaves_;
    slots_ += leaf.count();
    for (unsigned i = 0; i < leaf.count(); ++i) {
      if (Node::slot_weight(leaf.slot(i)) == 0) return "a slot without weight";
    }
    return "";
  }

  bool starved_ = false;
  size_t slots_ = 0;
  size_t leaves_ = 0;
  size_t inner_nodes_ = 0;
};

template <class Policy>
std::string fault_of(const Tree<Policy>& tree, const Heap& heap, bool starved = false) {
  return TreeCheck<Policy>::fault(tree, heap, starved);
}

}  // namespace sorrel
