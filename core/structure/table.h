// Table: the hash table of keyspaces, big hashes, big sets, a zset's members and the expiry index.
//
// Extendible hashing over segments of up to 8 KiB (table_directory.h, table_segment.h): it grows
// and shrinks without a pause, at about 12 bytes an item at any size, and is copied on write
// between snapshots. It holds Owned<T>; a T knows its key:
//
//   std::string_view T::table_key() const
//
// beside the contract of Owned (kind.h). Hashes come in with every call and must be good in all
// bits (XXH3 with a secret seed); `Rehash` gets an item's hash again, about once in four doublings.
//
// Owned by a keyspace, or part of a value's heap block. Used by the loop's thread, but for views.
//
// Invariants (TableCheck holds a table to them):
//  1. Every key is in the segment and, unless that bucket is full, in the bucket its hash names.
//  2. insert, extract and shrink move the items of at most two segments, and the words of at most
//     three pages and the root.
//  3. A std::bad_alloc leaves the table as it was. extract never throws: when there is no memory
//     for a smaller segment, the table stays as big as it is.
//
// An empty table is this object alone. The first insert makes 160 bytes of it: a root and a page of
// one word, a segment of one bucket.
//
// A Place is where an item was found for writing; it is good until the next change of the table,
// and must not be kept over the beginning of a snapshot.
#pragma once

#include "core/base/random.h"
#include "core/structure/epoch.h"
#include "core/structure/owned.h"
#include "core/structure/table_directory.h"
#include "core/structure/table_view.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>

namespace sorrel {

template <class T, class Limits = TableLimits>
class Table {
 public:
  using View = TableView<T, Limits>;
  class Place;

  Table(Epoch& epoch, Rehash<T> rehash) : epoch_(&epoch), rehash_(rehash) {}
  Table(Epoch& epoch, uint64_t (*rehash)(const T&, const void*), const void* context)
      : Table(epoch, Rehash<T>{rehash, context}) {}
  /// For T::clone of a block that holds a table: the same items, all frozen. The original is let go
  /// with its block, not destroyed.
  struct Inherit {};
  Table(Inherit, const Table& original)
      : epoch_(original.epoch_), rehash_(original.rehash_), size_(original.size_) {
    directory_.inherit(original.directory_);
  }
  /// Frees everything at once; no snapshot may live. (A table in a heap block is never destroyed:
  /// its block's next_child() names remains().)
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  /// Both must get their items' hashes alike.
  void swap(Table& other) noexcept;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Footprint of the table's own blocks, without the items.
  size_t bytes() const { return directory_.bytes(); }

  const T* find(std::string_view key, uint64_t hash) const {
    if (!directory_) return nullptr;
    return View::search(directory_.word(hash), key, hash).item;
  }
  /// The stages of a batch of look-ups: all buckets, then all items, then find.
  // Always inlined: GCC takes a function that does nothing but prefetch for one that does nothing.
  [[gnu::always_inline]] void prefetch_bucket(uint64_t hash) const { view().prefetch_bucket(hash); }
  [[gnu::always_inline]] void prefetch_entry(uint64_t hash) const { view().prefetch_entry(hash); }

  /// Finds for writing: while a snapshot lives, what leads to the item is thawed (when there is
  /// one).
  Place locate(std::string_view key, uint64_t hash);
  const T& item(const Place& place) const { return *place.slot(); }
  /// The item, writable.
  T& thaw(const Place& place) { return place.slot().thaw(*epoch_); }
  /// The key must not be there. On std::bad_alloc the item stays with the caller.
  Place insert(Owned<T>&& item, uint64_t hash);
  /// Puts `item`, of the same key, in the place of the one that is there, which is dropped.
  void replace(const Place& place, Owned<T>&& item) {
    exchange(place, std::move(item)).drop(*epoch_);
  }
  /// The same, and the caller has the old one: to drop it, or, when the new one has taken over what
  /// it owned, to release it.
  Owned<T> exchange(const Place& place, Owned<T>&& item);
  /// Takes the item out; the caller drops it or moves it on.
  Owned<T> extract(const Place& place);
  /// All items, in no time: they are retired as one thing and freed in slices.
  /// Throws std::bad_alloc with nothing changed.
  void clear();

