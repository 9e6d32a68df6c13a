#include "core/keyspace/expiry.h"

#include "core/base/check.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sorrel {

void ExpiryIndex::swap(ExpiryIndex& other) noexcept {
  std::swap(epoch_, other.epoch_);
  std::swap(cursor_, other.cursor_);
  std::swap(size_, other.size_);
  std::swap(cascading_, other.cascading_);
  std::swap(wheel_, other.wheel_);
  std::swap(pages_, other.pages_);
  std::swap(free_chunk_, other.free_chunk_);
  std::swap(used_count_, other.used_count_);
}

void ExpiryIndex::reserve() {
  if (!wheel_) {
    wheel_ = std::make_unique<Wheel>();
    wheel_->top.fill(kNone);
  }
  if (free_chunk_ == kNone) add_page();
}

void ExpiryIndex::insert(Entry& entry) {
  if (!wheel_) reserve();
  put(entry, slot_for(to_time(block(entry).at_ms)));
  ++size_;
}

void ExpiryIndex::remove(const Entry& entry) {
  take(block(entry).cell);
  // An index that has become empty keeps nothing of a spike.
  if (--size_ == 0) clear();
}

void ExpiryIndex::move(Entry& entry, int64_t at_ms) {
  if (free_chunk_ == kNone) reserve();
  take(block(entry).cell);
  block(entry).at_ms = at_ms;
  put(entry, slot_for(to_time(at_ms)));
}

void ExpiryIndex::clear() {
  free_pages();
  pages_.clear();
  pages_.shrink_to_fit();
  used_count_ = 0;
  free_chunk_ = kNone;
  cascading_ = 0;
  size_ = 0;
  wheel_.reset();
}

void ExpiryIndex::free_pages() {
  // Without the memory to put them off they are freed now.
  const bool later = pages_.size() > kPagesFreedAtOnce && epoch_->try_reserve(pages_.size());
  for (Page* page : pages_) {
    const Remains remains{page, &kKindOf<Page>};
    later ? epoch_->retire_block(remains) : epoch_->free_block(remains);
  }
}

unsigned ExpiryIndex::slot_for(uint64_t time) const {
  time = std::max(time, cursor_);
  const unsigned level = level_of(time, cursor_);
  return level * kSlots + digit(time, level);
}

void ExpiryIndex::put(Entry& entry, unsigned slot) {
  uint32_t number = wheel_->top[slot];
  if (number == kNone || chunk(number).count == kCellsInChunk) {
    const uint32_t below = number;
    number = new_chunk();
    chunk(number).slot = static_cast<uint16_t>(slot);
    chunk(number).count = 0;
    chunk(number).below = below;
    wheel_->top[slot] = number;
    wheel_->occupied[slot / kSlots] |= uint64_t{1} << (slot % kSlots);
  }
  Chunk& top = chunk(number);
  block(entry).cell = number * 64 + top.count;
  top.cells[top.count++] = &entry;
}

// Empties a cell: the last entry of its slot moves in.
void ExpiryIndex::take(uint32_t cell_number) {
  const unsigned slot = chunk(cell_number / 64).slot;
  const uint32_t top_number = wheel_->top[slot];
  Chunk& top = chunk(top_number);
  Entry* last = top.cells[--top.count];
  const uint32_t last_cell = top_number * 64 + top.count;
  if (last_cell != cell_number) {
    cell(cell_number) = last;
    block(*last).cell = cell_number;
  }
  if (top.count != 0) return;
  wheel_->top[slot] = top.below;
  if (top.below == kNone) wheel_->occupied[slot / kSlots] &= ~(uint64_t{1} << (slot % kSlots));
  free_chunk(top_number);
}

void ExpiryIndex::free_chunk(uint32_t number) {
  Chunk& freed = chunk(number);
  const uint32_t last = used(--used_count_);
  used(freed.in_use) = last;
  chunk(last).in_use = freed.in_use;
  freed.below = free_chunk_;
  free_chunk_ = number;
}

