// Pack: a small array of byte strings in one allocation: small lists, hashes, sets and sorted sets,
// and the blocks of big lists and streams.
//
//   0      1        4          8
//   | tag | unused | capacity | listpack: total bytes (4) | elements (2) | element … | 0xff |
//
// From byte 8 on it is exactly Redis's listpack (https://github.com/antirez/listpack describes the
// format), so that RDB files and DUMP carry it as it is, and thresholds in bytes mean what they
// mean there. Integers in canonical decimal form are stored as integers of 7 to 64 bits; each
// element ends with its own size, so a pack is walked in both directions.
//
// `tag` is the first byte of every body of a value (core/value/body.h); the pack only keeps it.
//
// Owned by an entry (a small collection), or by a tree's leaf (a block). A writer holds the
// reference: an edit may put a bigger or smaller block in its place. All edits thaw first, and on
// std::bad_alloc nothing has changed.
//
// Invariants:
//  1. The listpack is well formed (valid()); capacity is at least its total bytes, and leaves what
//     growth leaves (core/structure/pack_room.h).
//  2. An element that is an integer in canonical form is stored as one: equal texts have equal
//     bytes. (But for what from_listpack() took as it was.)
//
// A Position is the offset of an element in the listpack. It is good until the pack's next change;
// end() is behind the last element, kNone is no element.
// It is not a collection: it knows neither pairs nor order.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/kind.h"
#include "core/structure/owned.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sorrel {

/// An element as it is read. The text points into the pack, good until the pack's next change.
class PackElement {
 public:
  explicit PackElement(int64_t integer) : integer_(integer), is_integer_(true) {}
  explicit PackElement(Bytes text) : text_(text) {}

  bool is_integer() const { return is_integer_; }
  int64_t integer() const { return integer_; }

  /// Room for the text of any 64-bit integer.
  using Scratch = char[24];
  /// The text. May point into `scratch`.
  Bytes bytes(Scratch& scratch) const;
  /// Of the text.
  size_t size() const;
  bool operator==(Bytes text) const;

 private:
  Bytes text_;
  int64_t integer_ = 0;
  bool is_integer_ = false;
};

class Pack {
 public:
  using Position = uint32_t;
  static constexpr Position kNone = 0;  // the header: never an element

  /// The bytes a listpack may have, and the most that one element adds to its text.
  static constexpr size_t kBytesMax = UINT32_MAX - 64;
  static constexpr size_t kElementOverheadMax = 10;

  /// An empty one with room for a listpack of `capacity` bytes.
  static Owned<Pack> make(Epoch& epoch, uint8_t tag, size_t capacity = 0);
  /// One of `texts`, with no room to spare.
  static Owned<Pack> make(Epoch& epoch, uint8_t tag, std::span<const Bytes> texts);
  /// From bytes of anywhere: empty unless they are a well-formed listpack, whole and nothing behind
  /// it. Elements that should have been integers are taken as they are, and so is one that is
  /// empty.
  static Owned<Pack> from_listpack(Epoch& epoch, uint8_t tag, Bytes listpack);
  static bool valid(Bytes listpack);
  /// Invariant 2, which from_listpack() doesn't see to.
  bool canonical() const;
  /// The elements of `from` that stand from `at` on, with no room to spare. The same tag.
  static Owned<Pack> copy(const Pack& from, Position at, Epoch& epoch);

  // ---- Reading.
  uint8_t tag() const { return tag_; }
  size_t size() const;  // elements; O(1) up to 65534, then O(n)
  bool empty() const { return listpack_bytes() == kEmptyBytes; }
  /// The listpack, for a file.
  Bytes listpack() const { return {data(), listpack_bytes()}; }
  size_t listpack_bytes() const;
  /// What `text` would add to listpack_bytes() as an element.
  static size_t element_bytes(Bytes text);

