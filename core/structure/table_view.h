// TableView: everything that reads a table, and nothing that writes.
//
// A table reads itself through one; a snapshot's thread walks the frozen state through one that
// Table::freeze gave it. A frozen view stays exactly as it was, and may be read from any thread,
// from the moment it was made (the epoch's snapshot begun, nothing changed yet) to the snapshot's
// end. A view of a table that isn't frozen is good until the table's next change.
//
// Order: items are visited in the order of their hashes. A position is a 64-bit hash; a scan's
// cursor is a position with its bits reversed, so that it is a small number as long as few of the
// position's top bits matter (below 2^53 for any table: programs in JavaScript can hold it).
//
// Owned by whoever asked for it; it owns nothing.
#pragma once

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/structure/table_directory.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sorrel {

/// What DEBUG HTSTATS tells.
struct TableStats {
  size_t items = 0;
  size_t segments = 0;
  size_t buckets = 0;
  size_t away = 0;  // items that aren't in their home bucket
  size_t pages = 0;
  size_t root_words = 0;
};

/// How a table gets an item's hash again when a slot's 16 bits are used up.
template <class T>
struct Rehash {
  uint64_t (*function)(const T&, const void* context);
  const void* context;
  uint64_t operator()(const T& item) const { return function(item, context); }
};

template <class T, class Limits>
class TableView {
 public:
  using Map = Directory<T, Limits>;
  using Leaf = typename Map::Leaf;
  using Page = typename Map::Page;
  using Root = typename Map::Root;
  using Line = typename Leaf::Line;

  TableView(const Map& directory, size_t size, const Rehash<T>& rehash)
      : root_(directory.root().get()),
        root_extra_(directory.root().extra()),
        depth_bound_(directory ? directory.depth_bound() : 0),
        size_(size),
        rehash_(rehash) {}

  size_t size() const { return size_; }

  const T* find(std::string_view key, uint64_t hash) const {
    return root_ == nullptr ? nullptr : search(word(hash), key, hash).item;
  }

  /// Calls `visit(const T&)` for the items of the segment at `position`; returns the position of
  /// the next segment, 0 behind the last. A walk starts at 0.
  template <class Visit>
  uint64_t visit_segment(uint64_t position, Visit&& visit) const;
  /// All items, while `keep_going()`, which is asked once a segment, says true; returns whether it
  /// went to the end.
  template <class KeepGoing, class Visit>
  bool walk(KeepGoing&& keep_going, Visit&& visit) const;
  template <class Visit>
  void for_each(Visit&& visit) const {
    walk([] { return true; }, visit);
  }

  /// SCAN. Calls `visit(const T&)` for the next items, at least `at_least` of them unless it has
  /// gone through ten times as many buckets. Returns the cursor to go on with, 0 at the end. No
  /// item that is there all the time is missed or repeated, whatever the table does between calls.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const;

  /// Every item with the same chance; nullptr when there are none. (After 256 misses, which only a
  /// table that is nearly empty and hasn't shrunk yet gives, the next item from a random position.)
  const T* random(Random& random) const;
  /// Up to `n` different items, every one with the same chance to be among them; those of one
  /// bucket come together. Returns how many; fewer than `n` when it is hard to find so many.
  size_t sample(Random& random, size_t n, const T** out) const;

  TableStats stats() const;

  // For the table itself.

  struct Spot {
    const T* item = nullptr;
    unsigned index = 0;  // of the bucket
    unsigned slot = 0;
  };
  static Spot search(const Owned<Leaf>& word, std::string_view key, uint64_t hash) {
    const unsigned depth = Map::depth_of(word);
    const unsigned buckets = Map::buckets_of(word);
    const unsigned home = HashBits::home(HashBits::home_bits(hash, depth), buckets);
    const unsigned slot_bits = HashBits::slot_bits(hash, depth);
    const Line* lines = Leaf::first_line(word.get());
    const Line& bucket = lines[home];
    const Spot spot = search_bucket(bucket, home, key, HashBits::tag(hash), slot_bits);
    if (spot.item != nullptr || bucket.away() == 0) return spot;
    return search_away(lines, buckets, home, key, HashBits::tag(hash), slot_bits);
  }
  [[gnu::always_inline]] const Owned<Leaf>& word(uint64_t hash) const {
    const Owned<Page>& page = root_->words()[Root::index(root_extra_, hash)];
    return page->words()[Page::index(page.extra(), hash)];
  }

  /// The position behind a segment; 0 behind the last.
  static uint64_t behind(uint64_t position, unsigned depth) {
    if (depth == 0) return 0;
    const uint64_t span = uint64_t{1} << (64 - depth);
    return (position & ~(span - 1)) + span;
  }
  /// The least position in the same segment whose home is bucket `index`.
  static uint64_t start_of(uint64_t position, unsigned depth, unsigned buckets, unsigned index) {
    const uint64_t home_bits = ((uint64_t{index} << HashBits::kHomeBits) + buckets - 1) / buckets;
    const uint64_t prefix = depth == 0 ? 0 : position & ~(~uint64_t{0} >> depth);
    return prefix | home_bits << (64 - HashBits::kHomeBits - depth);
  }

  /// The stages of a batch of look-ups: first all buckets are fetched, then all items.
  [[gnu::always_inline]] void prefetch_bucket(uint64_t hash) const {
    if (root_ != nullptr) __builtin_prefetch(&home_line(hash));
  }
  [[gnu::always_inline]] void prefetch_entry(uint64_t hash) const {
    if (root_ == nullptr) return;
    const Line& bucket = home_line(hash);
    const uint64_t match = bucket.matches(HashBits::tag(hash));
    if (match == 0) return;
    const auto* item = reinterpret_cast<const char*>(bucket.slots[Line::slot_of(match)].get());
    __builtin_prefetch(item);
    __builtin_prefetch(item + 63);  // an item may lie across two lines
  }

 private:
  static Spot search_bucket(const Line& bucket, unsigned index, std::string_view key, uint8_t tag,
                            unsigned slot_bits) {
    for (uint64_t match = bucket.matches(tag); match != 0; match &= match - 1) {
      const unsigned slot = Line::slot_of(match);
      const Owned<T>& item = bucket.slots[slot];
      if (item.extra() == slot_bits && is_key(*item, key)) return Spot{item.get(), index, slot};
    }
    return Spot{};
  }
  static bool is_key(const T& item, std::string_view key) {
    return same_bytes(item.table_key(), key);
  }
  [[gnu::noinline]] static Spot search_away(const Line* lines, unsigned buckets, unsigned home,
                                            std::string_view key, uint8_t tag, unsigned slot_bits) {
    Spot spot;
    Leaf::for_each_away_bucket(home, lines[home].away(), buckets, [&](unsigned index) {
      spot = search_bucket(lines[index], index, key, tag, slot_bits);
      return spot.item != nullptr;
    });
    return spot;
  }

  const Line& home_line(uint64_t hash) const {
    const Owned<Leaf>& to = word(hash);
    const unsigned home_bits = HashBits::home_bits(hash, Map::depth_of(to));
    return Leaf::first_line(to.get())[HashBits::home(home_bits, Map::buckets_of(to))];
  }
  bool is_at_or_behind(const Owned<T>& item, uint64_t position, unsigned depth) const;
  const T* next_from(uint64_t position) const;

  /// A bucket drawn so that every bucket, and so every slot, has the same chance; nullptr when the
  /// draw was rejected.
  const Line* draw_bucket(Random& random) const;

  static constexpr unsigned kDrawsMax = 256;

  const Root* root_;
  unsigned root_extra_;
  unsigned depth_bound_;
  size_t size_;
  Rehash<T> rehash_;
};

template <class T, class Limits>
template <class Visit>
uint64_t TableView<T, Limits>::visit_segment(uint64_t position, Visit&& visit) const {
  const Owned<Leaf>& to = word(position);
  const unsigned buckets = Map::buckets_of(to);
  const Line* lines = Leaf::first_line(to.get());
  for (unsigned index = 0; index < buckets; ++index) {
    if (index + 1 < buckets) {
      for (const Owned<T>& next : lines[index + 1].slots) __builtin_prefetch(next.get());
    }
    for (unsigned slot = 0; slot < Line::kSlots; ++slot) {
      if (lines[index].taken(slot)) visit(*lines[index].slots[slot]);
    }
  }
  return behind(position, Map::depth_of(to));
}

template <class T, class Limits>
template <class KeepGoing, class Visit>
bool TableView<T, Limits>::walk(KeepGoing&& keep_going, Visit&& visit) const {
  if (root_ == nullptr) return true;
  uint64_t position = 0;
  do {
    if (!keep_going()) return false;
    position = visit_segment(position, visit);
  } while (position != 0);
  return true;
}

inline uint64_t reversed_bits(uint64_t bits) {
  bits = (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
  bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
  bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
  return __builtin_bswap64(bits);
}

/// Whether the item's hash is no less than `position`, which lies in the same segment. Its 16 bits
/// tell, unless the position was given by a table that was finer there and they are equal.
template <class T, class Limits>
bool TableView<T, Limits>::is_at_or_behind(const Owned<T>& item, uint64_t position,
                                           unsigned depth) const {
  const unsigned wanted = HashBits::slot_bits(position, depth);
  if (item.extra() != wanted) return item.extra() > wanted;
  return rehash_(*item) >= position;
}

template <class T, class Limits>
template <class Visit>
uint64_t TableView<T, Limits>::scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
  if (root_ == nullptr) return 0;
  uint64_t position = reversed_bits(cursor);
  size_t items = 0;
  size_t buckets_left = at_least * 10 + 1;
  do {
    const Owned<Leaf>& to = word(position);
    const unsigned depth = Map::depth_of(to);
    const unsigned buckets = Map::buckets_of(to);
    unsigned index = HashBits::home(HashBits::home_bits(position, depth), buckets);
    to->for_each_of_home(index, [&](unsigned at, unsigned slot) {
      const Owned<T>& item = to->line(at)->slots[slot];
      if (!is_at_or_behind(item, position, depth)) return;
      visit(*item);
      ++items;
    });
    ++index;
    position =
        index < buckets ? start_of(position, depth, buckets, index) : behind(position, depth);
  } while (position != 0 && items < at_least && --buckets_left != 0);
  return reversed_bits(position);
}

template <class T, class Limits>
auto TableView<T, Limits>::draw_bucket(Random& random) const -> const Line* {
  const Owned<Leaf>& to = word(random.next());
  // A segment that is a level less deep is met twice as often, so it is rejected half of the time;
  // and a bucket number is drawn from the most that a segment can have.
  const unsigned levels = depth_bound_ - Map::depth_of(to);
  if (levels != 0 && random.next() >> (64 - levels) != 0) return nullptr;
  const unsigned buckets = Map::buckets_of(to);
  const unsigned bound = depth_bound_ == 0 ? buckets : SegmentSizes<Limits>::kBucketsMax;
  const auto index = static_cast<unsigned>(random.below(bound));
  return index < buckets ? Leaf::first_line(to.get()) + index : nullptr;
}

template <class T, class Limits>
const T* TableView<T, Limits>::random(Random& random) const {
  if (size_ == 0) return nullptr;
  for (unsigned draw = 0; draw < kDrawsMax; ++draw) {
    const Line* bucket = draw_bucket(random);
    if (bucket == nullptr) continue;
    const auto slot = static_cast<unsigned>(random.below(Line::kSlots));
    if (bucket->taken(slot)) return bucket->slots[slot].get();
  }
  return next_from(random.next());
}

template <class T, class Limits>
const T* TableView<T, Limits>::next_from(uint64_t position) const {
  const T* first = nullptr;
  while (first == nullptr) {  // there is one: size_ isn't 0
    position = visit_segment(position, [&](const T& item) {
      if (first == nullptr) first = &item;
    });
  }
  return first;
}

template <class T, class Limits>
size_t TableView<T, Limits>::sample(Random& random, size_t n, const T** out) const {
  size_t found = 0;
  if (size_ <= n) {
    for_each([&](const T& item) { out[found++] = &item; });
    return found;
  }
  const auto is_new = [&](const T* item) {
    for (size_t i = 0; i < found; ++i) {
      if (out[i] == item) return false;
    }
    return true;
  };
  for (size_t draw = 0; draw < kDrawsMax + n && found < n; ++draw) {
    const Line* bucket = draw_bucket(random);
    if (bucket == nullptr) continue;
    // As many slots as items are missing, empty ones counted, from a random one on: taking as many
    // items would favour those of emptier buckets.
    const auto first = static_cast<unsigned>(random.below(Line::kSlots));
    const size_t slots = n - found < Line::kSlots ? n - found : Line::kSlots;
    for (unsigned i = 0; i < slots; ++i) {
      const unsigned slot = (first + i) % Line::kSlots;
      if (!bucket->taken(slot)) continue;
      const T* item = bucket->slots[slot].get();
      if (is_new(item)) out[found++] = item;
    }
  }
  return found;
}

template <class T, class Limits>
TableStats TableView<T, Limits>::stats() const {
  TableStats stats;
  stats.items = size_;
  if (root_ == nullptr) return stats;
  stats.root_words = root_->size();
  const Page* last_page = nullptr;
  uint64_t position = 0;
  do {
    const Owned<Page>& page = root_->words()[Root::index(root_extra_, position)];
    if (page.get() != last_page) ++stats.pages;
    last_page = page.get();
    const Leaf& leaf = *word(position);
    ++stats.segments;
    stats.buckets += leaf.buckets();
    for (unsigned home = 0; home < leaf.buckets(); ++home) {
      leaf.for_each_of_home(home, [&](unsigned index, unsigned) { stats.away += index != home; });
    }
    position = behind(position, leaf.depth());
  } while (position != 0);
  return stats;
}

}  // namespace sorrel
