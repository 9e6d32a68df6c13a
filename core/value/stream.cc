#include "core/value/stream.h"

#include "core/structure/drop_on_throw.h"
#include "core/value/stream_cursor.h"
#include "core/value/stream_groups.h"
#include "core/value/stream_producers.h"
#include "core/value/stream_schedule.h"

#include <algorithm>
#include <new>
#include <utility>

namespace sorrel {
namespace {

/// A block gets the room that the one before it needed, up to this.
constexpr size_t kFirstRoomMax = 16 * 1024;

size_t text_bytes(StreamFields entry) {
  size_t bytes = 0;
  for (const Bytes text : entry) bytes += text.size();
  return bytes;
}

}  // namespace

// ---- Whole streams.

Stream::Stream(const Stream& original)
    : Collection(Tag::kStream),
      blocks_(Blocks::Inherit{}, original.blocks_),
      last_id_(original.last_id_),
      max_deleted_id_(original.max_deleted_id_),
      entries_added_(original.entries_added_),
      groups_(original.groups_.inherit()),
      producers_(original.producers_.inherit()),
      schedule_(original.schedule_.inherit()),
      block_bytes_(original.block_bytes_) {}

Owned<Collection> Stream::make(Epoch& epoch) {
  auto* made = ::new (epoch.heap().allocate(sizeof(Stream))) Stream(epoch);
  return Owned<Collection>::adopt(made, epoch);
}

Owned<Collection> Stream::copy(const Stream& from, ValueContext& values) {
  Epoch& epoch = values.epoch;
  Owned<Collection> made = make(epoch);
  Stream& stream = thaw(made, epoch);
  stream.last_id_ = from.last_id_;
  stream.max_deleted_id_ = from.max_deleted_id_;
  stream.entries_added_ = from.entries_added_;
  const DropOnThrow guard(made, epoch);
  Blocks::Cursor at = from.blocks_.begin();
  stream.blocks_.build(from.blocks_.slots(), [&] {
    Owned<StreamBlock> block = StreamBlock::copy(*at->block, epoch);
    block.set_extra(at->block.extra());
    stream.block_bytes_ += StreamBlock::bytes(*block);
    const StreamId first = at->first;
    at.next();
    return StreamSlot{std::move(block), first};
  });
  if (from.groups_) stream.groups_ = StreamGroups::copy(*from.groups_, epoch);
  if (from.producers_) stream.producers_ = StreamProducers::copy(*from.producers_, epoch);
  if (from.schedule_) stream.schedule_ = StreamSchedule::copy(*from.schedule_, epoch);
  return made;
}

Stream* Stream::clone(const Stream& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(Stream))) Stream(from);
}

size_t Stream::weight(const Stream& stream) {
  const size_t groups = stream.groups_ ? 1 + StreamGroups::weight(*stream.groups_) : 0;
  const size_t producers = stream.producers_ ? 1 + StreamProducers::weight(*stream.producers_) : 0;
  const size_t schedule = stream.schedule_ ? 1 + StreamSchedule::weight(*stream.schedule_) : 0;
  return stream.blocks_.weight_of_blocks() + groups + producers + schedule;
}

Remains Stream::next_child(Stream& stream, size_t& position) {
  // Each may be missing.
  while (position < 4) {
    const size_t number = position++;
    const Remains child = number == 0   ? stream.blocks_.remains()
                          : number == 1 ? stream.groups_.remains()
                          : number == 2 ? stream.producers_.remains()
                                        : stream.schedule_.remains();
    if (child) return child;
  }
  return {};
}

size_t Stream::footprint(const Heap& heap, size_t samples) const {
  const size_t groups = groups_ ? groups_->footprint(heap) : 0;
  const size_t producers = producers_ ? producers_->footprint(heap) : 0;
  const size_t schedule = schedule_ ? schedule_->footprint(heap) : 0;
  const size_t own =
      heap.footprint(sizeof(Stream)) + blocks_.bytes() + groups + producers + schedule;
  size_t looked_at = 0;
  size_t bytes = 0;
  for (auto at = blocks_.begin(); at && (samples == 0 || looked_at < samples); at.next()) {
    bytes += heap.footprint(StreamBlock::bytes(*at->block));
    ++looked_at;
  }
  return looked_at == 0 ? own : own + bytes * blocks_.slots() / looked_at;
}

