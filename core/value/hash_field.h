// HashField: one field of a big hash, with its value, in one allocation.
//
//   short  | flags | field size | value size | expiry (8, if any) | field … | value … |
//   long   | flags | field size (8) | value size (8) | expiry (8, if any) | field … | value … |
//
// Short while both sizes fit a byte: a field of 14 bytes with a value of 10 takes 32. Allocations
// are rounded up to 8 bytes, so a value may change its size a little without moving.
//
// Owned by the hash's table. One that expires is pointed at by the hash's expiries besides, so it
// is never changed in place: another takes its place in both (core/value/hash_table.h).
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sorrel {

class HashField {
 public:
  static Owned<HashField> make(Epoch& epoch, Bytes field, Bytes value, int64_t expires_ms);

  Bytes field() const {
    if (is_long()) [[unlikely]]
      return {at(head()), long_size(kFieldSizeAt)};
    return {at(head()), sizes_[0]};
  }
  Bytes value() const {
    const Bytes name = field();
    const size_t size = is_long() ? long_size(kValueSizeAt) : sizes_[1];
    return {name.data() + name.size(), size};
  }
  bool expires() const { return (flags_ & kExpires) != 0; }
  /// kNever when it doesn't.
  int64_t expires_ms() const;

  /// Whether a value of `size` bytes takes the same allocation.
  bool has_room(size_t size) const;
  /// Only where there is room, and only of a field that has been thawed.
  void set_value(Bytes value);

  Bytes table_key() const { return field(); }

  // The contract of Owned<T>, see core/structure/kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = kinds::kHashField;
  static size_t bytes(const HashField& field);

 private:
  static constexpr uint8_t kLong = 1;
  static constexpr uint8_t kExpires = 2;
  static constexpr size_t kShortMax = 255;
  static constexpr size_t kShortHead = 3;
  static constexpr size_t kFieldSizeAt = 1;
  static constexpr size_t kValueSizeAt = 9;
  static constexpr size_t kLongHead = 17;

  HashField(uint8_t flags, Bytes field, Bytes value, int64_t expires_ms);

  static size_t allocated(uint8_t flags, size_t field_size, size_t value_size) {
    return (head(flags) + field_size + value_size + 7) & ~size_t{7};
  }
  static size_t head(uint8_t flags) {
    return ((flags & kLong) != 0 ? kLongHead : kShortHead) + ((flags & kExpires) != 0 ? 8 : 0);
  }
  size_t head() const { return head(flags_); }
  bool is_long() const { return (flags_ & kLong) != 0; }
  char* at(size_t offset) { return reinterpret_cast<char*>(this) + offset; }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }
  size_t long_size(size_t offset) const {
    uint64_t size;
    std::memcpy(&size, at(offset), sizeof size);
    return size;
  }
  void set_sizes(size_t field_size, size_t value_size);

  uint8_t flags_;
  uint8_t sizes_[2];
};
static_assert(sizeof(HashField) == 3);

}  // namespace sorrel
