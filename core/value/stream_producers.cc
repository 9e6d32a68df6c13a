#include "core/value/stream_producers.h"

#include "core/structure/drop_on_throw.h"
#include "core/value/collection.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace sorrel {
namespace {

constexpr auto kPackTag = static_cast<uint8_t>(Collection::Tag::kPack);
constexpr unsigned kElements = 3;  // of a receipt
/// How many producers are looked at, for each message that is added, whether they are done.
constexpr unsigned kSwept = 2;

class UnsignedText {
 public:
  explicit UnsignedText(uint64_t value) : length_(format_unsigned(chars_, value)) {}
  Bytes view() const { return Bytes(chars_, length_); }

 private:
  char chars_[kIntegerCharsMax];
  size_t length_;
};

uint64_t number_at(const Pack& pack, Pack::Position at) {
  const PackElement element = pack.get(at);
  if (element.is_integer()) return static_cast<uint64_t>(element.integer());
  PackElement::Scratch scratch;
  return parse_unsigned(element.bytes(scratch)).value_or(0);  // one of 64 bits
}

Pack::Position first_receipt(const Pack& producer) {
  return producer.next(producer.begin());
}
size_t receipts(const Pack& producer) {
  return (producer.size() - 1) / kElements;
}
Pack::Position next_receipt(const Pack& producer, Pack::Position message) {
  for (unsigned i = 0; i < kElements; ++i) message = producer.next(message);
  return message;
}

/// Of the receipt whose message stands at `message`.
StreamId id_at(const Pack& producer, Pack::Position message) {
  const Pack::Position ms = producer.next(message);
  return {number_at(producer, ms), number_at(producer, producer.next(ms))};
}

/// The time of the last receipt.
uint64_t newest_ms(const Pack& producer) {
  return number_at(producer, producer.previous(producer.last()));
}

/// How many of the first receipts are from before that time.
size_t count_before(const Pack& producer, uint64_t oldest_ms) {
  size_t counted = 0;
  for (auto at = first_receipt(producer); at != producer.end();) {
    const Pack::Position ms = producer.next(at);
    if (number_at(producer, ms) >= oldest_ms) break;
    ++counted;
    at = producer.next(producer.next(ms));
  }
  return counted;
}

}  // namespace

// ---- Making.

StreamProducers::StreamProducers(const StreamProducers& from)
    : epoch_(from.epoch_),
      duration_s_(from.duration_s_),
      receipts_max_(from.receipts_max_),
      added_(from.added_),
      repeated_(from.repeated_),
      swept_(from.swept_),
      producers_(Producers::Inherit{}, from.producers_) {}

Owned<StreamProducers> StreamProducers::make(Epoch& epoch) {
  void* block = epoch.heap().allocate(sizeof(StreamProducers));
  return Owned<StreamProducers>::adopt(::new (block) StreamProducers(epoch), epoch);
}

Owned<StreamProducers> StreamProducers::copy(const StreamProducers& from, Epoch& epoch) {
  if (epoch.frozen()) epoch.reserve();
  Owned<StreamProducers> made = make(epoch);
  StreamProducers& all = made.thaw(epoch);
  all.duration_s_ = from.duration_s_;
  all.receipts_max_ = from.receipts_max_;
  all.added_ = from.added_;
  all.repeated_ = from.repeated_;
  const DropOnThrow guard(made, epoch);
  auto at = from.producers_.begin();
  all.producers_.build(from.producers_.slots(), [&] {
    Owned<Pack> producer = Pack::copy(**at, (*at)->begin(), epoch);
    at.next();
    return producer;
  });
  return made;
}

StreamProducers* StreamProducers::clone(const StreamProducers& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(StreamProducers))) StreamProducers(from);
}

// ---- Reading.

uint64_t StreamProducers::oldest_ms(uint64_t now_ms) const {
  const uint64_t duration_ms = uint64_t{duration_s_} * 1000;
  return now_ms > duration_ms ? now_ms - duration_ms : 0;
}

/// The end when there is none of that name.
auto StreamProducers::find_producer(Bytes name) const -> Producers::Cursor {
  const auto at = producers_.lower_bound(name);
  return at && ProducersByName::compare(name, *at) == 0 ? at : producers_.end();
}

