// Segment: the items of a table whose hashes share a prefix, in one block of up to 8 KiB.
//
//   segment:  | count, full, low (u16 each), buckets, depth | … to 64 | bucket | bucket | …
//   bucket:   | tag × 7 | away | slot × 7 |                    64 bytes, on a cache line
//
// The block is 64 bytes longer than its buckets; the buckets begin at the first multiple of 64
// behind the header's 8 bytes, so they are aligned to lines whatever the heap aligns to.
//
// An item's home is the bucket that its hash bits point to, in the order of the hash. When that is
// full it goes to the first one behind it (round the end) with a free slot. Bit i < 7 of the home's
// `away` byte says that some item is i + 1 buckets away, bit 7 that some item is 8 or more away.
//
// Invariants (TableCheck holds a segment to them):
//  1. A bucket with a free slot has no items away: an erase calls them back.
//  2. A tag is 0 where the slot is empty, else it has bit 7.
//  3. A slot's extra bits are HashBits::slot_bits of its item at this segment's depth.
//
// Owned by one directory page, which tells it (extra bits) from outside: find never reads the
// header.
#pragma once

#include "core/structure/owned.h"
#include "core/structure/table_limits.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace sorrel {

template <class T>
struct Bucket {
  static constexpr unsigned kSlots = 7;

  bool has_free() const { return (~meta & kTaken) != 0; }
  unsigned first_free() const {
    return static_cast<unsigned>(std::countr_zero(~meta & kTaken)) / 8;
  }
  bool taken(unsigned slot) const { return ((meta >> (8 * slot)) & 0x80) != 0; }
  uint8_t tag(unsigned slot) const { return static_cast<uint8_t>(meta >> (8 * slot)); }
  unsigned away() const { return static_cast<unsigned>(meta >> 56); }
  void set_away(unsigned bit) { meta |= uint64_t{1} << (56 + bit); }
  void clear_away(unsigned bit) { meta &= ~(uint64_t{1} << (56 + bit)); }

  /// One bit (the top one of its byte) for each slot with this tag. Taken tags have bit 7, so the
  /// borrow of a match can't make an empty slot look like one.
  uint64_t matches(uint8_t wanted) const {
    const uint64_t difference = meta ^ (kOnes * wanted);
    return (difference - kOnes) & ~difference & kTaken;
  }
  static unsigned slot_of(uint64_t match) {
    return static_cast<unsigned>(std::countr_zero(match)) / 8;
  }

  void put(unsigned slot, Owned<T>&& item, uint8_t tag, unsigned slot_bits) {
    meta |= static_cast<uint64_t>(tag) << (8 * slot);
    item.set_extra(slot_bits);
    slots[slot] = std::move(item);
  }
  Owned<T> take(unsigned slot) {
    meta &= ~(uint64_t{0xff} << (8 * slot));
    return std::move(slots[slot]);
  }

  static constexpr uint64_t kOnes = 0x0101010101010101;
  static constexpr uint64_t kTaken = 0x0080808080808080;

  uint64_t meta = 0;  // 7 tags from the lowest byte up, then away
  Owned<T> slots[kSlots];
};

template <class T, class Limits>
class Segment {
 public:
  using Sizes = SegmentSizes<Limits>;
  using Line = Bucket<T>;
  static_assert(sizeof(Line) == 64);
  static_assert(Line::kSlots == Sizes::kSlotsPerBucket);
  static constexpr uint8_t kKind = 64 + T::kKind;
  static constexpr unsigned kAwayBits = 8;
  struct Spot {
    unsigned index;  // of the bucket
    unsigned slot;
  };

  static size_t bytes_for(unsigned buckets) { return (buckets + 1) * sizeof(Line); }

  /// Empty. Returns nullptr when there is no memory.
  static Segment* try_make(Heap& heap, unsigned buckets, unsigned depth) {
    void* block = heap.try_allocate(bytes_for(buckets));
    if (block == nullptr) return nullptr;
    auto* segment = ::new (block) Segment(buckets, depth);
    for (unsigned i = 0; i < buckets; ++i) ::new (segment->line(i)) Line;
    return segment;
  }

