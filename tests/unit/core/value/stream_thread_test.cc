// A frozen stream of many blocks, read by another thread in both directions while the loop changes
// every part of the live one. Its worth is under the thread sanitizer.

#include "core/base/random.h"
#include "core/structure/pass_through_heap.h"
#include "core/value/stream.h"
#include "core/value/stream_cursor.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace sorrel;

namespace {

constexpr uint64_t kEntries = 20'000;

bool is_as_added(const StreamCursor& at, uint64_t number) {
  bool right = at.id() == StreamId{number, number % 3};
  PackElement::Scratch scratch;
  at.for_each_pair([&](Bytes field, const PackElement& value) {
    right = right && field == "field" && value.bytes(scratch) == std::to_string(number);
  });
  return right;
}

uint64_t count_unchanged(const Collection& collection, bool back) {
  const Stream& stream = Stream::of(collection);
  auto at = back ? StreamCursor::at_or_before(stream, StreamId::max())
                 : StreamCursor::at_or_after(stream, StreamId::min());
  uint64_t unchanged = 0;
  for (uint64_t i = 1; i <= kEntries && at; ++i) {
    if (is_as_added(at, back ? kEntries + 1 - i : i)) ++unchanged;
    back ? at.previous() : at.next();
  }
  return unchanged;
}

class Loop {
 public:
  Loop() {
    limits_.stream_block_entries = 20;
    stream_ = Stream::make(epoch_);
    for (uint64_t i = 1; i <= kEntries; ++i) add({i, i % 3}, std::to_string(i));
  }
  ~Loop() {
    stream_.drop(epoch_);
    while (epoch_.reclaim(1000)) {
    }
    CHECK(heap_.used() == 0);
  }

  Epoch& epoch() { return epoch_; }
  const Collection& freeze() {
    stream_.freeze();
    return *stream_;
  }

  void change_everything() {
    for (uint64_t step = 0; step < kEntries; ++step) {
      Stream& stream = Stream::thaw(stream_, epoch_);
      const auto at = StreamCursor::at_or_after(stream, {random_.below(kEntries), 0});
      if (at) stream.erase(at.id(), epoch_);
      if (step % 4 == 0) add({stream.last_id().ms + 1, 0}, "more");
      if (step % 64 == 0) stream.trim(first_few(stream), epoch_);
      if (step % 16 == 0) epoch_.reclaim(64);
    }
  }

 private:
  static StreamTrim first_few(const Stream& stream) {
    StreamTrim trim;
    trim.kind = StreamTrim::Kind::kMaxLength;
    trim.max_length = stream.size() - std::min<uint64_t>(stream.size(), 30);
    return trim;
  }
  void add(StreamId id, const std::string& value) {
    const std::vector<Bytes> entry = {"field", value};
    Stream::thaw(stream_, epoch_).append(id, entry, limits_, epoch_);
  }

  PassThroughHeap heap_{system_allocator()};
  Epoch epoch_{heap_};
  Random random_{7};
  EncodingLimits limits_;
  Owned<Collection> stream_;
};

}  // namespace

TEST_CASE("another thread reads a frozen stream while everything changes", "[stream][threaded]") {
  Loop loop;
  const SnapshotId snapshot = loop.epoch().begin_snapshot();
  const Collection& frozen = loop.freeze();
  std::atomic<bool> all_changed{false};
  uint64_t early = 0;
  uint64_t late = 0;
  std::thread reader([&] {
    early = count_unchanged(frozen, false);
    while (!all_changed.load()) early = std::min(early, count_unchanged(frozen, true));
    late = count_unchanged(frozen, true);
  });
  loop.change_everything();
  all_changed.store(true);
  reader.join();
  CHECK(early == kEntries);
  CHECK(late == kEntries);
  loop.epoch().end_snapshot(snapshot);
}
