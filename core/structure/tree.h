// Tree: the counted B+tree of everything that has an order: the members of a sorted set by score,
// the blocks of a list, the blocks of a stream by ID, pending entries, the chunks of a giant
// string.
//
// Leaves hold slots of the policy's; an inner node holds, for each child, the reference, the sum of
// the weights beneath it, and (in an ordered tree) the exact minimum of the child as separator.
// So rank, range by offset and search by key are O(log n). There are no links between siblings or
// to parents: a Cursor keeps the path. Nodes fill allocator classes, a leaf that is appended to
// splits at its end and stays full, and one that empties merges with a sibling, or takes from it.
//
// A policy says what a slot is:
//
//   using Slot = …                             8 to 64 bytes, moved by memcpy; may be or hold an
//                                              Owned
//   static constexpr uint8_t kNodeKind         its number in core/value/kinds.h
//   static constexpr unsigned kLeafBytes, kInnerBytes       what a node takes of the heap
//   static constexpr bool kOrdered             whether there are separators and searches by key
//   static uint64_t weight(const Slot&)        what offsets count: the elements of a block, the
//                                              bytes of a chunk; never 0. Left out: each slot is 1
//   static int compare(const Key&, const Slot&)     ordered only, for each type of key used:
//                                                   negative when the key is before the slot
//   static constexpr bool kOwns                whether slots own blocks of the heap; if so:
//   static Remains remains(Slot&)              the block that the slot owns
//   static void inherit(Slot&)                 the bytes of a slot were copied into a node's copy:
//                                              clears the fresh bit of what it holds
//
// A separator is a slot's bytes and never owns. Slots that borrow (a sorted set's point at members
// that its table owns) must be replaced when what they point at moves: see edit().
//
// Slots are found by TreeCursor, made room for and evened out by TreePath, and dropped in ranges by
// TreeCut, each in a header of its own.
//
// Part of a value's heap block, as a Table is. Used by the loop's thread, but for views: a Cursor
// of a tree in a frozen block may be used by any thread while the snapshot lives.
//
// Invariants (TreeCheck holds a tree to them):
//  1. Every leaf is at the same depth. Every node is at least a third full, but for the root and
//     those on the left and right edges: what is only appended to, prepended to, or popped from an
//     end has them full or as they come.
//  2. A count is that of the child, a weight the sum beneath it, a separator the first slot.
//  3. Writers thaw the path first. One insert or extract thaws at most two nodes a level.
//  4. A std::bad_alloc leaves the tree as it was. extract() and erase_range() never throw while no
//     snapshot lives; without memory during one, nodes may stay emptier than they should.
#pragma once

#include "core/base/check.h"
#include "core/structure/compaction.h"
#include "core/structure/epoch.h"
#include "core/structure/owned.h"
#include "core/structure/tree_cursor.h"
#include "core/structure/tree_cut.h"
#include "core/structure/tree_node.h"
#include "core/structure/tree_path.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace sorrel {

template <class Policy>
class Tree {
 public:
  using Slot = typename Policy::Slot;
  using Cursor = TreeCursor<Policy>;

  explicit Tree(Epoch& epoch) : top_(epoch) {}
  /// For the clone of a block that holds a tree: the same slots, all frozen.
  struct Inherit {};
  Tree(Inherit, const Tree& original) : top_(original.top_.inherit()) {}
  /// Frees everything at once; no snapshot may live. (A tree in a heap block is never destroyed:
  /// its block's next_child() names remains().)
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  uint64_t weight() const { return top_.weight; }  // of all slots
  size_t slots() const { return top_.slots; }
  bool empty() const { return top_.slots == 0; }
  /// Footprint of the nodes, without what slots own.
  size_t bytes() const;

