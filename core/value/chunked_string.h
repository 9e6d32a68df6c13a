// ChunkedString: a string of more than kPlainStringMax bytes, as a tree of chunks of 16 KiB.
//
// So nothing that such a string goes through touches all of it: while a snapshot lives a write
// copies a chunk, appending never moves what is there, and no chunk is big enough to trouble the
// heap.
//
// A slot of the tree is the reference to a chunk, with the chunk's size in the extra bits, so the
// tree's weights are bytes. Owned by an entry.
//
// Invariants:
//  1. Every chunk holds a byte at least, and all but the last are full, unless there was no memory
//     to undo half an extension.
//  2. On std::bad_alloc nothing has changed.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/structure/tree.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

/// Some bytes of a string; how many, its slot knows. A full one takes 16 KiB of the heap.
struct StringChunk {
  static constexpr uint32_t kBytesMax = 16 * 1024 - 8;

  uint32_t capacity;
  uint32_t unused;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  static constexpr uint8_t kKind = kinds::kStringChunk;
  static size_t bytes(const StringChunk& chunk) { return sizeof(StringChunk) + chunk.capacity; }
};

struct ChunkOrder {
  using Slot = Owned<StringChunk>;
  static constexpr uint8_t kNodeKind = kinds::kStringNode;
  static constexpr unsigned kLeafBytes = 1024;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = false;
  static constexpr bool kOwns = true;
  static uint64_t weight(const Slot& chunk) { return chunk.extra(); }
  static Remains remains(Slot& chunk) { return chunk.remains(); }
  static void inherit(Slot& chunk) { chunk.freeze(); }
};

class ChunkedString {
 public:
  /// `size` bytes, of which the first are `head`'s and the others zero. Not empty.
  static Owned<ChunkedString> make(Epoch& epoch, Bytes head, size_t size);
  static Owned<ChunkedString> copy(const ChunkedString& from, Epoch& epoch);

  size_t size() const { return tree_.weight(); }
  /// The bytes from `offset` on, as far as they stand together: at least one before the end.
  Bytes piece(size_t offset) const;
  /// Copies `size` bytes, which must be there.
  void read(size_t offset, size_t size, char* out) const;
  /// Gets `size` bytes, no fewer than it has; the new ones are zero. Then `bytes` are written at
  /// `at`, where they must fit in.
  void write(size_t size, size_t at, Bytes bytes, Epoch& epoch);
  /// `write(char* out, size_t from, size_t bytes)` writes all its bytes, chunk by chunk. Of a
  /// string that nobody has seen yet: nothing is copied, and nothing throws.
  template <class Write>
  void fill(Write&& write, Epoch& epoch);
  /// Moves its blocks where the heap wants that, but for the chunks, which are too big to be in
  /// anybody's way.
  static void compact(Owned<ChunkedString>& string, Compaction& step);
  /// Of all it owns, and of its own block.
  size_t footprint(const Heap& heap) const;

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kChunkedString;
  static size_t bytes(const ChunkedString&) { return sizeof(ChunkedString); }
  static ChunkedString* clone(const ChunkedString& from, Epoch& epoch);
  static size_t weight(const ChunkedString& string) { return string.tree_.weight_of_blocks(); }
  static Remains next_child(ChunkedString& string, size_t& position) {
    return position++ == 0 ? string.tree_.remains() : Remains{};
  }

 private:
  using Chunks = Tree<ChunkOrder>;

  explicit ChunkedString(Epoch& epoch) : tree_(epoch) {}
  explicit ChunkedString(const ChunkedString& original)
      : tree_(Chunks::Inherit{}, original.tree_) {}

  void append(Bytes head, size_t size, Epoch& epoch);
  void extend(size_t size, Epoch& epoch);
  void make_room_in_last(uint32_t size, Epoch& epoch);
  void thaw(size_t from, size_t end, Epoch& epoch);

  Chunks tree_;
};

template <class Write>
void ChunkedString::fill(Write&& write, Epoch& epoch) {
  for (size_t from = 0; from < size();) {
    auto cursor = tree_.at(from);
    const size_t here = cursor->extra();
    tree_.edit(cursor,
               [&](Owned<StringChunk>& chunk) { write(chunk.thaw(epoch).data(), from, here); });
    from += here;
  }
}

}  // namespace sorrel