  template <class Visit>
  void for_each(Visit&& visit) const {
    view().for_each(visit);
  }
  /// See TableView. `visit` must not change the table.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
    return view().scan(cursor, at_least, visit);
  }
  const T* random(Random& random) const { return view().random(random); }
  size_t sample(Random& random, size_t n, const T** out) const {
    return view().sample(random, n, out);
  }
  TableStats stats() const { return view().stats(); }

  /// Compaction, a few buckets at a time: moves the table's own blocks where the heap wants that,
  /// and calls `visit(Owned<T>&)` for the items of up to `buckets` buckets from `position` on,
  /// which may move them. Returns the position to go on from, 0 at the end; a walk starts at 0. No
  /// snapshot lives. Items that are displaced as the table grows or shrinks between calls may be
  /// missed.
  template <class Visit>
  uint64_t compact(uint64_t position, unsigned buckets, Visit&& visit);

  /// What the table is now. Of a table in a frozen block: what it was then.
  View view() const { return View(directory_, size_, rehash_); }
  /// Right after Epoch::begin_snapshot: the view stays what it is until that snapshot ends, and
  /// from now on the table copies what it changes. O(1).
  View freeze() {
    directory_.freeze();
    return view();
  }

  // For a heap block that holds a table.
  size_t weight() const { return directory_ ? size_ + 3 : 0; }
  Remains remains() { return directory_.remains(); }

 private:
  using Map = Directory<T, Limits>;
  using Leaf = typename Map::Leaf;
  using Line = typename Leaf::Line;
  using Sizes = SegmentSizes<Limits>;
  template <class, class>
  friend class TableCheck;

  void make_room(uint64_t hash);
  bool resize(uint64_t hash, unsigned buckets);
  void split(uint64_t hash);
  void shrink(uint64_t hash);
  bool merge(uint64_t hash);
  bool drop_everything();

  /// Calls `place(Owned<T>&&, tag, slot_bits, old_slot_bits)` for each item, its slot bits those at
  /// depth `to_depth`. The items go over to another segment; out of a frozen one they lose their
  /// bits.
  template <class PlaceItem>
  void pour(const Leaf& from, bool fresh, unsigned to_depth, PlaceItem&& place);

  Epoch* epoch_;
  Rehash<T> rehash_;
  size_t size_ = 0;
  Map directory_;
};

template <class T, class Limits>
class Table<T, Limits>::Place {
 public:
  Place() = default;
  explicit operator bool() const { return leaf_ != nullptr; }

 private:
  friend class Table;
  Place(Leaf& leaf, unsigned index, unsigned slot, uint64_t hash)
      : leaf_(&leaf),
        reference_(&leaf.line(index)->slots[slot]),
        index_(index),
        slot_(slot),
        hash_(hash) {}
  Owned<T>& slot() const { return *reference_; }

  Leaf* leaf_ = nullptr;
  Owned<T>* reference_ = nullptr;
  unsigned index_ = 0;
  unsigned slot_ = 0;
  uint64_t hash_ = 0;
};

template <class T, class Limits>
Table<T, Limits>::~Table() {
  if (!directory_) return;
  VERIFY(!epoch_->frozen());
  epoch_->free_whole(directory_.remains());
}

template <class T, class Limits>
void Table<T, Limits>::swap(Table& other) noexcept {
  VERIFY(epoch_ == other.epoch_);
  std::swap(size_, other.size_);
  std::swap(directory_, other.directory_);
}

template <class T, class Limits>
auto Table<T, Limits>::locate(std::string_view key, uint64_t hash) -> Place {
  if (!directory_) return Place();
  const Owned<Leaf>& word = directory_.word(hash);
  const auto spot = View::search(word, key, hash);
  if (spot.item == nullptr) return Place();
  if (!epoch_->frozen()) [[likely]]
    return Place(directory_.unfrozen_leaf(word), spot.index, spot.slot, hash);
  epoch_->reserve();
  return Place(directory_.thaw_leaf(hash, *epoch_), spot.index, spot.slot, hash);
}