uint32_t ExpiryIndex::new_chunk() {
  if (free_chunk_ == kNone) add_page();
  const uint32_t number = free_chunk_;
  free_chunk_ = chunk(number).below;
  chunk(number).in_use = used_count_;
  used(used_count_++) = number;
  return number;
}

void ExpiryIndex::add_page() {
  const uint32_t first = static_cast<uint32_t>(pages_.size()) * kChunksInPage;
  if (pages_.size() == pages_.capacity()) pages_.reserve(2 * pages_.size() + 1);
  pages_.push_back(static_cast<Page*>(epoch_->heap().allocate(sizeof(Page))));
  for (uint32_t i = 0; i < kChunksInPage; ++i) {
    chunk(first + i).below = i + 1 < kChunksInPage ? first + i + 1 : kNone;
  }
  free_chunk_ = first;
}

size_t ExpiryIndex::sample(Random& random, size_t wanted, const Entry** out) const {
  if (size_ == 0) return 0;
  // A cell of a used chunk is drawn and taken if it is filled: the same chance for every entry. At
  // the worst, one entry a chunk, one in 62 is.
  constexpr size_t kTriesEach = 620;
  size_t found = 0;
  for (size_t tries = wanted * kTriesEach; found < wanted && tries != 0; --tries) {
    const Chunk& drawn = chunk(used(static_cast<uint32_t>(random.below(used_count_))));
    const uint64_t place = random.below(kCellsInChunk);
    if (place < drawn.count) out[found++] = drawn.cells[place];
  }
  return found;
}

const Entry* ExpiryIndex::due(int64_t now_ms, size_t& budget) {
  const uint64_t now = to_time(now_ms);
  if (size_ == 0) {
    cursor_ = std::max(cursor_, now);
    return nullptr;
  }
  while (budget != 0) {
    if (cascading_ != 0) {
      if (!cascade(budget)) return nullptr;
      continue;
    }
    const unsigned here = digit(cursor_, 0);
    if (cursor_ <= now && (wheel_->occupied[0] >> here & 1) != 0) {
      --budget;
      const Chunk& top = chunk(wheel_->top[here]);
      return top.cells[top.count - 1];
    }
    --budget;
    if (!enter_next_slot(now)) return nullptr;
  }
  return nullptr;
}

// Moves the cursor to the beginning of the next slot that holds anything, if that is not after now;
// to now otherwise.
bool ExpiryIndex::enter_next_slot(uint64_t now) {
  for (unsigned level = 0; level < kLevels; ++level) {
    const unsigned shift = level * kDigitBits;
    const uint64_t later = wheel_->occupied[level] & (~uint64_t{0} << digit(cursor_, level));
    if (later == 0) continue;
    const uint64_t slot = static_cast<uint64_t>(std::countr_zero(later));
    const uint64_t above =
        shift + kDigitBits >= 64 ? 0 : cursor_ >> (shift + kDigitBits) << (shift + kDigitBits);
    const uint64_t begins = above | slot << shift;
    if (begins > now) break;
    cursor_ = std::max(cursor_, begins);
    cascading_ = level == 0 ? 0 : level * kSlots + static_cast<unsigned>(slot);
    return true;
  }
  cursor_ = std::max(cursor_, now);
  return false;
}

// Moves entries of the slot that the cursor has entered down to where they belong; false when the
// budget ran out first.
bool ExpiryIndex::cascade(size_t& budget) {
  while (wheel_->top[cascading_] != kNone) {
    if (budget == 0) return false;
    --budget;
    const uint32_t number = wheel_->top[cascading_];
    const uint32_t last = chunk(number).count - 1;
    Entry& entry = *chunk(number).cells[last];
    const unsigned from = cascading_;
    take(number * 64 + last);
    put(entry, slot_for(to_time(block(entry).at_ms)));
    VERIFY(chunk(block(entry).cell / 64).slot < from);
  }
  cascading_ = 0;
  return true;
}

}  // namespace sorrel
