// ElementExpiries: those elements of a big collection that expire by themselves, in the order of
// their times.
//
// A tree whose slots point at elements that the collection's table owns, in the order of time and
// name. So an element that expires is never changed in place, nor copied by a thaw: another takes
// its place in both.
//
// Part of the block of an ElementTable (core/value/element_table.h), which sees to it that the tree
// has exactly the elements that expire, each with its time.
#pragma once

#include "core/structure/tree.h"
#include "core/value/collection.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace sorrel {

template <class Element, uint8_t kKind>
struct ExpiryOrder {
  struct Slot {
    int64_t at_ms;
    const Element* element;
  };
  static constexpr uint8_t kNodeKind = kKind;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;
  static uint64_t weight(const Slot&) { return 1; }
  static int compare(int64_t at_ms, const Slot& slot) {
    return at_ms < slot.at_ms ? -1 : at_ms > slot.at_ms;
  }
  static int compare(const Slot& key, const Slot& slot) {
    const int times = compare(key.at_ms, slot);
    return times != 0 ? times : key.element->table_key().compare(slot.element->table_key());
  }
};

template <class Element, uint8_t kKind>
class ElementExpiries {
  using Order = ExpiryOrder<Element, kKind>;
  using Slot = typename Order::Slot;

 public:
  explicit ElementExpiries(Epoch& epoch) : tree_(epoch) {}
  /// For the clone of a block that holds one.
  struct Inherit {};
  ElementExpiries(Inherit, const ElementExpiries& original)
      : tree_(typename Tree<Order>::Inherit{}, original.tree_) {}

  bool empty() const { return tree_.empty(); }
  size_t size() const { return tree_.slots(); }
  /// The one that expires next; of one that isn't empty.
  const Element& first() const { return *tree_.begin()->element; }
  /// kNever when it is empty.
  int64_t next_ms() const { return empty() ? kNever : tree_.begin()->at_ms; }
  /// How many there are whose time has come.
  size_t due(int64_t now_ms) const { return tree_.upper_bound(now_ms).offset(); }

  // ---- Writers throw std::bad_alloc with nothing changed.
  /// `element` expires, and isn't here yet.
  void note(const Element& element) {
    auto before = tree_.lower_bound(slot_of(element));
    tree_.insert(before, slot_of(element));
  }
  /// `element` is here.
  void forget(const Element& element) {
    auto at = tree_.lower_bound(slot_of(element));
    tree_.extract(at);
  }
  /// `element` takes the place of `before`, of the same name; either may expire or not.
  void renote(const Element& before, const Element& element);
  /// Compaction moved an element: `move` does it, and gives whether it did.
  template <class Move>
  void moved(Owned<Element>& element, Move&& move) {
    auto at = tree_.lower_bound(slot_of(*element));
    if (!move(element)) return;
    tree_.edit(at, [&](Slot& slot) { slot.element = element.get(); });
  }
  /// See Tree::compact.
  uint64_t compact(uint64_t offset, Compaction& step) {
    return tree_.compact(offset, step, [](Slot&) {});
  }

  // For the block that holds it.
  size_t bytes() const { return tree_.bytes(); }
  size_t weight_of_blocks() const { return tree_.weight_of_blocks(); }
  Remains remains() { return tree_.remains(); }

 private:
  static Slot slot_of(const Element& element) { return {element.expires_ms(), &element}; }

  Tree<Order> tree_;
};

template <class Element, uint8_t kKind>
void ElementExpiries<Element, kKind>::renote(const Element& before, const Element& element) {
  if (before.expires() && before.expires_ms() == element.expires_ms()) {
    auto at = tree_.lower_bound(slot_of(before));
    return tree_.edit(at, [&](Slot& slot) { slot.element = &element; });
  }
  if (element.expires()) note(element);
  if (!before.expires()) return;
  try {
    forget(before);
  } catch (const std::bad_alloc&) {
    if (element.expires()) forget(element);  // its path is thawed already
    throw;
  }
}

}  // namespace sorrel
