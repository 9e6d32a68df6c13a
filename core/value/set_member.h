// SetMember: one member of a big set, in one allocation that is one byte longer than its text.
//
//   | size | text …                            up to 251 bytes
//   | 252 | size (8) | text …                  longer
//   | 253 | expiry (8) | size | text …         one that expires, up to 255 bytes
//   | 254 | expiry (8) | size (8) | text …     longer
//
// Owned by the set's table. One that expires is pointed at by the set's expiries besides. Never
// changed: another expiry is another block.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

class SetMember {
 public:
  /// Throws std::bad_alloc.
  static Owned<SetMember> make(Epoch& epoch, Bytes text, int64_t expires_ms);

  Bytes text() const {
    if (head_ <= kSizeMax) return {at(1), head_};
    return unusual_text();
  }
  Bytes table_key() const { return text(); }
  bool expires() const { return head_ >= kShortExpiring; }
  /// kNever when it doesn't.
  int64_t expires_ms() const;

  // The contract of Owned<T>, see core/structure/kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = kinds::kSetMember;
  static size_t bytes(const SetMember& member) {
    const Bytes text = member.text();
    return static_cast<size_t>(text.data() - member.at(0)) + text.size();
  }

 private:
  static constexpr uint8_t kSizeMax = 251;
  static constexpr uint8_t kLong = 252;
  static constexpr uint8_t kShortExpiring = 253;
  static constexpr uint8_t kLongExpiring = 254;

  SetMember(Bytes text, int64_t expires_ms);
  static uint8_t head_of(Bytes text, int64_t expires_ms);
  static size_t text_offset(uint8_t head);
  Bytes unusual_text() const;
  char* at(size_t offset) { return reinterpret_cast<char*>(this) + offset; }
  const char* at(size_t offset) const { return reinterpret_cast<const char*>(this) + offset; }

  uint8_t head_;
};
static_assert(sizeof(SetMember) == 1);

}  // namespace sorrel
