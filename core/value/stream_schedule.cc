#include "core/value/stream_schedule.h"

#include "core/structure/drop_on_throw.h"

#include <new>
#include <utility>

namespace sorrel {

Owned<StreamSchedule> StreamSchedule::make(Epoch& epoch) {
  void* block = epoch.heap().allocate(sizeof(StreamSchedule));
  return Owned<StreamSchedule>::adopt(::new (block) StreamSchedule(epoch), epoch);
}

Owned<StreamSchedule> StreamSchedule::copy(const StreamSchedule& from, Epoch& epoch) {
  if (epoch.frozen()) epoch.reserve();
  Owned<StreamSchedule> made = make(epoch);
  StreamSchedule& schedule = made.thaw(epoch);
  schedule.retention_ = from.retention_;
  const DropOnThrow guard(made, epoch);
  auto at = from.delayed_.begin();
  schedule.delayed_.build(from.delayed_.slots(), [&] {
    StreamSlot slot{StreamBlock::copy(*at->block, epoch), at->first};
    slot.block.set_extra(1);
    at.next();
    return slot;
  });
  return made;
}

StreamSchedule* StreamSchedule::clone(const StreamSchedule& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(StreamSchedule))) StreamSchedule(from);
}

bool StreamSchedule::contains(StreamId delayed) const {
  const auto at = delayed_.lower_bound(delayed);
  return at && at->first == delayed;
}

// The last sequence of a millisecond is never given: no entry of a stream can be behind it.
StreamId StreamSchedule::next_id(uint64_t due_ms) const {
  for (;; ++due_ms) {
    auto at = delayed_.upper_bound(StreamId{due_ms, UINT64_MAX});
    if (at == delayed_.begin()) return {due_ms, 0};
    at.previous();
    if (at->first.ms != due_ms) return {due_ms, 0};
    if (at->first.seq < UINT64_MAX - 1) return {due_ms, at->first.seq + 1};
  }
}

size_t StreamSchedule::footprint(const Heap& heap) const {
  size_t bytes = heap.footprint(sizeof(StreamSchedule)) + delayed_.bytes();
  delayed_.for_each(
      [&](const StreamSlot& slot) { bytes += heap.footprint(StreamBlock::bytes(*slot.block)); });
  return bytes;
}

void StreamSchedule::delay(StreamId delayed, StreamFields entry, Epoch& epoch) {
  StreamSlot made{StreamBlock::make(delayed, entry, 0, epoch), delayed};
  made.block.set_extra(1);
  const DropOnThrow guard(made.block, epoch);
  auto before = delayed_.lower_bound(delayed);
  delayed_.insert(before, std::move(made));
}

void StreamSchedule::prepare_erase(StreamId delayed) {
  auto at = delayed_.lower_bound(delayed);
  delayed_.edit(at, [](StreamSlot&) {});
}

void StreamSchedule::erase(StreamId delayed, Epoch& epoch) {
  auto at = delayed_.lower_bound(delayed);
  VERIFY(at && at->first == delayed);
  delayed_.extract(at).block.drop(epoch);
}

uint64_t StreamSchedule::compact(uint64_t position, Compaction& step) {
  return delayed_.compact(position, step, [&](StreamSlot& slot) { step.move(slot.block); });
}

}  // namespace sorrel
