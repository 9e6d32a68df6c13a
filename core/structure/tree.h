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
//   using Slot = …                             8 to 32 bytes, moved by memcpy; may be or hold an
//                                              Owned
//   static constexpr uint8_t kNodeKind         its number in core/value/kinds.h
//   static constexpr unsigned kLeafBytes, kInnerBytes       what a node takes of the heap
//   static constexpr bool kOrdered             whether there are separators and searches by key
//   static uint64_t weight(const Slot&)        what offsets count: 1 for a member, the elements of
//                                              a block, the bytes of a chunk; never 0
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
// Part of a value's heap block, as a Table is. Used by the loop's thread, but for views: a Cursor
// of a tree in a frozen block may be used by any thread while the snapshot lives.
//
// Invariants (TreeCheck holds a tree to them):
//  1. Every leaf is at the same depth; every node but those on the right edge of a tree that was
//     only appended to, and the root, is at least a quarter full.
//  2. A count is the sum of the weights beneath it, a separator the first slot beneath it.
//  3. Writers thaw the path first. One insert or extract thaws at most two nodes a level.
//  4. A std::bad_alloc leaves the tree as it was. extract() and erase_range() never throw while no
//     snapshot lives: without memory, nodes stay emptier than they should.
#pragma once

#include "core/base/check.h"
#include "core/structure/epoch.h"
#include "core/structure/owned.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

template <class Policy>
class Tree {
 public:
  using Slot = typename Policy::Slot;
  class Cursor;

  explicit Tree(Epoch& epoch);
  /// For the clone of a block that holds a tree: the same slots, all frozen.
  struct Inherit {};
  Tree(Inherit, const Tree& original);
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  uint64_t weight() const;  // of all slots
  size_t slots() const;
  bool empty() const { return slots() == 0; }
  /// Footprint of the nodes, without what slots own.
  size_t bytes() const;

  // ---- Finding. A cursor is good until the tree's next change.
  Cursor begin() const;
  Cursor end() const;
  /// The last slot; end() when empty.
  Cursor last() const;
  /// The slot that holds `offset`: cursor.offset() <= offset < cursor.offset() + weight. end() when
  /// the tree weighs no more.
  Cursor at(uint64_t offset) const;
  /// The first slot that isn't before `key`; and the first behind it. Ordered trees.
  template <class Key>
  Cursor lower_bound(const Key& key) const;
  template <class Key>
  Cursor upper_bound(const Key& key) const;
  template <class Visit>
  void for_each(Visit&& visit) const;

  // ---- Changing. The cursor given must be of the tree as it is, and stands afterwards where it
  // says.
  /// Puts `slot` before the cursor (end(): appends). The cursor stands at it then.
  void insert(Cursor& before, Slot&& slot);
  void append(Slot&& slot);
  /// Takes the slot out; what it owns is the caller's. The cursor stands at what followed it.
  Slot extract(Cursor& at);
  /// `change(Slot&)` gets the slot writable (its path thawed), and may change it as long as it
  /// keeps its place in the order; its weight may change, not to 0. The cursor stays.
  template <class Change>
  void edit(Cursor& at, Change&& change);
  /// Drops the slots from `from` to before `to`, with all that they own: whole nodes at once,
  /// freed in slices. Whoever borrows their contents has let go before. `from` stands at what `to`
  /// stood at; `to` is dead.
  void erase_range(Cursor& from, Cursor& to);
  /// Fills an empty tree with `n` slots that come in order, nodes full.
  template <class Next>
  void build(size_t n, Next&& next);
  /// All slots and what they own: retired as one thing. Throws std::bad_alloc with nothing changed.
  void clear();
  void swap(Tree& other) noexcept;

  // For a heap block that holds a tree: kind.h.
  size_t weight_of_blocks() const;  // about how many heap blocks there are; 0 when empty
  Remains remains();
};

/// Where one is in a tree.
template <class Policy>
class Tree<Policy>::Cursor {
 public:
  /// False at the end (and of a cursor that was never set).
  explicit operator bool() const;
  const Slot& operator*() const;
  const Slot* operator->() const;
  /// The sum of the weights before this slot.
  uint64_t offset() const;
  /// To the next slot; from the last to the end.
  void next();
  /// To the slot before; from the end to the last. Not from the first.
  void previous();
};

}  // namespace sorrel