  // ---- Finding. A cursor is good until the tree's next change.
  Cursor begin() const {
    return Cursor(top_.root, [](const Node&) { return 0u; });
  }
  Cursor end() const {
    return Cursor(top_.root, [](const Node& node) {
      return node.is_leaf() ? node.count() : node.count() - 1;
    });
  }
  /// The last slot; end() when empty.
  Cursor last() const {
    return Cursor(top_.root, [](const Node& node) { return node.count() - 1; });
  }
  /// The slot that holds `offset`: cursor.offset() <= offset < cursor.offset() + weight. end() when
  /// the tree weighs no more.
  Cursor at(uint64_t offset) const {
    if (offset >= top_.weight) return end();
    return Cursor(top_.root, [&](const Node& node) { return node.cell_at(offset); });
  }
  /// The first slot that isn't before `key`; and the first behind it. Ordered trees.
  template <class Key>
  Cursor lower_bound(const Key& key) const {
    return first_not([&](const Slot& slot) { return Policy::compare(key, slot) > 0; });
  }
  template <class Key>
  Cursor upper_bound(const Key& key) const {
    return first_not([&](const Slot& slot) { return Policy::compare(key, slot) >= 0; });
  }
  /// `visit(const Slot&)`, in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (Cursor cursor = begin(); cursor; cursor.next()) visit(*cursor);
  }

  // ---- Changing. The cursor given must be of the tree as it is, and stands afterwards where it
  // says.
  /// Puts `slot` before the cursor (end(): appends). The cursor stands at it then. On
  /// std::bad_alloc the slot stays with the caller.
  void insert(Cursor& before, Slot&& slot);
  void append(Slot&& slot) {
    Cursor cursor = end();
    insert(cursor, std::move(slot));
  }
  /// Takes the slot out; what it owns is the caller's. The cursor stands at what followed it.
  Slot extract(Cursor& at);
  /// `change(Slot&)` gets the slot writable (its path thawed), and may change it as long as it
  /// keeps its place in the order; its weight may change, not to 0. The cursor stays. What `change`
  /// returns is returned, and what it throws goes on to the caller.
  template <class Change>
  decltype(auto) edit(Cursor& at, Change&& change);
  /// Drops the slots from `from` to before `to`, with all that they own: whole nodes at once,
  /// freed in slices. Whoever borrows their contents has let go before. `from` stands at what `to`
  /// stood at; `to` is dead.
  void erase_range(Cursor& from, Cursor& to);
  /// Fills an empty tree with `n` slots that come in order, each returned by a call of `next()`;
  /// nodes get full. What throws leaves the slots that were there before it.
  template <class Next>
  void build(size_t n, Next&& next);
  /// Compaction, a leaf at a time: moves the nodes on the way to the slot at `offset` where the
  /// heap wants that, and calls `visit(Slot&)` for the slots of its leaf from that one on: it may
  /// move what a slot owns. Returns the offset to go on from, 0 at the end; a walk starts at 0. No
  /// snapshot lives.
  template <class Visit>
  uint64_t compact(uint64_t offset, Compaction& step, Visit&& visit);
  /// All slots and what they own: retired as one thing. Throws std::bad_alloc with nothing changed.
  void clear();
  void swap(Tree& other) noexcept {
    VERIFY(top_.epoch == other.top_.epoch);
    std::swap(top_, other.top_);
  }

  // For a heap block that holds a tree: kind.h.
  /// About how many heap blocks there are; 0 when empty.
  size_t weight_of_blocks() const {
    return top_.leaves + top_.inner_nodes + (Policy::kOwns ? top_.slots : 0);
  }
  Remains remains() { return top_.root.remains(); }

 private:
  using Node = TreeNode<Policy>;
  using Path = TreePath<Policy>;
  template <class>
  friend class TreeCheck;

  template <class Before>
  Cursor first_not(Before&& before) const {
    Cursor cursor(top_.root, [&](const Node& node) { return node.search(before); });
    cursor.settle();
    return cursor;
  }
  void start(Cursor& at);
  void tidy_around(uint64_t offset);
  bool tidy_at(uint64_t offset);

  TreeTop<Policy> top_;
};

template <class Policy>
Tree<Policy>::~Tree() {
  if (!top_.root) return;
  VERIFY(!top_.epoch->frozen());
  top_.epoch->free_whole(top_.root.remains());
}

template <class Policy>
size_t Tree<Policy>::bytes() const {
  if (!top_.root) return 0;
  const Heap& heap = top_.epoch->heap();
  if (top_.root->is_leaf()) return heap.footprint(Node::bytes(*top_.root));
  return top_.leaves * heap.footprint(Node::bytes_for(0, Node::full_capacity(0))) +
         top_.inner_nodes * heap.footprint(Node::bytes_for(1, Node::full_capacity(1)));
}

/// The first slot comes: a leaf of 64 bytes, or what two slots take.
template <class Policy>
void Tree<Policy>::start(Cursor& at) {
  constexpr size_t kFirstBytes = 64 - Node::kHeaderBytes;
  constexpr unsigned kCapacity = std::max<size_t>(2, kFirstBytes / sizeof(Slot));
  Heap& heap = top_.epoch->heap();
  top_.root = Owned<Node>::adopt(Node::make(heap, 0, std::min(kCapacity, Node::kLeafCapacity)),
                                 *top_.epoch);
  top_.leaves = 1;
  at = end();
}

