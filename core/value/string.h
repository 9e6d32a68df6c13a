// StringValue: how a string looks to whoever reads it, and the body of the larger ones.
//
// A string has three forms, chosen by the entry that holds it (core/keyspace/entry.h):
//   integer   64 bits in place of the pointer; only when the text is the canonical decimal form
//   inline    the bytes follow the key in the entry's own allocation, up to kInlineStringMax
//   body      a StringBody of its own, with room to grow, up to kPlainStringMax
//   chunks    a tree of chunks (core/value/chunked_string.h)
// Readers see bytes. An integer is written into the reader's scratch space, and chunks are gathered
// there by who needs them in one piece; who doesn't goes through the pieces.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace sorrel {

/// Strings up to this many bytes live inside the entry: one allocation, one cache miss.
constexpr size_t kInlineStringMax = 1024;
/// Longer ones are chunked.
constexpr size_t kPlainStringMax = 64 * 1024;
/// Redis calls a string of up to 44 bytes "embstr"; users' tools look for the word.
constexpr size_t kEmbstrBytesMax = 44;

/// Bytes of a larger string. Allocated as header and bytes in one piece:
///   0        8          16
///   size     capacity   bytes…
struct StringBody {
  uint64_t size;
  uint64_t capacity;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  size_t allocated() const { return sizeof(StringBody) + capacity; }
  Bytes view() const { return {data(), size}; }

  /// A body with room for `capacity` bytes and size 0. Throws std::bad_alloc.
  static StringBody* make(Epoch& epoch, size_t capacity);
  /// Another with the same bytes and no room to spare.
  static StringBody* copy(const StringBody& from, Epoch& epoch);

  // The contract of Owned<T>, see core/structure/kind.h. Owns nothing.
  static constexpr uint8_t kKind = kinds::kStringBody;
  static size_t bytes(const StringBody& body) { return body.allocated(); }
};

class ChunkedString;

/// What a reader sees of a string value. Valid until the key's next mutation.
class StringValue {
 public:
  explicit StringValue(int64_t integer) : integer_(integer), is_integer_(true) {}
  explicit StringValue(Bytes bytes) : bytes_(bytes) {}
  explicit StringValue(const ChunkedString& chunks) : chunks_(&chunks) {}

  bool is_integer() const { return is_integer_; }
  int64_t integer() const { return integer_; }
  /// Whether bytes() copies it all: better go through the pieces.
  bool is_chunked() const { return chunks_ != nullptr; }

  /// Room for the text of any 64-bit integer, or for a copy of chunks.
  struct Scratch {
    char text[24];
    std::unique_ptr<char[]> gathered;
  };
  /// The text. May point into `scratch`.
  Bytes bytes(Scratch& scratch) const;
  /// A part of it, which must be there.
  Bytes part(size_t offset, size_t size, Scratch& scratch) const;
  size_t size() const;

  /// `visit(Bytes)` for the pieces of the text, or of a part of it, in order. Nothing is copied.
  template <class Visit>
  void for_each_piece(size_t offset, size_t size, Visit&& visit) const {
    Scratch scratch;
    for (const size_t end = offset + size; offset < end;) {
      const Bytes here = piece(offset, scratch).substr(0, end - offset);
      visit(here);
      offset += here.size();
    }
  }
  template <class Visit>
  void for_each_piece(Visit&& visit) const {
    for_each_piece(0, size(), visit);
  }

 private:
  /// The bytes from `offset` on, as far as they stand together.
  Bytes piece(size_t offset, Scratch& scratch) const;

  Bytes bytes_;
  const ChunkedString* chunks_ = nullptr;
  int64_t integer_ = 0;
  bool is_integer_ = false;
};

}  // namespace sorrel
