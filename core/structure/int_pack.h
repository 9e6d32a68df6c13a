// IntPack: a sorted array of distinct integers in one allocation: a set that holds nothing else.
//
//   0      1        4          8
//   | tag | unused | capacity | intset: bytes a member: 2, 4 or 8 (4) | members (4) | member … |
//
// From byte 8 on it is exactly Redis's intset, as RDB files and DUMP carry it: little endian, all
// members as wide as the widest needs, never narrowed again. Members have one width, so look-up is
// a binary search; it is the pack for integers (core/structure/pack.h), with the same owners and
// the same rules for writers.
//
// Invariants: members ascend strictly; the width is the least that every member ever held fits in
// (or more, if from_intset() took it so).
#pragma once

#include "core/base/bytes.h"
#include "core/structure/kind.h"
#include "core/structure/owned.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

class IntPack {
 public:
  static Owned<IntPack> make(Epoch& epoch, uint8_t tag, size_t members = 0);
  /// From bytes of anywhere: empty unless they are a well-formed intset. One without members is.
  static Owned<IntPack> from_intset(Epoch& epoch, uint8_t tag, Bytes intset);

  uint8_t tag() const { return tag_; }
  size_t size() const;
  bool contains(int64_t member) const;
  /// Number `index` in ascending order.
  int64_t at(size_t index) const;
  /// The intset, for a file.
  Bytes intset() const;

  /// False when it was there.
  static bool insert(Owned<IntPack>& pack, int64_t member, Epoch& epoch);
  /// False when it wasn't there. Never throws unless a snapshot lives.
  static bool erase(Owned<IntPack>& pack, int64_t member, Epoch& epoch);

  // The contract of Owned<T>, see kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = 3;
  static size_t bytes(const IntPack& pack) { return sizeof(IntPack) + pack.capacity_; }

 private:
  /// Where a member is, or where it would be.
  struct Place {
    size_t index;
    bool found;
  };

  /// The members from `index` on make room for `in` new ones in the place of `out` old ones, all
  /// `width` bytes wide from then on.
  struct Change {
    size_t index;
    size_t out;
    size_t in;
    size_t width;
  };

  IntPack(uint8_t tag, uint32_t capacity) : tag_(tag), unused_{}, capacity_(capacity) {}
  size_t width() const;
  Place find(int64_t member) const;
  static void apply(Owned<IntPack>& pack, const Change& change, Epoch& epoch);
  static void replace_block(Owned<IntPack>& pack, const Change& change, IntPack* made,
                            Epoch& epoch);
  static void shrink(Owned<IntPack>& pack, Epoch& epoch);
  void set_header(size_t width, size_t members);

  static constexpr size_t kHeaderBytes = 8;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  uint8_t tag_;
  [[maybe_unused]] uint8_t unused_[3];
  uint32_t capacity_;
};
static_assert(sizeof(IntPack) == 8);

}  // namespace sorrel