  Position begin() const { return kHeaderBytes; }
  Position end() const { return static_cast<Position>(listpack_bytes() - 1); }
  /// Only before end().
  Position next(Position at) const;
  /// Only behind begin().
  Position previous(Position at) const;
  Position last() const { return empty() ? end() : previous(end()); }
  /// The element number `index`, from the nearer end; end() when there are not so many.
  Position at(size_t index) const;
  /// Only before end().
  PackElement get(Position at) const;
  /// The first element equal to `text` among those at `from`, `from` + step, `from` + 2 step …;
  /// end() when there is none. The first byte and the size sort out nearly all without a look at
  /// the text.
  Position find(Bytes text, Position from, unsigned step = 1) const;

  // ---- Editing. Positions given are of the pack as it is before the call; texts given don't point
  // into it. A pack never outgrows kBytesMax: the value classes see to that.
  /// Puts `texts`, in their order, before `at` (end(): appends). Gives the position of the first.
  static Position insert(Owned<Pack>& pack, Position at, std::span<const Bytes> texts,
                         Epoch& epoch);
  static Position insert(Owned<Pack>& pack, Position at, Bytes text, Epoch& epoch);
  static void append(Owned<Pack>& pack, Bytes text, Epoch& epoch) {
    insert(pack, pack->end(), text, epoch);
  }
  /// Puts `text` in the place of the element at `at`; its position stays.
  static void replace(Owned<Pack>& pack, Position at, Bytes text, Epoch& epoch);
  /// Takes `count` elements out, from `at` on, as many as there are. What was behind them is at
  /// `at` then. Never throws unless a snapshot lives: it does without a smaller block when there is
  /// no memory for one.
  static void erase(Owned<Pack>& pack, Position at, size_t count, Epoch& epoch);
  /// Gives back the room that growth left. Does nothing while a snapshot sees the pack, or when
  /// there is no memory for a smaller block.
  static void trim(Owned<Pack>& pack, Epoch& epoch);
  /// The elements from `at` on become a pack of their own, with the same tag.
  static Owned<Pack> split(Owned<Pack>& pack, Position at, Epoch& epoch);
  /// Puts the elements of `tail` behind those of `pack`. `tail` stays its owner's.
  static void join(Owned<Pack>& pack, const Pack& tail, Epoch& epoch);

  // The contract of Owned<T>, see kind.h. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = 2;
  static size_t bytes(const Pack& pack) { return sizeof(Pack) + pack.capacity_; }

 private:
  static constexpr size_t kHeaderBytes = 6;
  static constexpr size_t kEmptyBytes = 7;

  /// A run of the listpack that gives way to `inserted` bytes.
  struct Splice {
    Position from;
    Position to;
    size_t inserted;
    size_t elements_out;
    size_t elements_in;
  };

  Pack(uint8_t tag, uint32_t capacity) : tag_(tag), unused_{}, capacity_(capacity) {}
  static char* splice(Owned<Pack>& pack, const Splice& change, Epoch& epoch);
  static void replace_block(Owned<Pack>& pack, const Splice& change, Pack* made, Epoch& epoch);
  static void shrink(Owned<Pack>& pack, Epoch& epoch);
  static void fit(Owned<Pack>& pack, uint32_t capacity, Epoch& epoch);
  size_t count() const;
  void set_size(size_t bytes, size_t elements);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  uint8_t tag_;
  [[maybe_unused]] uint8_t unused_[3];
  uint32_t capacity_;
};
static_assert(sizeof(Pack) == 8);

/// A listpack that is put together outside of any heap, for a file: what a thread may do that only
/// reads the instance's memory.
class ListpackText {
 public:
  ListpackText() { clear(); }
  void clear();
  void add(Bytes text);
  void add(int64_t integer);
  void add(const PackElement& element);
  /// Good until the next change.
  Bytes finish();

 private:
  std::string bytes_;
  size_t elements_ = 0;
};

}  // namespace sorrel
