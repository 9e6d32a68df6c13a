// Any bytes as a life of a stream: entries of any fields come and go, blocks are closed, packed and
// trimmed; each must stay well formed, and be read the same in both directions.
#include "core/base/allocator.h"
#include "core/base/check.h"
#include "core/structure/pass_through_heap.h"
#include "core/value/stream.h"
#include "core/value/stream_cursor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace sorrel;

/// Takes numbers and texts off the front of the input; zeros and nothing at its end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

  bool done() const { return at_ == end_; }
  uint8_t byte() { return done() ? 0 : *at_++; }
  uint64_t number() {
    uint64_t value = 0;
    for (unsigned bytes = byte() % 9; bytes != 0; --bytes) value = value << 8 | byte();
    return value;
  }
  Bytes text() {
    const size_t size = std::min<size_t>(byte(), static_cast<size_t>(end_ - at_));
    at_ += size;
    return {reinterpret_cast<const char*>(at_ - size), size};
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

std::vector<std::string> texts_at(const StreamCursor& at) {
  std::vector<std::string> texts;
  PackElement::Scratch scratch;
  at.for_each_pair([&](Bytes field, const PackElement& value) {
    texts.emplace_back(field);
    texts.emplace_back(value.bytes(scratch));
  });
  VERIFY(texts.size() == 2 * at.pairs());
  return texts;
}

void check(const Stream& stream) {
  std::vector<StreamId> ids;
  for (auto at = StreamCursor::at_or_after(stream, {}); at; at.next()) ids.push_back(at.id());
  VERIFY(ids.size() == stream.size());
  VERIFY(std::is_sorted(ids.begin(), ids.end()));
  auto at = StreamCursor::at_or_before(stream, StreamId::max());
  for (size_t i = ids.size(); i-- > 0; at.previous()) VERIFY(at.id() == ids[i]);
  VERIFY(!at);
  stream.blocks().for_each([](const StreamSlot& slot) { VERIFY(slot.block->valid()); });
}

void add(Stream& stream, Input& input, const EncodingLimits& limits, Epoch& epoch) {
  StreamId id = stream.last_id();
  const uint64_t left = UINT64_MAX - id.ms;
  if (left != 0) id.ms += input.number() % left;
  id.seq = input.number();
  if (id <= stream.last_id()) id = stream.last_id();
  if (id == stream.last_id() && !id.increment()) return;
  std::vector<Bytes> entry;
  for (size_t texts = 2 * (1 + input.byte() % 4); texts != 0; --texts) {
    entry.push_back(input.text());
  }
  stream.append(id, entry, limits, epoch);
  const auto at = StreamCursor::at_or_before(stream, StreamId::max());
  VERIFY(at && at.id() == id);
  VERIFY(texts_at(at) == std::vector<std::string>(entry.begin(), entry.end()));
}

void trim(Stream& stream, Input& input, Epoch& epoch) {
  StreamTrim wanted;
  const uint8_t how = input.byte();
  wanted.kind = how % 2 == 0 ? StreamTrim::Kind::kMaxLength : StreamTrim::Kind::kMinId;
  wanted.whole_blocks = how % 4 >= 2;
  wanted.max_length = input.number();
  wanted.min_id = {wanted.max_length, input.number()};
  if (wanted.whole_blocks) wanted.limit = input.byte();
  stream.trim(wanted, epoch);
}

void live(Stream& stream, Input& input, Epoch& epoch) {
  EncodingLimits limits;
  limits.stream_block_entries = input.byte();
  limits.stream_block_bytes = input.number() % 4096;
  while (!input.done()) {
    switch (input.byte() % 8) {
      case 0: {
        const auto at = StreamCursor::at_or_after(stream, {input.number(), 0});
        VERIFY(!at || stream.erase(at.id(), epoch));
        break;
      }
      case 1:
        stream.erase({input.number(), input.number()}, epoch);
        break;
      case 2:
        trim(stream, input, epoch);
        break;
      default:
        add(stream, input, limits, epoch);
    }
  }
  check(stream);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  PassThroughHeap heap(system_allocator(), 0);
  Epoch epoch(heap);
  Owned<Collection> stream = Stream::make(epoch);
  Input input(data, size);
  live(Stream::thaw(stream, epoch), input, epoch);
  stream.drop(epoch);
  while (epoch.reclaim(1000)) {
  }
  VERIFY(heap.used() == 0);
  return 0;
}