template <class Policy>
void Tree<Policy>::insert(Cursor& before, Slot&& slot) {
  if (!top_.root) [[unlikely]]
    start(before);
  before.step_aside();
  Path path(top_, before);
  if (path.leaf().full()) [[unlikely]]
    path.make_room();
  path.leaf().open(path.index(0), 1);
  const uint64_t weight = Node::slot_weight(slot);
  ::new (&path.leaf().slot(path.index(0))) Slot(std::move(slot));
  path.tell_parents(weight);
  top_.weight += weight;
  ++top_.slots;
}

template <class Policy>
auto Tree<Policy>::extract(Cursor& at) -> Slot {
  Path path(top_, at);
  const uint64_t weight = Node::slot_weight(*at);
  Slot taken = path.leaf().take_slot(path.index(0));
  path.tell_parents(0 - weight);
  top_.weight -= weight;
  --top_.slots;
  if (path.leaf().count() < Node::cells_min(0)) [[unlikely]] {
    // What followed the slot is at the slot's offset now.
    const uint64_t offset = at.offset();
    path.tidy(at.at_edge());
    at = this->at(offset);
  } else {
    at.settle();
  }
  return taken;
}

template <class Policy>
template <class Change>
decltype(auto) Tree<Policy>::edit(Cursor& at, Change&& change) {
  Path path(top_, at);
  Slot& slot = path.leaf().slot(path.index(0));
  // However `change` ends, the nodes above learn of it.
  struct Telling {
    ~Telling() {
      const uint64_t gained = Node::slot_weight(slot) - weight_before;
      path.tell_parents(gained);
      top.weight += gained;
    }
    TreeTop<Policy>& top;
    Path& path;
    const Slot& slot;
    uint64_t weight_before;
  } telling{top_, path, slot, Node::slot_weight(slot)};
  return change(slot);
}

template <class Policy>
template <class Visit>
uint64_t Tree<Policy>::compact(uint64_t offset, Compaction& step, Visit&& visit) {
  if (offset >= top_.weight) return 0;
  uint64_t left = offset;
  Owned<Node>* reference = &top_.root;
  step.move(*reference);
  while (!(*reference)->is_leaf()) {
    Node& node = reference->thaw(*top_.epoch);
    reference = &node.child(node.cell_at(left));
    step.move(*reference);
  }
  Node& leaf = reference->thaw(*top_.epoch);
  const unsigned first = leaf.cell_at(left);
  const uint64_t next = offset - left + leaf.weight(first, leaf.count());
  for (unsigned i = first; i < leaf.count(); ++i) visit(leaf.slot(i));
  return next < top_.weight ? next : 0;
}

template <class Policy>
void Tree<Policy>::erase_range(Cursor& from, Cursor& to) {
  if (from == to) return;
  const uint64_t offset = from.offset();
  const bool at_edge = offset == 0 || !to;
  TreeCut<Policy>(top_, from, to).run();
  top_.lower();
  if (!at_edge) tidy_around(offset);
  from = at(offset);
}

/// A range has gone from `offset` on, between other slots.
template <class Policy>
void Tree<Policy>::tidy_around(uint64_t offset) {
  // A node without a sibling is put right once its parent has been.
  for (bool changed = true; changed;) {
    changed = tidy_at(offset - 1);
    if (tidy_at(offset)) changed = true;
  }
}

template <class Policy>
bool Tree<Policy>::tidy_at(uint64_t offset) {
  Cursor cursor = at(offset);
  try {
    return Path(top_, cursor).tidy(false);
  } catch (const std::bad_alloc&) {
    return false;  // a snapshot lives, and there is no memory for it
  }
}

template <class Policy>
template <class Next>
void Tree<Policy>::build(size_t n, Next&& next) {
  VERIFY(empty());
  for (size_t i = 0; i < n; ++i) {
    Slot slot = next();
    try {
      append(std::move(slot));
    } catch (const std::bad_alloc&) {
      size_t at_once = Epoch::kWeightFreedAtOnce;
      TreeCut<Policy>::drop_slot(slot, *top_.epoch, at_once);
      throw;
    }
  }
}

template <class Policy>
void Tree<Policy>::clear() {
  if (!top_.root) return;
  Epoch& epoch = *top_.epoch;
  const bool at_once = !epoch.frozen() && weight_of_blocks() <= Epoch::kWeightFreedAtOnce;
  if (!at_once) epoch.reserve();
  const Remains everything = top_.root.remains();
  top_ = TreeTop<Policy>(epoch);
  at_once ? epoch.free_whole(everything) : epoch.retire_whole(everything);
}

}  // namespace sorrel
