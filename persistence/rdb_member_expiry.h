// When members of a set expire, in an RDB file. Redis's format has no place for that, so it stands
// in "aux" fields behind the key: a server that doesn't know them passes over them, and has the set
// with members that don't expire.
//
//   name    sorrel-member-expiry
//   value   | key size | key … | time | member size | member … | time | member size | …
//
// In a payload of DUMP it stands behind the value, and the key is empty.
//
// Sizes and times (Unix milliseconds) are 8 bytes each, little endian. A field has no more members
// than fit about 64 KiB; a set may take several.
#pragma once

#include "core/base/bytes.h"
#include "core/value/collection.h"
#include "core/value/value_context.h"

#include <cstdint>
#include <functional>

namespace sorrel {

inline constexpr Bytes kMemberExpiryAux = "sorrel-member-expiry";

/// Calls `put` with each field that the set of this key needs: none unless members expire.
void write_member_expiries(Bytes key, const Collection& set,
                           const std::function<void(Bytes name, Bytes value)>& put);

/// One field, read part by part.
class MemberExpiries {
 public:
  explicit MemberExpiries(Bytes value) : rest_(value) { sound_ = take_text(key_); }

  /// False when the field ends in the middle of something.
  bool sound() const { return sound_; }
  Bytes key() const { return key_; }
  /// The next member; false when there is none, or the field isn't sound.
  bool next(Bytes& member, int64_t& at_ms);
  /// What there is of them in the set, if there is one, gets its times. False as sound() then.
  [[nodiscard]] bool apply(Owned<Collection>* set, ValueContext& values);

 private:
  bool take_number(uint64_t& number);
  bool take_text(Bytes& text);

  Bytes rest_;
  Bytes key_;
  bool sound_;
};

}  // namespace sorrel