  unsigned count() const { return count_; }
  unsigned buckets() const { return buckets_; }
  unsigned depth() const { return depth_; }
  bool is_full() const { return count_ >= full_; }
  bool is_low() const { return count_ < low_; }
  /// Shrinking was looked into, in vain: look again when an eighth has gone.
  void look_again_later() { low_ = static_cast<uint16_t>(count_ - count_ / 8); }

  Line* line(unsigned index) { return first_line(this) + index; }
  const Line* line(unsigned index) const { return first_line(this) + index; }
  /// The buckets of the segment at this address.
  static const Line* first_line(const Segment* segment) {
    return std::bit_cast<const Line*>(first_line_address(segment));
  }
  static Line* first_line(Segment* segment) {
    return std::bit_cast<Line*>(first_line_address(segment));
  }

  /// Room for one more is the caller's business: not is_full().
  Spot place(Owned<T>&& item, uint8_t tag, unsigned slot_bits) {
    unsigned index = home_of(slot_bits);
    if (!line(index)->has_free()) [[unlikely]]
      index = make_away(index);
    Line* bucket = line(index);
    const unsigned slot = bucket->first_free();
    bucket->put(slot, std::move(item), tag, slot_bits);
    ++count_;
    return Spot{index, slot};
  }

  Owned<T> erase(unsigned index, unsigned slot) {
    Line* bucket = line(index);
    const unsigned home = home_of(bucket->slots[slot].extra());
    Owned<T> item = bucket->take(slot);
    --count_;
    if (home != index) [[unlikely]]
      forget_away(home, index, slots_of_home(index, home) != 0);
    if (bucket->away() != 0) [[unlikely]]
      call_back(index);
    return item;
  }

  unsigned home_of(unsigned slot_bits) const {
    return HashBits::home(HashBits::home_bits(slot_bits, depth_), buckets_);
  }

  /// Calls `visit(index, slot)` for each slot with an item whose home is `home`.
  template <class Visit>
  void for_each_of_home(unsigned home, Visit&& visit) const {
    visit_home_in(home, home, visit);
    const unsigned away = line(home)->away();
    if (away == 0) return;
    for_each_away_bucket(home, away, buckets_, [&](unsigned index) {
      visit_home_in(home, index, visit);
      return false;
    });
  }

  /// Calls `visit(index)` for the buckets that items of `home` may have gone to, until it says
  /// true.
  template <class Visit>
  static bool for_each_away_bucket(unsigned home, unsigned away, unsigned buckets, Visit&& visit) {
    for (unsigned bits = away & 0x7f; bits != 0; bits &= bits - 1) {
      const unsigned distance = static_cast<unsigned>(std::countr_zero(bits)) + 1;
      if (visit(wrapped(home + distance, buckets))) return true;
    }
    if ((away & 0x80) != 0) {
      for (unsigned distance = kAwayBits; distance < buckets; ++distance) {
        if (visit(wrapped(home + distance, buckets))) return true;
      }
    }
    return false;
  }

  // The contract of Owned.
  static size_t bytes(const Segment& segment) { return bytes_for(segment.buckets_); }
  static size_t weight(const Segment& segment) { return segment.count_; }
  static Segment* clone(const Segment& original, Epoch& epoch);
  static Remains next_child(Segment& segment, size_t& position);

 private:
  Segment(unsigned buckets, unsigned depth)
      : full_(static_cast<uint16_t>(Sizes::items_max(buckets))),
        low_(static_cast<uint16_t>(Sizes::items_min(buckets, depth > 0))),
        buckets_(static_cast<uint8_t>(buckets)),
        depth_(static_cast<uint8_t>(depth)) {}

  static uintptr_t first_line_address(const Segment* segment) {
    return (reinterpret_cast<uintptr_t>(segment) & ~uintptr_t{63}) + 64;
  }
  static unsigned wrapped(unsigned index, unsigned buckets) {
    return index < buckets ? index : index - buckets;
  }
  static unsigned away_bit(unsigned distance) {
    return distance < kAwayBits ? distance - 1 : kAwayBits - 1;
  }
  unsigned distance(unsigned home, unsigned index) const {
    return index > home ? index - home : index + buckets_ - home;
  }

