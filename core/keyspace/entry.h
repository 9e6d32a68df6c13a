// Entry: one key of a database, with its value or the pointer to it, in one allocation.
//
// Owned by the keyspace's table (Owned<Entry>). The optional parts follow the header in this order,
// each only when present:
//
//   offset  bytes
//   0       4     access clock (24 bits) | type (4) | form (4)     relaxed atomic, see below
//   4       1     flags
//   5       1     key size, or 0 when the key is longer than 255 bytes (kLongKey)
//   6       2     size of the inline string
//   8       16    expiry: time in ms, cell in the expiry index                  (kHasExpiry)
//   +       16    the same of its next element to expire                        (kHasElementExpiry)
//   +       8     value word: an integer, or the Owned pointer to the value      (unless inline)
//   +       4     key size                                                        (kLongKey)
//   +       n     key
//   +       n     inline string                                                   (form inline)
//
// A 16-byte key with a 32-byte string takes 56 bytes. Allocations are rounded up to 8 bytes, so a
// string may change its size a little without moving.
//
// Invariants:
// 1. Everything but the access clock and the expiry cell is immutable while a snapshot can see
// the
//    entry: writers go through the table's thaw. The clock is written by the loop and read by the
//    snapshot thread, hence atomic; the position is never read by a snapshot.
// 2. An entry is in the expiry index exactly when it has kHasExpiry, and in that of elements
//    exactly when its collection has an element that expires: its block then says when the first
//    of them does, and kNever otherwise.
// It is not a value: what the bytes mean is known to core/value.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/collection.h"
#include "core/value/string.h"
#include "core/value/value.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sorrel {

/// When a key expires, or the first of its elements, and where the expiry index keeps it: `cell`
/// belongs to the index.
struct ExpiryBlock {
  int64_t at_ms;
  uint32_t cell;
  uint32_t unused;
};

class Entry {
 public:
  /// How the value is held. kInline and kInteger are strings, kBody is a StringBody, kChunks a
  /// ChunkedString; everything that isn't a string is a Collection.
  enum class Form : uint8_t { kInline = 0, kInteger = 1, kBody = 2, kCollection = 3, kChunks = 4 };

  /// The shape decides the allocation's size and where each part stands.
  struct Shape {
    Type type = Type::kString;
    Form form = Form::kInline;
    bool has_expiry = false;
    size_t key_size = 0;
    size_t inline_size = 0;
    bool has_element_expiry = false;

    size_t element_expiry_offset() const { return 8 + (has_expiry ? sizeof(ExpiryBlock) : 0); }
    size_t value_offset() const {
      return element_expiry_offset() + (has_element_expiry ? sizeof(ExpiryBlock) : 0);
    }
    size_t key_size_offset() const { return value_offset() + (form == Form::kInline ? 0 : 8); }
    size_t key_offset() const { return key_size_offset() + (key_size > 255 ? 4 : 0); }
    size_t inline_offset() const { return key_offset() + key_size; }
    /// Rounded up to 8.
    size_t bytes() const { return (inline_offset() + inline_size + 7) & ~size_t{7}; }
  };

  /// A new entry of that shape holding `key`; its value is not yet set. Throws std::bad_alloc.
  static Entry* make(Epoch& epoch, const Shape& shape, Bytes key);

  Shape shape() const {
    return Shape{type(),
                 form(),
                 has_expiry(),
                 key().size(),
                 form() == Form::kInline ? inline_size_ : size_t{0},
                 has_element_expiry()};
  }
  Type type() const {
    return static_cast<Type>((word_.load(std::memory_order_relaxed) >> 24) & 15);
  }
  Form form() const { return static_cast<Form>(word_.load(std::memory_order_relaxed) >> 28); }
  /// A string held in that form.
  bool is_string(Form form) const {
    const uint32_t wanted = static_cast<uint32_t>(form) << 28 | static_cast<uint32_t>(Type::kString)
                                                                    << 24;
    return (word_.load(std::memory_order_relaxed) & ~kClockMask) == wanted;
  }

