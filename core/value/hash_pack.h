// HashPack: a small hash as one pack: pairs of field and value, or, once a field was given an
// expiry, triples of field, value and the time in milliseconds, 0 for none.
//
//   kPack              | field | value | field | value | …
//   kHashPackExpiring  | field | value | time | field | value | time | …
//
// Triples stand in the order of their times, those without one last: what expires next is the
// first. This is also the form that Redis 7.4 gives them (listpackex).
//
// A HashPack is a reader, good until the pack's next change; writers are static and work on the
// reference. It is the table's sibling (core/value/hash_table.h) below core/value/hash.h.
#pragma once

#include "core/structure/pack.h"
#include "core/value/collection.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sorrel {

class HashPack {
 public:
  using Position = Pack::Position;

  static bool is(const Collection& hash) {
    return hash.tag() == Collection::Tag::kPack || hash.tag() == Collection::Tag::kHashPackExpiring;
  }
  /// Only of one that is().
  explicit HashPack(const Collection& hash)
      : pack_(reinterpret_cast<const Pack&>(hash)),
        stride_(hash.tag() == Collection::Tag::kPack ? 2 : 3) {}

  size_t size() const { return pack_.size() / stride_; }
  bool expiring() const { return stride_ == 3; }
  Position begin() const { return pack_.begin(); }
  Position end() const { return pack_.end(); }
  /// The next field.
  Position next(Position at) const {
    at = pack_.next(pack_.next(at));
    return expiring() ? pack_.next(at) : at;
  }
  /// end() when it isn't there.
  Position find(Bytes field) const { return pack_.find(field, pack_.begin(), stride_); }
  PackElement field(Position at) const { return pack_.get(at); }
  PackElement value(Position at) const { return pack_.get(pack_.next(at)); }
  /// kNever when it doesn't expire.
  int64_t expires_ms(Position at) const;
  int64_t next_expiry() const { return pack_.empty() ? kNever : expires_ms(begin()); }
  /// Fields whose time has come.
  size_t due(int64_t now_ms) const;

  static Owned<Collection> make(ValueContext& values);
  /// Pairs become triples.
  static void make_expiring(Owned<Collection>& hash, ValueContext& values);
  /// Sets a field's value and expiry; pairs can have none. The texts don't point into the pack.
  static void set(Owned<Collection>& hash, Bytes field, Bytes value, int64_t expires_ms,
                  ValueContext& values);
  static void erase(Owned<Collection>& hash, Position at, ValueContext& values);
  /// Takes fields out whose time has come, at most `count`; their names.
  static std::vector<std::string> expire(Owned<Collection>& hash, int64_t now_ms, size_t count,
                                         ValueContext& values);

 private:
  Position place_for(int64_t expires_ms) const;
  static Position insert(Owned<Collection>& hash, Bytes field, Bytes value, int64_t expires_ms,
                         ValueContext& values);

  const Pack& pack_;
  const unsigned stride_;
};

}  // namespace sorrel