  /// Which slots of bucket `index` hold items whose home is `home`: bit i for slot i.
  unsigned slots_of_home(unsigned index, unsigned home) const {
    const Line* bucket = line(index);
    unsigned slots = 0;
    for (unsigned slot = 0; slot < Line::kSlots; ++slot) {
      const bool here = home_of(bucket->slots[slot].extra()) == home;
      slots |= static_cast<unsigned>(here & bucket->taken(slot)) << slot;
    }
    return slots;
  }
  template <class Visit>
  void visit_home_in(unsigned home, unsigned index, Visit&& visit) const {
    for (unsigned slots = slots_of_home(index, home); slots != 0; slots &= slots - 1) {
      visit(index, static_cast<unsigned>(std::countr_zero(slots)));
    }
  }

  /// The first bucket behind `home` with a free slot, noted in home's away bits.
  unsigned make_away(unsigned home) {
    unsigned index = home;
    do {
      index = wrapped(index + 1, buckets_);
    } while (!line(index)->has_free());
    line(home)->set_away(away_bit(distance(home, index)));
    return index;
  }

  /// An item of `home` has left bucket `index`, where there are `left` more of them or none: the
  /// away bit goes when it was the last one.
  void forget_away(unsigned home, unsigned index, bool left) {
    if (left) return;
    const unsigned bit = away_bit(distance(home, index));
    if (bit == kAwayBits - 1 && any_far(home)) return;
    line(home)->clear_away(bit);
  }
  bool any_far(unsigned home) const { return far_bucket(home) != home; }
  /// The farthest bucket with an item of `home`, 8 or more away; `home` when there is none.
  unsigned far_bucket(unsigned home) const {
    for (unsigned i = buckets_; i-- > kAwayBits;) {
      const unsigned index = wrapped(home + i, buckets_);
      if (slots_of_home(index, home) != 0) return index;
    }
    return home;
  }

  /// Bucket `index` has a free slot and items away: the farthest comes home, which frees a slot
  /// where it was, and so on.
  void call_back(unsigned index) {
    while (const unsigned away = line(index)->away()) {
      const auto bit = static_cast<unsigned>(std::bit_width(away)) - 1;
      const unsigned from =
          bit == kAwayBits - 1 ? far_bucket(index) : wrapped(index + bit + 1, buckets_);
      const unsigned slots = slots_of_home(from, index);
      const auto slot = static_cast<unsigned>(std::countr_zero(slots));
      const uint8_t tag = line(from)->tag(slot);
      Owned<T> item = line(from)->take(slot);
      const unsigned slot_bits = item.extra();
      line(index)->put(line(index)->first_free(), std::move(item), tag, slot_bits);
      forget_away(index, from, (slots & (slots - 1)) != 0);
      index = from;
    }
  }

  uint16_t count_ = 0;
  uint16_t full_;
  uint16_t low_;
  uint8_t buckets_;
  uint8_t depth_;
};

template <class T, class Limits>
Segment<T, Limits>* Segment<T, Limits>::clone(const Segment& original, Epoch& epoch) {
  void* block = epoch.heap().allocate(bytes(original));
  auto* copy = ::new (block) Segment(original);
  for (unsigned i = 0; i < original.buckets_; ++i) {
    const Line* from = original.line(i);
    Line* to = ::new (copy->line(i)) Line;
    to->meta = from->meta;
    for (unsigned slot = 0; slot < Line::kSlots; ++slot) {
      to->slots[slot] = from->slots[slot].inherit();
    }
  }
  return copy;
}

template <class T, class Limits>
Remains Segment<T, Limits>::next_child(Segment& segment, size_t& position) {
  const size_t end = size_t{segment.buckets_} * Line::kSlots;
  while (position < end) {
    const auto index = static_cast<unsigned>(position / Line::kSlots);
    const auto slot = static_cast<unsigned>(position % Line::kSlots);
    Line* bucket = segment.line(index);
    // The items are scattered over the heap: fetch the next bucket's while this one's are freed.
    if (slot == 0 && index + 1u < segment.buckets_) {
      for (const Owned<T>& next : segment.line(index + 1)->slots) __builtin_prefetch(next.get());
    }
    ++position;
    if (bucket->taken(slot)) return bucket->slots[slot].remains();
  }
  return Remains{};
}

}  // namespace sorrel
