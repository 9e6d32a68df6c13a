#include "core/value/chunked_string.h"

#include "core/base/random.h"
#include "tests/unit/core/structure/tracking_heap.h"

#include <catch2/catch.hpp>
#include <new>
#include <string>
#include <utility>
#include <vector>

using namespace sorrel;

namespace {

constexpr size_t kChunk = StringChunk::kBytesMax;

std::string text_of(const ChunkedString& string) {
  std::string text(string.size(), '\0');
  string.read(0, text.size(), text.data());
  return text;
}

/// A chunked string, a std::string, and snapshots of both.
class Game {
 public:
  explicit Game(uint64_t seed, bool starved) : random_(seed), epoch_(heap_), starved_(starved) {
    model_ = random_text(1 + random_.below(5 * kChunk));
    string_ = ChunkedString::make(epoch_, model_, model_.size());
  }
  ~Game() {
    while (!snapshots_.empty()) end_snapshot();
    string_.drop(epoch_);
    while (epoch_.reclaim(100)) {
    }
    CHECK(heap_.fault() == "");
    CHECK(heap_.used() == 0);
  }

  void play(size_t steps) {
    for (size_t step = 0; step < steps; ++step) {
      if (random_.below(8) == 0 && snapshots_.size() < 3) begin_snapshot();
      if (random_.below(10) == 0 && !snapshots_.empty()) end_snapshot();
      random_.below(30) == 0 ? copy() : write();
      check();
      epoch_.reclaim(random_.below(30));
    }
  }

 private:
  struct Snapshot {
    SnapshotId id;
    const ChunkedString* string;
    std::string model;
  };

  std::string random_text(size_t size) {
    std::string text(size, '\0');
    for (char& character : text) character = static_cast<char>(random_.next());
    return text;
  }
  size_t random_size() {
    constexpr size_t kSizes[] = {0, 1, 7, 100, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk + 5};
    return kSizes[random_.below(std::size(kSizes))];
  }

  void write() {
    const std::string bytes = random_text(random_size());
    size_t at = random_.below(model_.size() + 1);
    if (random_.below(3) == 0) at = model_.size();
    if (random_.below(10) == 0) at += random_size();
    const size_t size = std::max(model_.size(), at + bytes.size());
    if (size > 60 * kChunk) return;
    for (size_t allocations = 0;; ++allocations) {
      if (starved_) heap_.run_out_after(allocations);
      try {
        string_.thaw(epoch_).write(size, at, bytes, epoch_);
        break;
      } catch (const std::bad_alloc&) {
        heap_.never_run_out();
        REQUIRE(starved_);
        REQUIRE(text_of(*string_) == model_);
      }
    }
    heap_.never_run_out();
    model_.resize(size);
    model_.replace(at, bytes.size(), bytes);
  }

  void copy() {
    Owned<ChunkedString> copied = ChunkedString::copy(*string_, epoch_);
    epoch_.reserve();
    string_.drop(epoch_);
    string_ = std::move(copied);
  }

  void check() {
    REQUIRE(string_->size() == model_.size());
    const size_t from = random_.below(model_.size());
    const size_t size = random_.below(model_.size() - from + 1);
    std::string part(size, '\0');
    string_->read(from, size, part.data());
    REQUIRE(part == model_.substr(from, size));
    const Bytes piece = string_->piece(from);
    REQUIRE(!piece.empty());
    REQUIRE(piece == Bytes(model_).substr(from, piece.size()));
    REQUIRE(text_of(*string_) == model_);
  }

  void begin_snapshot() {
    snapshots_.push_back(Snapshot{epoch_.begin_snapshot(), string_.get(), model_});
    string_.freeze();
  }
  void end_snapshot() {
    const size_t which = random_.below(snapshots_.size());
    CHECK(text_of(*snapshots_[which].string) == snapshots_[which].model);
    epoch_.end_snapshot(snapshots_[which].id);
    snapshots_.erase(snapshots_.begin() + static_cast<long>(which));
  }

  Random random_;
  TrackingHeap heap_;
  Epoch epoch_;
  bool starved_;
  Owned<ChunkedString> string_;
  std::string model_;
  std::vector<Snapshot> snapshots_;
};

}  // namespace

TEST_CASE("a chunked string is what a string is, under snapshots", "[chunked_string]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) Game(seed, false).play(150);
}

TEST_CASE("without memory a chunked string stays as it was", "[chunked_string]") {
  for (uint64_t seed = 1; seed <= 2; ++seed) Game(seed, true).play(60);
}

TEST_CASE("a write during a snapshot copies a chunk, not the string", "[chunked_string]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  const std::string text(2000 * kChunk, 'x');
  Owned<ChunkedString> string = ChunkedString::make(epoch, text, text.size());
  CHECK(heap.used() < text.size() + text.size() / 100);
  const SnapshotId snapshot = epoch.begin_snapshot();
  string.freeze();
  const size_t before = heap.used();
  string.thaw(epoch).write(text.size(), 1000 * kChunk, "y", epoch);
  CHECK(heap.used() - before < 2 * kChunk);
  epoch.end_snapshot(snapshot);
  string.drop(epoch);
  while (epoch.reclaim(100)) {
  }
  CHECK(heap.used() == 0);
}

TEST_CASE("appending a little at a time wastes no more than a chunk", "[chunked_string]") {
  TrackingHeap heap;
  Epoch epoch(heap);
  Owned<ChunkedString> string = ChunkedString::make(epoch, "a", 1);
  for (size_t size = 1; size < 20 * kChunk; size += 10) {
    string.thaw(epoch).write(size + 10, size, "0123456789", epoch);
  }
  CHECK(heap.used() < string->size() + kChunk + 8192);
  string.drop(epoch);
  while (epoch.reclaim(100)) {
  }
  CHECK(heap.used() == 0);
}