// The remainder of a position by kParts says in which part it is; the quotient is that one's.
// Between two steps a part may have gone.
uint64_t Stream::compact(Owned<Collection>& collection, uint64_t position, Compaction& step) {
  step.move(collection);
  Stream& stream = thaw(collection, step.epoch);
  const uint64_t seen_before = step.moved + step.kept;
  do {
    uint64_t part = position % kParts;
    uint64_t within = 0;
    if (stream.has_part(part)) within = stream.compact_part(part, position / kParts, step);
    if (within == 0) {
      do ++part;
      while (part < kParts && !stream.has_part(part));
    }
    position = part < kParts ? kParts * within + part : 0;
  } while (position != 0 && step.budget != 0 &&
           step.moved + step.kept - seen_before < step.collection_budget);
  return position;
}

bool Stream::has_part(uint64_t part) const {
  const bool there[kParts] = {true, static_cast<bool>(groups_), static_cast<bool>(schedule_),
                              static_cast<bool>(producers_)};
  return there[part];
}

uint64_t Stream::compact_part(uint64_t part, uint64_t position, Compaction& step) {
  switch (part) {
    case 0:
      return blocks_.compact(position, step, [&](StreamSlot& slot) { step.move(slot.block); });
    case 1:
      return StreamGroups::compact(groups_, position, step);
    case 2:
      if (position == 0) step.move(schedule_);
      return schedule_.thaw(step.epoch).compact(position, step);
    default:
      if (position == 0) step.move(producers_);
      return producers_.thaw(step.epoch).compact(position, step);
  }
}

// ---- Reading.

/// The block in which the ID is, if it is anywhere; none when it is before all.
Stream::Blocks::Cursor Stream::block_of(StreamId id) const {
  Blocks::Cursor at = blocks_.upper_bound(id);
  if (at == blocks_.begin()) return blocks_.end();
  at.previous();
  return at;
}

bool Stream::contains(StreamId id) const {
  const Blocks::Cursor at = block_of(id);
  StreamBlock::Place place;
  return at && at->block->seek(id, place) && place.id == id && !place.deleted;
}

StreamId Stream::first_id() const {
  const StreamCursor first = StreamCursor::at_or_after(*this, StreamId::min());
  return first ? first.id() : StreamId{};
}

StreamId Stream::last_entry_id() const {
  const StreamCursor last = StreamCursor::at_or_before(*this, StreamId::max());
  return last ? last.id() : StreamId{};
}

// ---- Adding.

void Stream::append(StreamId id, StreamFields entry, const EncodingLimits& limits, Epoch& epoch) {
  VERIFY(id > last_id_);
  Blocks::Cursor last = blocks_.last();
  // XSETID can have put the last ID back, behind entries of the last block that were deleted.
  const bool ascends = last && id > last->block->last_id();
  if (ascends && last->block->takes(text_bytes(entry), limits)) {
    blocks_.edit(last, [&](StreamSlot& slot) {
      const unsigned live = slot.block.extra();
      const size_t before = StreamBlock::bytes(*slot.block);
      StreamBlock::append(slot.block, id, entry, epoch);
      slot.block.set_extra(live + 1);
      block_bytes_ += StreamBlock::bytes(*slot.block) - before;
    });
  } else {
    append_block(last, id, entry, epoch);
  }
  last_id_ = id;
  ++entries_added_;
}

void Stream::append_block(Blocks::Cursor& last, StreamId id, StreamFields entry, Epoch& epoch) {
  size_t room = 0;
  if (last) {
    room = std::min(last->block->content_bytes(), kFirstRoomMax);
    // It is closed now: what its growth left over is given back.
    if (!epoch.frozen()) {
      blocks_.edit(last, [&](StreamSlot& slot) {
        const size_t before = StreamBlock::bytes(*slot.block);
        StreamBlock::trim(slot.block, epoch);
        block_bytes_ -= before - StreamBlock::bytes(*slot.block);
      });
    }
  }
  StreamSlot made{StreamBlock::make(id, entry, room, epoch), id};
  made.block.set_extra(1);
  const size_t bytes = StreamBlock::bytes(*made.block);
  const DropOnThrow guard(made.block, epoch);
  blocks_.append(std::move(made));
  block_bytes_ += bytes;
}

StreamProducers& Stream::edit_producers(Epoch& epoch) {
  if (!producers_) producers_ = StreamProducers::make(epoch);
  return producers_.thaw(epoch);
}

// ---- Taking out.

