// ExpiryIndex: which keys of a database expire when, so that the active side of expiry looks at
// nothing that isn't due. A database has two: one of keys that expire, and one of keys whose
// elements do, each by its first.
//
// A hierarchical timing wheel (Varghese and Lauck 1987) with a resolution of one millisecond: level
// l has 64 slots of 64^l ms, and an entry stands on the level of the highest 6-bit digit in which
// its time differs from the cursor, the time up to which everything was handed out. As the cursor
// enters a slot of a higher level, that slot's entries move down, a few at a time.
//
// A slot is a stack of chunks of 62 pointers, and an entry remembers the cell that holds its
// pointer (ExpiryBlock::cell), so insert, remove and moved are O(1) and touch at most one other
// entry:
//
//   slot → chunk 17 [slot | count | below | … | e e e e …]  → below: chunk 4 [… 62 full …] → …
//   cell number = chunk number × 64 + place in it
//
// Owned by a keyspace. It costs about 8.3 bytes a key that expires, beside the 16 in the entry.
// Chunks come in pages, and nothing moves as it grows; the pages of an index that is emptied are
// retired, so that they are freed in slices, too.
//
// Invariants:
// 1. Every entry of the index is in exactly one cell, and knows it.
// 2. Only the topmost chunk of a slot is not full; an empty slot has none.
// 3. No entry's time is before the cursor, but for those that were past when they came: they stand
//    in the cursor's own slot.
// No snapshot reads it: a thawed copy of an entry takes the original's cell (moved).
#pragma once

#include "core/base/random.h"
#include "core/keyspace/entry.h"
#include "core/structure/epoch.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sorrel {

class ExpiryIndex {
 public:
  enum class Of : uint8_t { kKeys, kElements };
  /// No snapshot reads the index: the epoch is where its memory comes from, and goes to.
  ExpiryIndex(Epoch& epoch, int64_t now_ms, Of of = Of::kKeys)
      : of_(of), epoch_(&epoch), cursor_(to_time(now_ms)) {}
  ~ExpiryIndex() { clear(); }
  ExpiryIndex(const ExpiryIndex&) = delete;
  ExpiryIndex& operator=(const ExpiryIndex&) = delete;
  /// With another of the same kind.
  void swap(ExpiryIndex& other) noexcept;

  size_t size() const { return size_; }
  /// Memory of the index itself.
  size_t bytes() const { return pages_.size() * sizeof(Page) + (wheel_ ? sizeof(Wheel) : 0); }

  /// Makes room for one insert, or throws std::bad_alloc: a writer asks before it changes anything.
  void reserve();
  /// `entry` has its expiry time set and is not in the index. Throws only without reserve().
  void insert(Entry& entry);
  /// `entry` is in the index.
  void remove(const Entry& entry);
  /// `entry` is in the index, and expires at another time from now on. Throws only without
  /// reserve().
  void move(Entry& entry, int64_t at_ms);
  /// `entry` is a copy of one in the index, with its expiry block, and takes its place there.
  void moved(Entry& entry) { cell(block(entry).cell) = &entry; }

  /// An entry whose time has come, or nullptr when there is none or the budget ran out. Each step
  /// of the search costs one of `budget`, and so does the entry.
  const Entry* due(int64_t now_ms, size_t& budget);

  /// `wanted` entries drawn with the same chance each (one may come twice); fewer only when there
  /// are none, or chance was very unkind.
  size_t sample(Random& random, size_t wanted, const Entry** out) const;

  void clear();

 private:
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlots = 1u << kDigitBits;
  static constexpr unsigned kLevels = 11;  // 66 bits: all of time
  static constexpr uint32_t kCellsInChunk = 62;
  static constexpr uint32_t kChunksInPage = 64;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Chunk {
    uint16_t slot;
    uint16_t count;
    uint32_t below;   // the chunk under it in the slot's stack, or the next free one
    uint32_t in_use;  // its place in the list of those that stand in a slot
    uint32_t listed;  // that list's element of this chunk's number: the number of another chunk
    Entry* cells[kCellsInChunk];
  };
  static_assert(sizeof(Chunk) == 512);
  struct Page {
    static constexpr uint8_t kKind = kinds::kExpiryPage;
    static size_t bytes(const Page&) { return sizeof(Page); }
    Chunk chunks[kChunksInPage];
  };
  /// So many are freed at once when the index is emptied.
  static constexpr size_t kPagesFreedAtOnce = 4;

  struct Wheel {
    std::array<uint64_t, kLevels> occupied{};    // a bit a slot
    std::array<uint32_t, kLevels * kSlots> top;  // topmost chunk, or kNone
  };

  ExpiryBlock& block(Entry& entry) const {
    return of_ == Of::kKeys ? entry.expiry() : entry.element_expiry();
  }
  const ExpiryBlock& block(const Entry& entry) const {
    return of_ == Of::kKeys ? entry.expiry() : entry.element_expiry();
  }
  static uint64_t to_time(int64_t ms) { return ms < 0 ? 0 : static_cast<uint64_t>(ms); }
  static unsigned digit(uint64_t time, unsigned level) {
    return static_cast<unsigned>(time >> (level * kDigitBits)) % kSlots;
  }
  static unsigned level_of(uint64_t time, uint64_t cursor) {
    const uint64_t difference = time ^ cursor;
    return difference == 0 ? 0
                           : (63 - static_cast<unsigned>(__builtin_clzll(difference))) / kDigitBits;
  }

  Chunk& chunk(uint32_t number) const {
    return pages_[number / kChunksInPage]->chunks[number % kChunksInPage];
  }
  Entry*& cell(uint32_t number) const { return chunk(number / 64).cells[number % 64]; }
  /// The chunks that stand in a slot, in no order: for sample().
  uint32_t& used(uint32_t place) const { return chunk(place).listed; }
  unsigned slot_for(uint64_t time) const;
  void put(Entry& entry, unsigned slot);
  void take(uint32_t cell_number);
  uint32_t new_chunk();
  void free_chunk(uint32_t number);
  void add_page();
  bool enter_next_slot(uint64_t now);
  bool cascade(size_t& budget);
  void free_pages();

  const Of of_;
  Epoch* epoch_;
  uint64_t cursor_;
  size_t size_ = 0;
  unsigned cascading_ = 0;  // slot being emptied to lower levels; 0: none (level 0 never cascades)
  std::unique_ptr<Wheel> wheel_;
  std::vector<Page*> pages_;
  uint32_t free_chunk_ = kNone;
  uint32_t used_count_ = 0;
};

}  // namespace sorrel
