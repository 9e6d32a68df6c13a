// SetTable: the block behind a big set: a hash table of its members.
//
// Owned by the key's entry, as a Collection. It is not the set: which members belong in a table,
// and when a set becomes one, is known to core/value/set.h.
#pragma once

#include "core/structure/table.h"
#include "core/value/collection.h"
#include "core/value/set_member.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

class SetTable : public Collection {
 public:
  /// Empty. Throws std::bad_alloc.
  static Owned<SetTable> make(ValueContext& values);

  const Table<SetMember>& members() const { return members_; }
  bool contains(Bytes text) const { return members_.find(text, values_->hash(text)) != nullptr; }

  /// False when it was there. Throws std::bad_alloc with nothing changed.
  static bool insert(Owned<SetTable>& set, Bytes text, ValueContext& values);
  /// The member isn't there, and has this hash.
  static void insert_new(Owned<SetTable>& set, Bytes text, uint64_t hash, ValueContext& values);
  /// False when it wasn't there.
  static bool erase(Owned<SetTable>& set, Bytes text, ValueContext& values);

  /// See Collection::compact.
  static uint64_t compact(Owned<SetTable>& set, uint64_t position, Compaction& step);
  static Owned<SetTable> copy(const SetTable& from, ValueContext& values);
  size_t footprint(const Heap& heap, size_t samples) const;

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kSetTable;
  static size_t bytes(const SetTable&) { return sizeof(SetTable); }
  static SetTable* clone(const SetTable& from, Epoch& epoch);
  static size_t weight(const SetTable& set) { return set.members_.weight(); }
  static Remains next_child(SetTable& set, size_t& position) {
    return position++ == 0 ? set.members_.remains() : Remains{};
  }

 private:
  explicit SetTable(ValueContext& values);
  explicit SetTable(const SetTable& frozen);
  static uint64_t rehash(const SetMember& member, const void* values);

  const ValueContext* values_;  // for hashes
  Table<SetMember> members_;
};

}  // namespace sorrel
