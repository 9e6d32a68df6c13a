#include "core/value/stream_consumers.h"

#include "core/structure/drop_on_throw.h"

#include <new>
#include <utility>

namespace sorrel {

const StreamConsumer* StreamConsumers::find(Bytes name) const {
  const auto place = by_name_.lower_bound(name);
  if (!place || place->name->text() != name) return nullptr;
  return &at(number_of(*place));
}

/// The lowest: before it numbers and places agree.
uint32_t StreamConsumers::unused_number() const {
  uint64_t low = 0;
  uint64_t high = size();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (by_number_.at(middle)->number == middle) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return static_cast<uint32_t>(low);
}

uint32_t StreamConsumers::insert(Bytes name, int64_t seen_ms, int64_t active_ms) {
  const uint32_t number = unused_number();
  insert(number, name, seen_ms, active_ms);
  return number;
}

void StreamConsumers::insert(uint32_t number, Bytes name, int64_t seen_ms, int64_t active_ms) {
  StreamConsumer made{StreamName::make(*epoch_, name), number, 0, seen_ms, active_ms};
  const StreamName* const text = made.owned_name.get();
  const DropOnThrow guard(made.owned_name, *epoch_);
  auto by_name = by_name_.lower_bound(name);
  by_name_.insert(by_name, ConsumerName{text, number});
  try {
    auto by_number = by_number_.lower_bound(number);
    by_number_.insert(by_number, std::move(made));
  } catch (const std::bad_alloc&) {
    by_name_.extract(by_name);
    throw;
  }
}

void StreamConsumers::set_seen(uint32_t number, int64_t seen_ms) {
  auto place = by_number_.lower_bound(number);
  by_number_.edit(place, [&](StreamConsumer& consumer) { consumer.seen_ms = seen_ms; });
}

void StreamConsumers::set_active(uint32_t number, int64_t active_ms) {
  auto place = by_number_.lower_bound(number);
  by_number_.edit(place, [&](StreamConsumer& consumer) { consumer.active_ms = active_ms; });
}

void StreamConsumers::erase(uint32_t number) {
  auto by_number = by_number_.lower_bound(number);
  auto by_name = by_name_.lower_bound(by_number->name());
  by_number_.edit(by_number, [](StreamConsumer&) {});  // thaws: from here on nothing throws
  by_name_.extract(by_name);
  by_number_.extract(by_number).owned_name.drop(*epoch_);
}

void StreamConsumers::copy(const StreamConsumers& from) {
  from.by_number_.for_each([&](const StreamConsumer& consumer) {
    insert(consumer.number, consumer.name(), consumer.seen_ms, consumer.active_ms);
  });
}

size_t StreamConsumers::footprint(const Heap& heap) const {
  size_t bytes = by_number_.bytes() + by_name_.bytes();
  by_number_.for_each([&](const StreamConsumer& consumer) {
    bytes += heap.footprint(StreamName::bytes(*consumer.owned_name));
  });
  return bytes;
}

uint64_t StreamConsumers::compact(size_t tree, uint64_t offset, Compaction& step) {
  if (tree == 0) return by_name_.compact(offset, step, [](ConsumerName&) {});
  return by_number_.compact(offset, step,
                            [&](StreamConsumer& consumer) { compact_name(consumer, step); });
}

/// Whoever borrows the name learns where it is now.
void StreamConsumers::compact_name(StreamConsumer& consumer, Compaction& step) {
  auto place = by_name_.lower_bound(consumer.name());
  if (!step.move(consumer.owned_name)) return;
  by_name_.edit(place, [&](ConsumerName& slot) { slot.name = consumer.owned_name.get(); });
}

}  // namespace sorrel