template <class T, class Limits>
auto Table<T, Limits>::insert(Owned<T>&& item, uint64_t hash) -> Place {
  if (epoch_->frozen()) [[unlikely]]
    epoch_->reserve();
  if (!directory_) [[unlikely]]
    directory_.start(*epoch_);
  Leaf* leaf = &directory_.thaw_leaf(hash, *epoch_);
  while (leaf->is_full()) [[unlikely]] {
      make_room(hash);
      leaf = &directory_.thaw_leaf(hash, *epoch_);
    }
  const auto spot =
      leaf->place(std::move(item), HashBits::tag(hash), HashBits::slot_bits(hash, leaf->depth()));
  ++size_;
  return Place(*leaf, spot.index, spot.slot, hash);
}

template <class T, class Limits>
Owned<T> Table<T, Limits>::exchange(const Place& place, Owned<T>&& item) {
  Owned<T>& slot = place.slot();
  item.set_extra(slot.extra());
  Owned<T> old = std::move(slot);
  slot = std::move(item);
  old.set_extra(0);
  return old;
}

template <class T, class Limits>
Owned<T> Table<T, Limits>::extract(const Place& place) {
  Owned<T> item = place.leaf_->erase(place.index_, place.slot_);
  item.set_extra(0);
  --size_;
  if (place.leaf_->is_low()) [[unlikely]]
    shrink(place.hash_);
  return item;
}

template <class T, class Limits>
void Table<T, Limits>::clear() {
  if (directory_ && !drop_everything()) throw std::bad_alloc();
}

template <class T, class Limits>
template <class Visit>
uint64_t Table<T, Limits>::compact(uint64_t position, unsigned buckets, Visit&& visit) {
  if (!directory_) return 0;
  directory_.relocate(position, *epoch_);
  Leaf& leaf = directory_.thaw_leaf(position, *epoch_);
  const unsigned depth = leaf.depth();
  unsigned index = HashBits::home(HashBits::home_bits(position, depth), leaf.buckets());
  const unsigned end = std::min(index + buckets, leaf.buckets());
  for (; index < end; ++index) {
    if (index + 1 < leaf.buckets()) {
      for (const Owned<T>& next : leaf.line(index + 1)->slots) __builtin_prefetch(next.get());
    }
    Line& bucket = *leaf.line(index);
    for (unsigned slot = 0; slot < Line::kSlots; ++slot) {
      if (bucket.taken(slot)) visit(bucket.slots[slot]);
    }
  }
  if (end < leaf.buckets()) return View::start_of(position, depth, leaf.buckets(), end);
  return View::behind(position, depth);
}

/// False, with nothing changed, when the retire list has no room and can't get any.
template <class T, class Limits>
bool Table<T, Limits>::drop_everything() {
  const bool little = size_ + directory_.bytes() / sizeof(Line) <= Epoch::kWeightFreedAtOnce;
  const bool at_once = little && !epoch_->frozen();
  if (!at_once && !epoch_->try_reserve()) return false;
  const Remains everything = directory_.take().remains();
  size_ = 0;
  at_once ? epoch_->free_whole(everything) : epoch_->retire_whole(everything);
  return true;
}

template <class T, class Limits>
template <class PlaceItem>
void Table<T, Limits>::pour(const Leaf& from, bool fresh, unsigned to_depth, PlaceItem&& place) {
  const bool refresh = HashBits::needs_refresh(from.depth(), to_depth);
  for (unsigned index = 0; index < from.buckets(); ++index) {
    const Line& bucket = *from.line(index);
    if (refresh && index + 1 < from.buckets()) {
      for (const Owned<T>& next : from.line(index + 1)->slots) __builtin_prefetch(next.get());
    }
    for (uint64_t taken = bucket.meta & Line::kTaken; taken != 0; taken &= taken - 1) {
      const unsigned slot = Line::slot_of(taken);
      const Owned<T>& item = bucket.slots[slot];
      const unsigned slot_bits =
          refresh ? HashBits::slot_bits(rehash_(*item), to_depth) : item.extra();
      place(fresh ? item.alias() : item.inherit(), bucket.tag(slot), slot_bits, item.extra());
    }
  }
}

/// The segment of this hash, which has been thawed, is full.
template <class T, class Limits>
void Table<T, Limits>::make_room(uint64_t hash) {
  const unsigned buckets = Map::buckets_of(directory_.word(hash));
  if (buckets == Sizes::kBucketsMax) return split(hash);
  if (!resize(hash, Sizes::grown(buckets))) throw std::bad_alloc();
}

