#include "core/value/chunked_string.h"

#include "core/base/check.h"
#include "core/structure/drop_on_throw.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace sorrel {
namespace {

constexpr uint32_t kChunkMax = StringChunk::kBytesMax;
static_assert(kChunkMax <= UINT16_MAX);  // a size fits the extra bits of a reference

// What a write retires once its chunks are thawed: the path to the last chunk. There is to be room
// for it on the retire list, and some to spare, before anything changes.
constexpr size_t kRetiredAtMost = 1000;

/// `size` bytes, of which the first are `head`'s and the others zero.
Owned<StringChunk> make_chunk(Epoch& epoch, Bytes head, uint32_t size, uint32_t capacity) {
  void* block = epoch.heap().allocate(sizeof(StringChunk) + capacity);
  auto* chunk = ::new (block) StringChunk{capacity, 0};
  const size_t copied = head.copy(chunk->data(), size);
  std::memset(chunk->data() + copied, 0, size - copied);
  Owned<StringChunk> made = Owned<StringChunk>::adopt(chunk, epoch);
  made.set_extra(size);
  return made;
}

}  // namespace

Owned<ChunkedString> ChunkedString::make(Epoch& epoch, Bytes head, size_t size) {
  epoch.reserve();
  void* block = epoch.heap().allocate(sizeof(ChunkedString));
  auto made = Owned<ChunkedString>::adopt(::new (block) ChunkedString(epoch), epoch);
  const DropOnThrow guard(made, epoch);
  made.thaw(epoch).append(head, size, epoch);
  return made;
}

Owned<ChunkedString> ChunkedString::copy(const ChunkedString& from, Epoch& epoch) {
  epoch.reserve();
  void* block = epoch.heap().allocate(sizeof(ChunkedString));
  auto made = Owned<ChunkedString>::adopt(::new (block) ChunkedString(epoch), epoch);
  const DropOnThrow guard(made, epoch);
  from.tree_.for_each([&](const Owned<StringChunk>& chunk) {
    made.thaw(epoch).append(Bytes(chunk->data(), chunk.extra()), chunk.extra(), epoch);
  });
  return made;
}

ChunkedString* ChunkedString::clone(const ChunkedString& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(ChunkedString))) ChunkedString(from);
}

Bytes ChunkedString::piece(size_t offset) const {
  const auto cursor = tree_.at(offset);
  if (!cursor) return {};
  const size_t inside = offset - cursor.offset();
  return {(*cursor)->data() + inside, cursor->extra() - inside};
}

void ChunkedString::read(size_t offset, size_t size, char* out) const {
  while (size != 0) {
    const Bytes here = piece(offset).substr(0, size);
    std::memcpy(out, here.data(), here.size());
    out += here.size();
    offset += here.size();
    size -= here.size();
  }
}

size_t ChunkedString::footprint(const Heap& heap) const {
  size_t total = heap.footprint(sizeof(ChunkedString)) + tree_.bytes();
  tree_.for_each([&](const Owned<StringChunk>& chunk) {
    total += heap.footprint(StringChunk::bytes(*chunk));
  });
  return total;
}

void ChunkedString::compact(Owned<ChunkedString>& string, Compaction& step) {
  step.move(string);
  Chunks& tree = string.thaw(step.epoch).tree_;
  uint64_t offset = 0;
  do {
    offset = tree.compact(offset, step, [](const Owned<StringChunk>&) {});
  } while (offset != 0);
}

void ChunkedString::write(size_t size, size_t at, Bytes bytes, Epoch& epoch) {
  VERIFY(size >= this->size() && at <= size && bytes.size() <= size - at);
  if (epoch.frozen()) {
    thaw(at, std::min(at + bytes.size(), this->size()), epoch);
    if (!epoch.try_reserve(kRetiredAtMost)) throw std::bad_alloc();
  }
  extend(size, epoch);
  // From here on all that is written to is thawed: nothing throws.
  while (!bytes.empty()) {
    auto cursor = tree_.at(at);
    const size_t inside = at - cursor.offset();
    const size_t here = std::min<size_t>(cursor->extra() - inside, bytes.size());
    tree_.edit(cursor, [&](Owned<StringChunk>& chunk) {
      std::memcpy(chunk.thaw(epoch).data() + inside, bytes.data(), here);
    });
    at += here;
    bytes.remove_prefix(here);
  }
}

/// Makes the chunks with the bytes from `from` to before `end` writable, without a change.
void ChunkedString::thaw(size_t from, size_t end, Epoch& epoch) {
  while (from < end) {
    auto cursor = tree_.at(from);
    tree_.edit(cursor, [&](Owned<StringChunk>& chunk) { chunk.thaw(epoch); });
    from = cursor.offset() + cursor->extra();
  }
}

/// Chunks behind the last one. On std::bad_alloc there may be some of them.
void ChunkedString::append(Bytes head, size_t size, Epoch& epoch) {
  while (size != 0) {
    const auto here = static_cast<uint32_t>(std::min<size_t>(size, kChunkMax));
    Owned<StringChunk> chunk = make_chunk(epoch, head, here, here);
    const DropOnThrow guard(chunk, epoch);
    tree_.append(std::move(chunk));
    head.remove_prefix(std::min<size_t>(head.size(), here));
    size -= here;
  }
}

void ChunkedString::extend(size_t size, Epoch& epoch) {
  if (size == this->size()) return;
  const size_t missing = size - this->size();
  const unsigned last_size = tree_.last()->extra();
  const auto in_last = static_cast<uint32_t>(std::min<size_t>(missing, kChunkMax - last_size));
  make_room_in_last(last_size + in_last, epoch);
  const size_t chunks = tree_.slots();
  try {
    append({}, missing - in_last, epoch);
  } catch (const std::bad_alloc&) {
    while (tree_.slots() > chunks) {
      auto last = tree_.last();
      tree_.extract(last).drop(epoch);
    }
    throw;
  }
  auto last = tree_.at(this->size() - (missing - in_last) - 1);
  tree_.edit(last, [&](Owned<StringChunk>& chunk) {
    std::memset(chunk.thaw(epoch).data() + last_size, 0, in_last);
    chunk.set_extra(last_size + in_last);
  });
}

/// The last chunk, thawed, gets room for `size` bytes; its bytes stay. A string that is appended to
/// has it grow by doubling, so that a small append copies little.
void ChunkedString::make_room_in_last(uint32_t size, Epoch& epoch) {
  auto last = tree_.last();
  tree_.edit(last, [&](Owned<StringChunk>& chunk) {
    if (chunk->capacity >= size) return static_cast<void>(chunk.thaw(epoch));
    const uint32_t capacity = std::min(kChunkMax, std::max(size, 2 * chunk->capacity));
    const auto filled = static_cast<uint32_t>(chunk.extra());
    Owned<StringChunk> made = make_chunk(epoch, Bytes(chunk->data(), filled), filled, capacity);
    chunk.release(epoch);
    chunk = std::move(made);
  });
}

}  // namespace sorrel
