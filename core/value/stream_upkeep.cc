// What a stream does by itself (Stream): keeping its bounds, and adding delayed entries.
#include "core/value/stream.h"
#include "core/value/stream_groups.h"
#include "core/value/stream_schedule.h"

#include <algorithm>
#include <new>

namespace sorrel {
namespace {

constexpr int64_t kAtOnce = 0;

int64_t time_of(uint64_t ms) {
  return static_cast<int64_t>(std::min<uint64_t>(ms, INT64_MAX));
}

}  // namespace

/// What is left before the block at the front goes.
struct Stream::Kept {
  uint64_t blocks;
  uint64_t entries;
  uint64_t bytes;
  /// From here on somebody wants it.
  StreamId wanted;
};

// ---- The schedule.

StreamSchedule& Stream::edit_schedule(Epoch& epoch) {
  if (!schedule_) schedule_ = StreamSchedule::make(epoch);
  return schedule_.thaw(epoch);
}

void Stream::drop_empty_schedule(Epoch& epoch) {
  if (schedule_ && schedule_->empty()) schedule_.drop(epoch);
}

int64_t Stream::next_delayed_ms() const {
  if (!schedule_ || schedule_->delayed().empty() || last_id_ == StreamId::max()) return kNever;
  return time_of(schedule_->delayed().begin()->first.ms);
}

int64_t Stream::next_due_ms() const {
  if (!schedule_) return kNever;
  const int64_t delayed_ms = next_delayed_ms();
  if (blocks_.empty() || !schedule_->retention().bounded()) return delayed_ms;
  return std::min(delayed_ms, due_ms(*blocks_.begin(), all_kept()));
}

// ---- Bounds.

Stream::Kept Stream::all_kept() const {
  const bool ask_groups = schedule_->retention().acknowledged;
  return {blocks_.slots(), size(), block_bytes_, ask_groups ? first_wanted() : StreamId::max()};
}

/// Before this no group is still to read or to acknowledge anything.
StreamId Stream::first_wanted() const {
  StreamId wanted = StreamId::max();
  if (!groups_) return wanted;
  groups_->for_each([&](const StreamGroup& group) {
    StreamId unread = group.last_delivered();
    unread.increment();
    wanted = std::min(wanted, unread);
    const auto pending = group.pending().from(StreamId::min());
    if (pending) wanted = std::min(wanted, pending->id);
  });
  return wanted;
}

/// When the block at the front is to go; INT64_MAX: not before something else changes.
int64_t Stream::due_ms(const StreamSlot& front, const Kept& kept) const {
  const StreamRetention& bounds = schedule_->retention();
  const StreamId last = front.block->last_id();
  if (last >= kept.wanted) return kNever;
  const uint64_t entries_left = kept.entries - front.block.extra();
  if (bounds.max_length != 0 && entries_left >= bounds.max_length) return kAtOnce;
  if (bounds.max_bytes != 0 && kept.blocks > 1 && kept.bytes > bounds.max_bytes) return kAtOnce;
  if (bounds.max_age_ms == 0) return kNever;
  // The entry may be so old, and no older.
  return time_of(last.ms +
                 std::min(static_cast<uint64_t>(bounds.max_age_ms) + 1, UINT64_MAX - last.ms));
}

uint64_t Stream::retain(int64_t now_ms, size_t& blocks_max, Epoch& epoch) {
  if (!schedule_ || !schedule_->retention().bounded()) return 0;
  Kept kept = all_kept();
  auto at = blocks_.begin();
  for (; at && blocks_max != 0 && due_ms(*at, kept) <= now_ms; at.next()) {
    --blocks_max;
    --kept.blocks;
    kept.entries -= at->block.extra();
    kept.bytes -= StreamBlock::bytes(*at->block);
  }
  const uint64_t going = size() - kept.entries;
  trim_first(going, epoch);
  return going;
}

bool Stream::counts_bytes() const {
  return schedule_ && schedule_->retention().max_bytes != 0;
}

uint64_t Stream::bytes_between(Blocks::Cursor from, const Blocks::Cursor& to) const {
  uint64_t bytes = 0;
  for (; from != to; from.next()) bytes += StreamBlock::bytes(*from->block);
  return bytes;
}

void Stream::set_retention(const StreamRetention& retention, Epoch& epoch) {
  const bool counted = counts_bytes();
  epoch.reserve();
  edit_schedule(epoch).set_retention(retention);
  if (counts_bytes() && !counted) block_bytes_ = bytes_between(blocks_.begin(), blocks_.end());
  drop_empty_schedule(epoch);
}

// ---- Delayed entries.

void Stream::delay(StreamId delayed, StreamFields entry, Epoch& epoch) {
  StreamSchedule& schedule = edit_schedule(epoch);
  try {
    schedule.delay(delayed, entry, epoch);
  } catch (const std::bad_alloc&) {
    drop_empty_schedule(epoch);
    throw;
  }
}

bool Stream::cancel_delayed(StreamId delayed, Epoch& epoch) {
  if (!schedule_ || !schedule_->contains(delayed)) return false;
  epoch.reserve();
  edit_schedule(epoch).erase(delayed, epoch);
  drop_empty_schedule(epoch);
  return true;
}

void Stream::add_delayed(StreamId delayed, StreamId id, const EncodingLimits& limits,
                         Epoch& epoch) {
  epoch.reserve();
  StreamSchedule& schedule = edit_schedule(epoch);
  schedule.prepare_erase(delayed);
  const auto at = schedule.delayed().lower_bound(delayed);
  const StreamBlock& block = *at->block;
  StreamEntryTexts texts;
  append(id, texts.read(block, block.begin()), limits, epoch);
  schedule.erase(delayed, epoch);
  drop_empty_schedule(epoch);
}

}  // namespace sorrel
