// List: the value class of lists, and its two encodings: one pack ("listpack") while it is small,
// a tree of packs ("quicklist", core/value/list_tree.h) when it is big.
//
// A list becomes a tree before it grows beyond list-max-listpack-size, and a pack again when what
// is left stands in one block of half that size. That is Redis 7.2's rule; Redis before that said
// quicklist of every list. Nothing is compressed, whatever list-compress-depth says: blocks are
// read in place, by a snapshot's thread too.
//
// Functions on the reference that an entry holds, which KeyWriter::edit() gives; only push() takes
// an empty one. An edit may leave a list without elements: KeyWriter::close_edit() sees to that.
#pragma once

#include "core/structure/pack.h"
#include "core/value/collection.h"
#include "core/value/list_cursor.h"
#include "core/value/list_tree.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorrel {

class List {
 public:
  /// The longest element.
  static constexpr size_t kElementBytesMax = Pack::kBytesMax - 1024;

  static size_t size(const Collection& list) { return list.size(Type::kList); }
  /// Calls `visit(index)` for the elements that equal `element`, from one end on, until it answers
  /// false. Of a long list it looks at no more than the blocks that hold the first `most` elements.
  template <class Visit>
  static void for_each_match(const Collection& list, Bytes element, ListEnd from, size_t most,
                             Visit&& visit);

  /// Pushes `elements` at an end, one after the other.
  static void push(Owned<Collection>& list, ListEnd end, std::span<const Bytes> elements,
                   ValueContext& values);
  /// Puts a pack of elements behind the others: building a list out of blocks. Takes the pack.
  static void append_block(Owned<Collection>& list, Owned<Pack>& block, ValueContext& values);
  /// Puts `element` before number `index`, which is at most size().
  static void insert(Owned<Collection>& list, size_t index, Bytes element, ValueContext& values);
  /// Puts `element` in the place of number `index`, which is there.
  static void replace(Owned<Collection>& list, size_t index, Bytes element, ValueContext& values);
  /// Takes out `count` elements from `first` on; they are there.
  static void erase(Owned<Collection>& list, size_t first, size_t count, ValueContext& values);
  /// `element`, the outermost at `from`, goes to the other end or comes back to its own where it
  /// finds room because it leaves: what is decided by size goes by what is left in between, as in
  /// Redis. False, and nothing is done, where push() and then erase() do the same.
  static bool turn(Owned<Collection>& list, ListEnd from, ListEnd to, Bytes element,
                   ValueContext& values);
  /// Takes out the first `most` that equal `element`, counted from one end; gives how many.
  static size_t remove(Owned<Collection>& list, Bytes element, ListEnd from, size_t most,
                       ValueContext& values);

 private:
  static bool is_pack(const Collection& list) { return list.tag() == Collection::Tag::kPack; }
  static const Pack& pack(const Collection& list) { return reinterpret_cast<const Pack&>(list); }
  static const ListTree& tree(const Collection& list) { return static_cast<const ListTree&>(list); }
  static ListTree& thaw_tree(Owned<Collection>& list, Epoch& epoch) {
    return static_cast<ListTree&>(list.thaw(epoch));
  }
  static ListLimits limits(const ValueContext& values) {
    return ListLimits(values.limits.list_block_size);
  }
  static void push_in_order(Owned<Collection>& list, ListEnd end, std::span<const Bytes> elements,
                            ValueContext& values);
  static void prepare(Owned<Collection>& list, std::span<const Bytes> more, ValueContext& values);
  static void become_tree(Owned<Collection>& list, Epoch& epoch);
  static void settle(Owned<Collection>& list, ValueContext& values);

  template <class Visit>
  static bool for_each_match_in(const Pack& pack, size_t start, Bytes element, ListEnd from,
                                Visit&& visit);
  static std::vector<size_t> matches_in(const Pack& pack, size_t start, Bytes element);
};

template <class Visit>
void List::for_each_match(const Collection& list, Bytes element, ListEnd from, size_t most,
                          Visit&& visit) {
  if (is_pack(list)) {
    for_each_match_in(pack(list), 0, element, from, visit);
    return;
  }
  const ListTree::Blocks& blocks = tree(list).blocks();
  if (from == ListEnd::kHead) {
    for (auto at = blocks.begin(); at && at.offset() < most; at.next()) {
      if (!for_each_match_in(**at, at.offset(), element, from, visit)) return;
    }
    return;
  }
  auto at = blocks.end();
  const uint64_t size = blocks.weight();
  for (uint64_t start = size; start != 0 && size - start < most; start = at.offset()) {
    at.previous();
    if (!for_each_match_in(**at, at.offset(), element, from, visit)) return;
  }
}

/// The matches of one block, whose first element is number `start`; false when it was told to stop.
template <class Visit>
bool List::for_each_match_in(const Pack& pack, size_t start, Bytes element, ListEnd from,
                             Visit&& visit) {
  if (from == ListEnd::kTail) {
    const std::vector<size_t> matches = matches_in(pack, start, element);
    return std::all_of(matches.rbegin(), matches.rend(), visit);
  }
  auto counted = pack.begin();
  size_t index = start;
  for (auto at = pack.find(element, counted); at != pack.end();) {
    for (; counted != at; counted = pack.next(counted)) ++index;
    if (!visit(index)) return false;
    at = pack.find(element, pack.next(at));
  }
  return true;
}

}  // namespace sorrel