  Bytes key() const {
    const char* const key = at(kKeyOffsets[flags_ & kLayoutFlags]);
    if (__builtin_expect((flags_ & kLongKey) != 0, 0)) {
      uint32_t size;
      std::memcpy(&size, key - 4, sizeof size);
      return {key, size};
    }
    return {key, key_size_};
  }
  Bytes table_key() const { return key(); }

  // ---- Expiry.
  bool has_expiry() const { return (flags_ & kHasExpiry) != 0; }
  /// Only when has_expiry().
  ExpiryBlock& expiry() { return *reinterpret_cast<ExpiryBlock*>(at(8)); }
  const ExpiryBlock& expiry() const { return *reinterpret_cast<const ExpiryBlock*>(at(8)); }
  bool expired(int64_t now_ms) const { return has_expiry() && expiry().at_ms <= now_ms; }

  /// Whether it has room for the expiry of an element: fields of a hash and members of a set may
  /// expire by themselves (Collection::next_expiry).
  bool has_element_expiry() const { return (flags_ & kHasElementExpiry) != 0; }
  /// Only when has_element_expiry().
  ExpiryBlock& element_expiry() {
    return *reinterpret_cast<ExpiryBlock*>(at(element_expiry_offset()));
  }
  const ExpiryBlock& element_expiry() const {
    return *reinterpret_cast<const ExpiryBlock*>(at(element_expiry_offset()));
  }
  /// kNever when none does.
  int64_t next_element_expiry() const {
    return has_element_expiry() ? element_expiry().at_ms : kNever;
  }
  bool elements_due(int64_t now_ms) const { return next_element_expiry() <= now_ms; }
  /// Whether any index may have it; most entries are in none.
  bool may_be_indexed() const { return (flags_ & (kHasExpiry | kHasElementExpiry)) != 0; }

  // ---- Access clock: 24 bits, LRU time or LFU counter (core/keyspace/eviction.h).
  uint32_t access_clock() const { return word_.load(std::memory_order_relaxed) & kClockMask; }
  void set_access_clock(uint32_t clock) const {
    const uint32_t word = word_.load(std::memory_order_relaxed);
    word_.store((word & ~kClockMask) | (clock & kClockMask), std::memory_order_relaxed);
  }

  // ---- A string's value. Only for Type::kString, each in its form.
  StringValue string() const {
    switch (form()) {
      case Form::kInteger:
        return StringValue(integer());
      case Form::kBody:
        return StringValue(body()->view());
      case Form::kChunks:
        return StringValue(*chunks());
      case Form::kInline:
      case Form::kCollection:
        break;
    }
    return StringValue(Bytes(inline_bytes(), inline_size_));
  }
  int64_t integer() const {
    int64_t value;
    std::memcpy(&value, at(value_offset()), sizeof value);
    return value;
  }
  void set_integer(int64_t value) { std::memcpy(at(value_offset()), &value, sizeof value); }
  Owned<StringBody>& body() { return *reinterpret_cast<Owned<StringBody>*>(at(value_offset())); }
  const Owned<StringBody>& body() const {
    return *reinterpret_cast<const Owned<StringBody>*>(at(value_offset()));
  }
  Owned<ChunkedString>& chunks() {
    return *reinterpret_cast<Owned<ChunkedString>*>(at(value_offset()));
  }
  const Owned<ChunkedString>& chunks() const {
    return *reinterpret_cast<const Owned<ChunkedString>*>(at(value_offset()));
  }
  /// What is not a string. The reference may be empty only while a key writer works on the entry.
  Owned<Collection>& collection() {
    return *reinterpret_cast<Owned<Collection>*>(at(value_offset()));
  }
  const Owned<Collection>& collection() const {
    return *reinterpret_cast<const Owned<Collection>*>(at(value_offset()));
  }
  /// The inline bytes, writable; the entry must be thawed.
  char* inline_bytes() { return at(static_cast<size_t>(key().data() + key().size() - at(0))); }
  const char* inline_bytes() const { return key().data() + key().size(); }
  size_t inline_size() const { return inline_size_; }
  /// Whether an inline string of `size` bytes may take the same allocation (Shape::bytes).
  bool has_room(size_t size) const {
    if (size > kInlineStringMax) return false;
    const size_t offset = static_cast<size_t>(inline_bytes() - at(0));
    return (offset + size + 7) / 8 == (offset + inline_size_ + 7) / 8;
  }
  /// Only where there is room.
  void set_inline_size(size_t size) { inline_size_ = static_cast<uint16_t>(size); }