bool Stream::erase(StreamId id, Epoch& epoch) {
  if (!erase_entry(id, epoch)) return false;
  max_deleted_id_ = std::max(max_deleted_id_, id);
  return true;
}

bool Stream::erase_entry(StreamId id, Epoch& epoch) {
  Blocks::Cursor at = block_of(id);
  StreamBlock::Place place;
  if (!at || !at->block->seek(id, place) || place.id != id || place.deleted) return false;
  erase_at(at, place, epoch);
  return true;
}

void Stream::erase_at(Blocks::Cursor& at, const StreamBlock::Place& place, Epoch& epoch) {
  if (at->block.extra() == 1) {
    const size_t bytes = StreamBlock::bytes(*at->block);
    blocks_.extract(at).block.drop(epoch);
    block_bytes_ -= bytes;
    return;
  }
  // Of the last block Redis's rule counts the deleted entries.
  const bool may_pack = !epoch.frozen() && at != blocks_.last();
  blocks_.edit(at, [&](StreamSlot& slot) {
    const unsigned live = slot.block.extra();
    const size_t before = StreamBlock::bytes(*slot.block);
    slot.block.thaw(epoch).erase(place);
    if (may_pack && slot.block->sparse()) pack(slot.block, epoch);
    slot.block.set_extra(live - 1);
    block_bytes_ += StreamBlock::bytes(*slot.block) - before;
  });
}

/// For tidiness only: it may fail.
void Stream::pack(Owned<StreamBlock>& block, Epoch& epoch) {
  try {
    Owned<StreamBlock> packed = StreamBlock::packed(*block, epoch);
    block.drop(epoch);
    block = std::move(packed);
  } catch (const std::bad_alloc&) {
  }
}

uint64_t Stream::trim(const StreamTrim& wanted, Epoch& epoch) {
  if (wanted.references == StreamReferences::kAcknowledged) return trim_unwanted(wanted, epoch);
  const uint64_t going = count_trimmed(wanted);
  if (wanted.references == StreamReferences::kDelete) forget_first(going, epoch);
  trim_first(going, epoch);
  return going;
}

/// How many entries at the front are to go.
uint64_t Stream::count_trimmed(const StreamTrim& wanted) const {
  switch (wanted.kind) {
    case StreamTrim::Kind::kNone:
      return 0;
    case StreamTrim::Kind::kMinId:
      return count_before(wanted);
    case StreamTrim::Kind::kMaxLength:
      break;
  }
  if (size() <= wanted.max_length) return 0;
  const uint64_t excess = size() - wanted.max_length;
  return wanted.whole_blocks ? whole_blocks_of(excess, wanted.limit) : excess;
}

uint64_t Stream::count_before(const StreamTrim& wanted) const {
  const Blocks::Cursor at = block_of(wanted.min_id);
  if (!at) return 0;
  uint64_t entries = at.offset();
  if (at->block->last_id() < wanted.min_id) {
    entries += at->block.extra();
  } else if (!wanted.whole_blocks) {
    entries += at->block->count_before(wanted.min_id);
  }
  return wanted.whole_blocks ? whole_blocks_of(entries, wanted.limit) : entries;
}

/// How many of the first `entries` stand in blocks that are full of such, within the limit.
uint64_t Stream::whole_blocks_of(uint64_t entries, uint64_t limit) const {
  return blocks_.at(limit == 0 ? entries : std::min(entries, limit)).offset();
}

/// The first `entries` go; there are so many.
void Stream::trim_first(uint64_t entries, Epoch& epoch) {
  if (entries == 0) return;
  Blocks::Cursor end = blocks_.at(entries);
  const uint64_t rest = entries - end.offset();
  Blocks::Cursor first = blocks_.begin();
  const uint64_t bytes = counts_bytes() ? bytes_between(first, end) : 0;
  try {
    blocks_.erase_range(first, end);
  } catch (const std::bad_alloc&) {
    // It may have ended early.
    if (counts_bytes()) block_bytes_ = bytes_between(blocks_.begin(), blocks_.end());
    throw;
  }
  block_bytes_ -= bytes;
  if (rest == 0) return;
  blocks_.edit(first, [&](StreamSlot& slot) {
    const unsigned live = slot.block.extra();
    slot.block.thaw(epoch).erase_first(rest);
    slot.block.set_extra(live - static_cast<unsigned>(rest));
  });
}

}  // namespace sorrel
