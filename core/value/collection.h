// Collection: the heap block behind a hash, list, set, sorted set or stream, whatever its encoding.
//
// Its first byte says what the rest is: a pack, or the block of a value class that holds a table
// or a tree. An entry owns it, and only here are all encodings named together, so that freeing,
// copying and describing a value need one switch; what is in it is known to its value class alone
// (core/value/hash.h and its siblings), which casts the reference to what it really is.
//
// Invariant: a collection that a key holds has at least one element, but for a stream, which
// remembers IDs when its last entry has gone.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/compaction.h"
#include "core/structure/kind.h"
#include "core/structure/owned.h"
#include "core/value/kinds.h"
#include "core/value/value.h"
#include "core/value/value_context.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

/// The time at which nothing expires.
inline constexpr int64_t kNever = INT64_MAX;
/// The last time, in the year 4199, that a command may give an element. It is Redis 8's: what is
/// further away its files and payloads can't hold.
inline constexpr int64_t kElementTimeMax = (int64_t{1} << 46) - 1;

class Collection {
 public:
  enum class Tag : uint8_t {
    kPack,
    kIntPack,
    kHashTable,
    kHashPackExpiring,
    kHashTableExpiring,
    kListTree,
    kSetTable,
    kSetTableExpiring,
    kZsetTree,
    kStream,
  };

  Tag tag() const { return tag_; }
  /// Fields, elements, members or entries.
  size_t size(Type type) const;
  /// What OBJECT ENCODING answers.
  Bytes encoding_name() const;

  // ---- Elements that expire by themselves; streams that do other things by themselves.
  /// When the first of them does, or a stream has something to do; kNever when none does.
  int64_t next_expiry() const;
  /// Whether it is a stream that may come to have something to do.
  bool does_things() const;
  /// Elements whose time hasn't come.
  size_t live_size(Type type, int64_t now_ms) const;
  /// Takes elements out whose time has come, at most `count`, and gives their names. At least one
  /// element must be live. On std::bad_alloc nothing has changed.
  static std::vector<std::string> expire(Type type, Owned<Collection>& collection, int64_t now_ms,
                                         size_t count, ValueContext& values);
  /// Takes an element out if its time has come; whether it did.
  static bool erase_due(Type type, Owned<Collection>& collection, Bytes element, int64_t now_ms,
                        ValueContext& values);
  /// Memory of all it owns, by the heap's size classes; of a big one estimated from `samples`
  /// elements (0: all are looked at).
  size_t footprint(Type type, const Heap& heap, size_t samples) const;
  /// A copy that shares nothing with it (COPY).
  static Owned<Collection> copy(Type type, const Collection& from, ValueContext& values);

  /// Compaction: moves the block and what it owns, from `position` on (0 at first), as far as
  /// `step` goes. Returns the position to go on from, 0 when it is through.
  static uint64_t compact(Owned<Collection>& collection, uint64_t position, Compaction& step);

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kCollection;
  static size_t bytes(const Collection& collection);
  static Collection* clone(const Collection& from, Epoch& epoch);
  static size_t weight(const Collection& collection);
  static Remains next_child(Collection& collection, size_t& position);

 protected:
  explicit Collection(Tag tag) : tag_(tag) {}

 private:
  /// Elements whose time has come.
  size_t due(int64_t now_ms) const;

  const Tag tag_;
};

/// The same reference, seen as what the tag says it is. For the value classes.
template <class T>
Owned<T>& as(Owned<Collection>& collection) {
  return reinterpret_cast<Owned<T>&>(collection);
}
template <class T>
const Owned<T>& as(const Owned<Collection>& collection) {
  return reinterpret_cast<const Owned<T>&>(collection);
}
template <class T>
Owned<Collection> as_collection(Owned<T>&& made) {
  return std::move(reinterpret_cast<Owned<Collection>&>(made));
}

}  // namespace sorrel