std::optional<StreamId> StreamProducers::find(Bytes producer, Bytes message,
                                              uint64_t now_ms) const {
  const auto found = find_producer(producer);
  if (!found) return std::nullopt;
  const Pack& pack = **found;
  // One that is too old may stand before one that isn't.
  Pack::Position at = pack.find(message, first_receipt(pack), kElements);
  while (at != pack.end()) {
    const StreamId id = id_at(pack, at);
    if (id.ms >= oldest_ms(now_ms)) return id;
    at = pack.find(message, next_receipt(pack, at), kElements);
  }
  return std::nullopt;
}

StreamProducers::Count StreamProducers::count(uint64_t now_ms) const {
  Count count;
  const uint64_t oldest = oldest_ms(now_ms);
  producers_.for_each([&](const Owned<Pack>& producer) {
    const size_t live = receipts(*producer) - count_before(*producer, oldest);
    count.producers += live != 0 ? 1 : 0;
    count.receipts += live;
  });
  return count;
}

void StreamProducers::for_each(
    const std::function<void(Bytes producer, Bytes message, StreamId id)>& visit) const {
  producers_.for_each([&](const Owned<Pack>& producer) {
    PackElement::Scratch name;
    PackElement::Scratch message;
    auto at = first_receipt(*producer);
    for (; at != producer->end(); at = next_receipt(*producer, at)) {
      visit(producer->get(producer->begin()).bytes(name), producer->get(at).bytes(message),
            id_at(*producer, at));
    }
  });
}

size_t StreamProducers::footprint(const Heap& heap) const {
  size_t bytes = heap.footprint(sizeof(StreamProducers)) + producers_.bytes();
  producers_.for_each(
      [&](const Owned<Pack>& producer) { bytes += heap.footprint(Pack::bytes(*producer)); });
  return bytes;
}

// ---- Changing.

void StreamProducers::configure(std::optional<uint32_t> duration_s,
                                std::optional<uint32_t> receipts_max) {
  producers_.clear();
  duration_s_ = duration_s.value_or(duration_s_);
  receipts_max_ = receipts_max.value_or(receipts_max_);
}

void StreamProducers::add(Bytes producer, Bytes message, StreamId id, uint64_t now_ms) {
  sweep(now_ms);
  auto at = find_producer(producer);
  if (!at) {
    add_producer(producer, message, id);
  } else {
    producers_.edit(at, [&](Owned<Pack>& pack) { add_receipt(pack, message, id, now_ms); });
  }
  ++added_;
}

void StreamProducers::add_producer(Bytes name, Bytes message, StreamId id) {
  const UnsignedText ms(id.ms);
  const UnsignedText seq(id.seq);
  const std::array<Bytes, 1 + kElements> texts = {name, message, ms.view(), seq.view()};
  Owned<Pack> made = Pack::make(*epoch_, kPackTag, texts);
  auto before = producers_.lower_bound(name);
  const DropOnThrow guard(made, *epoch_);
  producers_.insert(before, std::move(made));
}

void StreamProducers::add_receipt(Owned<Pack>& producer, Bytes message, StreamId id,
                                  uint64_t now_ms) {
  const UnsignedText ms(id.ms);
  const UnsignedText seq(id.seq);
  const std::array<Bytes, kElements> texts = {message, ms.view(), seq.view()};
  Pack::insert(producer, producer->end(), texts, *epoch_);
  const size_t held = receipts(*producer);
  const size_t excess = held - std::min<size_t>(held, receipts_max_);
  const size_t old = std::min(count_before(*producer, oldest_ms(now_ms)), held - 1);
  const size_t going = std::max(excess, old);
  if (going != 0) Pack::erase(producer, first_receipt(*producer), going * kElements, *epoch_);
}

/// A few producers that have sent nothing for so long that nothing of them is remembered go.
void StreamProducers::sweep(uint64_t now_ms) {
  const uint64_t oldest = oldest_ms(now_ms);
  for (unsigned i = 0; i < kSwept && !producers_.empty(); ++i) {
    if (swept_ >= producers_.slots()) swept_ = 0;
    auto at = producers_.at(swept_);
    if (newest_ms(**at) < oldest) {
      producers_.extract(at).drop(*epoch_);
    } else {
      ++swept_;
    }
  }
}

uint64_t StreamProducers::compact(uint64_t position, Compaction& step) {
  // The nodes above know producers by where they are: edit() tells them of one that has moved.
  const uint64_t next = producers_.compact(position, step, [](Owned<Pack>&) {});
  const uint64_t end = next == 0 ? producers_.slots() : next;
  for (auto at = producers_.at(position); position < end; at.next(), ++position) {
    producers_.edit(at, [&](Owned<Pack>& producer) { step.move(producer); });
  }
  return next;
}

}  // namespace sorrel
