// Three kinds of slots for the tests of the tree, with nodes of four or five cells, so that every
// split, merge and loan happens within a few dozen slots; and a value that holds such a tree.
//
// What a test knows of a slot is a TreeItem. A policy for tests makes a slot of one, compares the
// two, changes one into another that has the same key, and lets one go.
#pragma once

#include "core/structure/tree.h"

#include <cstdint>
#include <new>
#include <utility>

namespace sorrel::tree_world {

struct TreeItem {
  uint64_t key;
  uint64_t stamp;
  uint64_t weight;
};

/// A block of the heap that a slot owns.
struct Brick {
  static constexpr uint8_t kKind = 20;
  uint64_t stamp;
  uint64_t weight;
  static size_t bytes(const Brick&) { return sizeof(Brick); }

  static Owned<Brick> make(const TreeItem& item, Epoch& epoch) {
    auto* brick = ::new (epoch.heap().allocate(sizeof(Brick))) Brick{item.stamp, item.weight};
    return Owned<Brick>::adopt(brick, epoch);
  }
};

constexpr unsigned leaf_bytes(unsigned slots, size_t slot_bytes) {
  return static_cast<unsigned>(8 + slots * slot_bytes);
}
constexpr unsigned inner_bytes(unsigned children, size_t separator_bytes) {
  return static_cast<unsigned>(8 + children * (16 + separator_bytes));
}

/// As of a sorted set: ordered, duplicates of a key allowed, nothing owned, each counts 1.
struct Plain {
  struct Slot {
    uint64_t key;
    uint64_t stamp;
  };
  static constexpr uint8_t kNodeKind = 21;
  static constexpr unsigned kLeafBytes = leaf_bytes(4, sizeof(Slot));
  static constexpr unsigned kInnerBytes = inner_bytes(4, sizeof(Slot));
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;
  static int compare(uint64_t key, const Slot& slot) {
    return key < slot.key ? -1 : key > slot.key ? 1 : 0;
  }
  static bool same(const Slot& a, const Slot& b) { return a.key == b.key && a.stamp == b.stamp; }

  static Slot make(const TreeItem& item, Epoch&) { return Slot{item.key, item.stamp}; }
  static bool equals(const Slot& slot, const TreeItem& item) {
    return slot.key == item.key && slot.stamp == item.stamp;
  }
  static void change(Slot& slot, const TreeItem& item, Epoch&) { slot.stamp = item.stamp; }
  static void drop(Slot&&, Epoch&) {}
  static const Owned<Brick>* brick(const Slot&) { return nullptr; }
};

/// What the slots that own have in common.
template <class Slot>
struct Owning {
  static constexpr bool kOwns = true;
  static uint64_t weight(const Slot& slot) { return slot.brick->weight; }
  static Remains remains(Slot& slot) { return slot.brick.remains(); }
  static void inherit(Slot& slot) { slot.brick.freeze(); }

  static void change(Slot& slot, const TreeItem& item, Epoch& epoch) {
    Brick& brick = slot.brick.thaw(epoch);
    brick.stamp = item.stamp;
    brick.weight = item.weight;
  }
  static void drop(Slot&& slot, Epoch& epoch) { slot.brick.drop(epoch); }
  static const Owned<Brick>* brick(const Slot& slot) { return &slot.brick; }
};

struct BlockSlot {
  Owned<Brick> brick;
};
/// As of a list: no order but where it was put, blocks of some elements.
struct Blocks : Owning<BlockSlot> {
  using Slot = BlockSlot;
  static constexpr uint8_t kNodeKind = 22;
  static constexpr unsigned kLeafBytes = leaf_bytes(5, sizeof(Slot));
  static constexpr unsigned kInnerBytes = inner_bytes(4, 0);
  static constexpr bool kOrdered = false;

  static Slot make(const TreeItem& item, Epoch& epoch) { return Slot{Brick::make(item, epoch)}; }
  static bool equals(const Slot& slot, const TreeItem& item) {
    return slot.brick->stamp == item.stamp && slot.brick->weight == item.weight;
  }
};

struct KeyedSlot {
  uint64_t key;
  Owned<Brick> brick;
};
/// As of a stream: blocks by key.
struct Keyed : Owning<KeyedSlot> {
  using Slot = KeyedSlot;
  static constexpr uint8_t kNodeKind = 23;
  static constexpr unsigned kLeafBytes = leaf_bytes(4, sizeof(Slot));
  static constexpr unsigned kInnerBytes = inner_bytes(5, sizeof(Slot));
  static constexpr bool kOrdered = true;
  static int compare(uint64_t key, const Slot& slot) {
    return key < slot.key ? -1 : key > slot.key ? 1 : 0;
  }
  static bool same(const Slot& a, const Slot& b) { return a.key == b.key; }

  static Slot make(const TreeItem& item, Epoch& epoch) {
    return Slot{item.key, Brick::make(item, epoch)};
  }
  static bool equals(const Slot& slot, const TreeItem& item) {
    return slot.key == item.key && slot.brick->stamp == item.stamp &&
           slot.brick->weight == item.weight;
  }
};

/// A value that is a tree.
template <class Policy>
struct Holder {
  static constexpr uint8_t kKind = Policy::kNodeKind + 10;
  Tree<Policy> tree;

  static size_t bytes(const Holder&) { return sizeof(Holder); }
  static size_t weight(const Holder& holder) { return holder.tree.weight_of_blocks(); }
  static Remains next_child(Holder& holder, size_t& position) {
    return position++ == 0 ? holder.tree.remains() : Remains{};
  }
  static Holder* clone(const Holder& original, Epoch& epoch) {
    return ::new (epoch.heap().allocate(sizeof(Holder)))
        Holder{Tree<Policy>(typename Tree<Policy>::Inherit{}, original.tree)};
  }
  static Owned<Holder> make(Epoch& epoch) {
    auto* holder = ::new (epoch.heap().allocate(sizeof(Holder))) Holder{Tree<Policy>(epoch)};
    return Owned<Holder>::adopt(holder, epoch);
  }
};

}  // namespace sorrel::tree_world