/// False, with nothing changed, when there is no memory.
template <class T, class Limits>
bool Table<T, Limits>::resize(uint64_t hash, unsigned buckets) {
  Owned<Leaf> old = directory_.word(hash).alias();
  Leaf* made = Leaf::try_make(epoch_->heap(), buckets, old->depth());
  if (made == nullptr) return false;
  pour(*old, true, old->depth(), [&](Owned<T>&& item, uint8_t tag, unsigned slot_bits, unsigned) {
    made->place(std::move(item), tag, slot_bits);
  });
  directory_.link(hash, made, *epoch_);
  directory_.release(std::move(old), *epoch_);
  return true;
}

template <class T, class Limits>
void Table<T, Limits>::split(uint64_t hash) {
  const unsigned depth = Map::depth_of(directory_.word(hash));
  VERIFY(depth < HashBits::kDepthMax);
  directory_.deepen(hash, depth + 1, *epoch_);
  Owned<Leaf> old = directory_.word(hash).alias();

  unsigned high_items = 0;
  const auto is_high = [depth](unsigned bits) { return HashBits::split_bit(bits, depth); };
  pour(*old, true, depth, [&](Owned<T>&&, uint8_t, unsigned slot_bits, unsigned) {
    high_items += is_high(slot_bits);
  });
  Heap& heap = epoch_->heap();
  Leaf* low = Leaf::try_make(heap, Sizes::fitting(old->count() - high_items), depth + 1);
  Leaf* high = Leaf::try_make(heap, Sizes::fitting(high_items), depth + 1);
  if (low == nullptr || high == nullptr) {
    if (low != nullptr) heap.free(low, Leaf::bytes(*low));
    if (high != nullptr) heap.free(high, Leaf::bytes(*high));
    throw std::bad_alloc();
  }
  pour(*old, true, depth + 1,
       [&](Owned<T>&& item, uint8_t tag, unsigned slot_bits, unsigned old_bits) {
         (is_high(old_bits) ? high : low)->place(std::move(item), tag, slot_bits);
       });
  const uint64_t side = uint64_t{1} << (63 - depth);
  directory_.link(hash & ~side, low, *epoch_);
  directory_.link(hash | side, high, *epoch_);
  directory_.release(std::move(old), *epoch_);
}

/// The segment of this hash, which has been thawed, has become low. Never throws: it does what
/// memory allows.
template <class T, class Limits>
void Table<T, Limits>::shrink(uint64_t hash) {
  if (size_ == 0 && drop_everything()) return;
  if (merge(hash)) return;
  Leaf* leaf = &directory_.thaw_leaf(hash, *epoch_);
  if (!leaf->is_low()) return;
  const unsigned buckets = Sizes::fitting(leaf->count());
  if (buckets < leaf->buckets() && resize(hash, buckets)) {
    leaf = &directory_.thaw_leaf(hash, *epoch_);
  }
  if (leaf->is_low()) leaf->look_again_later();
}

/// The segment and its buddy, when they are small enough, become one.
template <class T, class Limits>
bool Table<T, Limits>::merge(uint64_t hash) {
  Owned<Leaf> mine = directory_.word(hash).alias();
  const unsigned depth = mine->depth();
  if (depth == directory_.thaw_page(hash, *epoch_).prefix()) return false;
  const uint64_t side = uint64_t{1} << (64 - depth);
  Owned<Leaf> buddy = directory_.word(hash ^ side).alias();
  if (buddy->depth() != depth) return false;
  const unsigned items = mine->count() + buddy->count();
  if (items > Sizes::kMergeItems) return false;
  Leaf* made = Leaf::try_make(epoch_->heap(), Sizes::fitting(items), depth - 1);
  if (made == nullptr) return false;
  const auto place = [&](Owned<T>&& item, uint8_t tag, unsigned slot_bits, unsigned) {
    made->place(std::move(item), tag, slot_bits);
  };
  const bool buddy_fresh = !epoch_->frozen() || buddy.fresh();
  pour(*mine, true, depth - 1, place);
  pour(*buddy, buddy_fresh, depth - 1, place);
  directory_.link(hash, made, *epoch_);
  directory_.release(std::move(mine), *epoch_);
  directory_.release(std::move(buddy), *epoch_);
  directory_.tighten(hash, *epoch_);
  return true;
}

}  // namespace sorrel
