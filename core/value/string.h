// StringValue: how a string looks to whoever reads it, and the body of the larger ones.
//
// A string has three forms, chosen by the entry that holds it (core/keyspace/entry.h):
//   integer   64 bits in place of the pointer; only when the text is the canonical decimal form
//   inline    the bytes follow the key in the entry's own allocation, up to kInlineStringMax
//   body      a StringBody of its own, with room to grow
// Readers see one form only: bytes. An integer is written into the reader's scratch space.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sorrel {

/// Strings up to this many bytes live inside the entry: one allocation, one cache miss.
constexpr size_t kInlineStringMax = 1024;
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

/// What a reader sees of a string value. Valid until the key's next mutation.
class StringValue {
 public:
  explicit StringValue(int64_t integer) : integer_(integer), is_integer_(true) {}
  explicit StringValue(Bytes bytes) : bytes_(bytes) {}

  bool is_integer() const { return is_integer_; }
  int64_t integer() const { return integer_; }

  /// Room for the text of any 64-bit integer.
  using Scratch = char[24];
  /// The text. May point into `scratch`.
  Bytes bytes(Scratch& scratch) const;
  size_t size() const;

 private:
  Bytes bytes_;
  int64_t integer_ = 0;
  bool is_integer_ = false;
};

}  // namespace sorrel