  /// The value of another entry of the same type, form and inline size: moved, leaving `from`
  /// without it, or copied whole. `from` must be thawed to be moved from.
  void take_value(Entry& from, Epoch& epoch);
  void copy_value(const Entry& from, ValueContext& values);

  /// Set by commands that edit bytes in place: OBJECT ENCODING answers "raw" from then on.
  bool edited() const { return (flags_ & kEdited) != 0; }
  void set_edited(bool edited) {
    flags_ = static_cast<uint8_t>(edited ? flags_ | kEdited : flags_ & ~kEdited);
  }

  /// What OBJECT ENCODING answers.
  Bytes encoding_name() const;

  /// Memory of the entry and all it owns, by the heap's size classes.
  /// A big collection is estimated from `samples` of its elements; 0: all are looked at.
  size_t footprint(const Heap& heap, size_t samples) const;

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kEntry;
  static size_t bytes(const Entry& entry) { return entry.shape().bytes(); }
  static Entry* clone(const Entry& from, Epoch& epoch);
  static size_t weight(const Entry& entry);
  static Remains next_child(Entry& entry, size_t& position);

 private:
  static constexpr uint32_t kClockMask = 0xffffff;
  static constexpr uint8_t kHasExpiry = 1;
  static constexpr uint8_t kLongKey = 2;
  static constexpr uint8_t kEdited = 4;
  static constexpr uint8_t kHasWord =
      8;  // a value word stands before the key: the form isn't inline
  static constexpr uint8_t kHasElementExpiry = 16;
  static constexpr uint8_t kLayoutFlags = kHasExpiry | kLongKey | kHasWord | kHasElementExpiry;
  /// Where the key begins, by the layout flags.
  static constexpr std::array<uint8_t, kLayoutFlags + 1> kKeyOffsets = [] {
    std::array<uint8_t, kLayoutFlags + 1> offsets{};
    for (size_t flags = 0; flags < offsets.size(); ++flags) {
      offsets[flags] =
          static_cast<uint8_t>(8 + (flags & kHasExpiry ? sizeof(ExpiryBlock) : 0) +
                               (flags & kHasElementExpiry ? sizeof(ExpiryBlock) : 0) +
                               (flags & kHasWord ? 8 : 0) + (flags & kLongKey ? 4 : 0));
    }
    return offsets;
  }();

  explicit Entry(const Shape& shape);
  /// The value of an entry of the same shape, where that stands in the entry itself.
  void copy_in_place(const Entry& from);
  char* at(size_t offset) { return reinterpret_cast<char*>(this) + offset; }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }
  size_t element_expiry_offset() const { return 8 + (has_expiry() ? sizeof(ExpiryBlock) : 0); }
  size_t value_offset() const {
    return element_expiry_offset() + (has_element_expiry() ? sizeof(ExpiryBlock) : 0);
  }

  mutable std::atomic<uint32_t> word_;
  uint8_t flags_;
  uint8_t key_size_;
  uint16_t inline_size_;
};
static_assert(sizeof(Entry) == 8);

}  // namespace sorrel
