// ListTree: a big list: packs of elements, the blocks, in a counted tree.
//
// An index leads to its block in O(log n), and from there by walking half a block at most. A block
// that is full is closed; what goes in the middle of a full block splits it. Neighbours that have
// become small are joined. An element too large for the limits is a block of its own.
//
// The slot of the tree is the reference to the block, with the number of its elements in the
// reference's 16 extra bits: no block has 64 Ki elements, since none has 128 KiB
// (core/value/list_limits.h) but those of a single element.
//
// The block behind a list's collection when it isn't one pack (core/value/list.h, its only user).
// Edits thaw what they change; after a std::bad_alloc the list is as it was. Not quite so while a
// snapshot lives: some of what remove() was to take may be gone, and some of what a push() of
// several elements put may stay.
#pragma once

#include "core/structure/pack.h"
#include "core/structure/tree.h"
#include "core/value/collection.h"
#include "core/value/list_limits.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorrel {

/// An end of a list.
enum class ListEnd : uint8_t { kHead, kTail };

struct ListBlocks {
  using Slot = Owned<Pack>;
  static constexpr uint8_t kNodeKind = kinds::kListNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 512;
  static constexpr bool kOrdered = false;
  static uint64_t weight(const Slot& slot) { return slot.extra(); }
  static constexpr bool kOwns = true;
  static Remains remains(Slot& slot) { return slot.remains(); }
  static void inherit(Slot& slot) { slot.freeze(); }
};

class ListTree final : public Collection {
 public:
  using Blocks = Tree<ListBlocks>;

  static Owned<Collection> make(Epoch& epoch);
  /// A copy that shares nothing with it.
  static Owned<Collection> copy(const ListTree& from, Epoch& epoch);
  static Collection* clone(const ListTree& from, Epoch& epoch);

  const Blocks& blocks() const { return blocks_; }
  size_t size() const { return blocks_.weight(); }
  size_t footprint(const Heap& heap, size_t samples) const;

  /// Whether a pack is small enough to be a block, whatever the limits are.
  static bool can_be_block(const Pack& pack) {
    return pack.listpack_bytes() < kBlockBytesMax || pack.size() == 1;
  }
  /// Takes a pack, if it has elements, as the last block.
  void adopt(Owned<Pack>& pack);
  /// The only block, if there is but one and it is within half the limits; empty otherwise.
  Owned<Pack> take_small(const ListLimits& limits);

  /// Puts `elements`, in the order of the list, at one end.
  void push(ListEnd end, std::span<const Bytes> elements, const ListLimits& limits, Epoch& epoch);
  /// Puts `element` before number `index`, which is there.
  void insert(size_t index, Bytes element, const ListLimits& limits, Epoch& epoch);
  void replace(size_t index, Bytes element, const ListLimits& limits, Epoch& epoch);
  /// Takes out `count` elements from `first` on; they are there.
  void erase(size_t first, size_t count, const ListLimits& limits, Epoch& epoch);
  /// `element`, the outermost at `from`, leaves and comes to an end of what is left: to the other
  /// end or the same one of the only block, or to the same end of several. False, and nothing is
  /// done: there are several and it goes to the other end, or its block would have no room for it.
  bool turn(ListEnd from, ListEnd to, Bytes element, const ListLimits& limits, Epoch& epoch);
  static void turn_in_block(Owned<Pack>& block, ListEnd from, ListEnd to, Bytes element,
                            Epoch& epoch);
  /// Takes out the first `most` that equal `element`, counted from one end; gives how many.
  size_t remove(Bytes element, ListEnd from, size_t most, const ListLimits& limits, Epoch& epoch);

  /// Collection::compact() for the blocks.
  uint64_t compact(uint64_t position, Compaction& step);

  // For Collection, see core/structure/kind.h.
  size_t weight_of_blocks() const { return blocks_.weight_of_blocks(); }
  Remains remains() { return blocks_.remains(); }

 private:
  explicit ListTree(Epoch& epoch) : Collection(Tag::kListTree), blocks_(epoch) {}
  explicit ListTree(const ListTree& from)
      : Collection(Tag::kListTree), blocks_(Blocks::Inherit{}, from.blocks_) {}

  size_t push_run(ListEnd end, std::span<const Bytes> elements, const ListLimits& limits,
                  Epoch& epoch);
  bool put_back(ListEnd end, Bytes element, const ListLimits& limits, Epoch& epoch);
  void erase_range(size_t first, size_t count, Epoch& epoch);
  void insert_block(Blocks::Cursor& before, std::span<const Bytes> elements, Epoch& epoch);
  void edit_insert(Blocks::Cursor& at, Pack::Position position, std::span<const Bytes> elements,
                   Epoch& epoch);
  void edit_erase(Blocks::Cursor& at, Pack::Position position, size_t count, Epoch& epoch);
  void split(Blocks::Cursor& at, size_t offset, Epoch& epoch);
  void join_before(size_t index, const ListLimits& limits, Epoch& epoch);
  size_t remove_in(Blocks::Cursor& at, Bytes element, ListEnd from, size_t most, Epoch& epoch);

  /// So that a reference's 16 extra bits can count a block's elements, of two bytes at least.
  static constexpr size_t kBlockBytesMax = size_t{128} * 1024;

  Blocks blocks_;
};

}  // namespace sorrel
