// When members of a set expire, in an RDB file. Redis's format has no place for that, so it stands
// in "aux" fields behind the key: a server that doesn't know them passes over them, and has the set
// with members that don't expire.
//
//   name    sorrel-member-expiry
//   value   | key size | key … | time | member size | member … | time | member size | …
//
// Sizes and times (Unix milliseconds) are 8 bytes each, little endian. A field has no more members
// than fit about 64 KiB; a set may take several.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/keyspace/entry.h"

#include <cstdint>
#include <functional>

namespace sorrel {

inline constexpr Bytes kMemberExpiryAux = "sorrel-member-expiry";

/// Calls `put` with the value of each field that the key needs: none unless it is a set with
/// members that expire.
void write_member_expiries(const Entry& entry, const std::function<void(Bytes value)>& put);

/// One field, read part by part.
class MemberExpiries {
 public:
  explicit MemberExpiries(Bytes value) : rest_(value) { sound_ = take_text(key_); }

  /// False when the field ends in the middle of something.
  bool sound() const { return sound_; }
  Bytes key() const { return key_; }
  /// The next member; false when there is none, or the field isn't sound.
  bool next(Bytes& member, int64_t& at_ms);

 private:
  bool take_number(uint64_t& number);
  bool take_text(Bytes& text);

  Bytes rest_;
  Bytes key_;
  bool sound_;
};

}  // namespace sorrel
