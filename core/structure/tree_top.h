// TreeTop: the root of a tree, and its sums. Part of a Tree; a path or a cut works on it.
#pragma once

#include "core/structure/epoch.h"
#include "core/structure/tree_node.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sorrel {

template <class Policy>
struct TreeTop {
  using Node = TreeNode<Policy>;

  explicit TreeTop(Epoch& for_epoch) : epoch(&for_epoch) {}
  /// For the copy of the block that holds it.
  TreeTop inherit() const {
    TreeTop copy(*epoch);
    copy.root = root.inherit();
    copy.weight = weight;
    copy.slots = slots;
    copy.leaves = leaves;
    copy.inner_nodes = inner_nodes;
    return copy;
  }

  /// A root with one child makes place for it; one with nothing in it goes.
  void lower() {
    while (!root->is_leaf() && root->count() == 1) {
      const Owned<Node>& only = root->child(0);
      const bool fresh = !epoch->frozen() || root.fresh();
      Owned<Node> child = fresh ? only.alias() : only.inherit();
      child.set_extra(0);
      root.release(*epoch);
      root = std::move(child);
      --inner_nodes;
    }
    if (root->count() != 0) return;
    --(root->is_leaf() ? leaves : inner_nodes);
    root.release(*epoch);
  }

  Epoch* epoch;
  Owned<Node> root;
  uint64_t weight = 0;
  size_t slots = 0;
  uint32_t leaves = 0;
  uint32_t inner_nodes = 0;
};

}  // namespace sorrel
