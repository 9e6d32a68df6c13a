// HashTable: a big hash: a table of fields, and, once a field was given an expiry, a tree that has
// them in the order of their times.
//
//   kHashTable          | tag | Table<HashField> |
//   kHashTableExpiring  | tag | Table<HashField> | Tree<FieldExpiries> |
//
// The tree's slots point at fields that the table owns, and stand in the order of time and name. So
// a field that expires is never changed in place, nor copied by a thaw: another takes its place in
// both. A hash whose fields don't expire has no tree and pays nothing for it.
//
// The block of a Collection with these tags, owned by an entry; written to by core/value/hash.h
// after a thaw. Invariant: the tree has exactly the fields that expire, each with its time.
#pragma once

#include "core/structure/table.h"
#include "core/structure/tree.h"
#include "core/value/collection.h"
#include "core/value/hash_field.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sorrel {

struct FieldExpiries {
  struct Slot {
    int64_t at_ms;
    const HashField* field;
  };
  static constexpr uint8_t kNodeKind = kinds::kHashNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = true;
  static constexpr bool kOwns = false;
  static uint64_t weight(const Slot&) { return 1; }
  static int compare(int64_t at_ms, const Slot& slot) {
    return at_ms < slot.at_ms ? -1 : at_ms > slot.at_ms;
  }
  static int compare(const Slot& key, const Slot& slot) {
    const int times = compare(key.at_ms, slot);
    return times != 0 ? times : key.field->field().compare(slot.field->field());
  }
};

class HashTable : public Collection {
 public:
  using Fields = Table<HashField>;
  using Expiries = Tree<FieldExpiries>;

  static bool is(const Collection& hash) {
    return hash.tag() == Tag::kHashTable || hash.tag() == Tag::kHashTableExpiring;
  }
  /// Only of what is().
  static const HashTable& of(const Collection& hash) { return static_cast<const HashTable&>(hash); }
  static HashTable& thawed(Owned<Collection>& hash, Epoch& epoch) {
    return static_cast<HashTable&>(hash.thaw(epoch));
  }

  static Owned<Collection> make(ValueContext& values);
  /// The same fields in a block that lets them expire.
  static void make_expiring(Owned<Collection>& hash, ValueContext& values);
  static Owned<Collection> copy(const HashTable& from, ValueContext& values);

  const Fields& fields() const { return fields_; }
  bool expiring() const { return tag() == Tag::kHashTableExpiring; }
  /// kNever when no field expires.
  int64_t next_expiry() const;
  /// Fields whose time has come.
  size_t due(int64_t now_ms) const;

  // ---- Writers; the block has been thawed. On std::bad_alloc nothing has changed.
  /// Sets a field's value and expiry; only a table that is expiring() can have one.
  void set(Bytes field, Bytes value, int64_t expires_ms, ValueContext& values);
  /// The field must be there.
  void erase(Bytes field, ValueContext& values);
  /// Takes fields out whose time has come, at most `count`; their names. Fewer, but at least one,
  /// when memory runs out on the way.
  std::vector<std::string> expire(int64_t now_ms, size_t count, ValueContext& values);

  /// See Collection::compact.
  static uint64_t compact(Owned<Collection>& hash, uint64_t position, Compaction& step);
  /// Memory beside the fields' own.
  size_t overhead(const Heap& heap) const;

  // What Collection dispatches to.
  static size_t bytes(const HashTable& table);
  static HashTable* clone(const HashTable& from, Epoch& epoch);
  static size_t weight(const HashTable& table);
  static Remains next_child(HashTable& table, size_t& position);

 protected:
  HashTable(Tag tag, ValueContext& values);
  HashTable(Tag tag, Fields::Inherit, const HashTable& from);
  ~HashTable() = default;

 private:
  static uint64_t rehash(const HashField& field, const void* values);
  Expiries& expiries();
  const Expiries& expiries() const;
  void insert(Owned<HashField>&& made, uint64_t hash, ValueContext& values);
  void exchange(const Fields::Place& place, Owned<HashField>&& made, ValueContext& values);
  void erase(const Fields::Place& place, ValueContext& values);
  static FieldExpiries::Slot slot_of(const HashField& field) {
    return {field.expires_ms(), &field};
  }
  void note(const HashField& field);
  void forget(const HashField& field);
  void renote(const HashField& before, const HashField& field);
  void move_field(Owned<HashField>& field, Compaction& step);
  uint64_t compact_fields(uint64_t position, Compaction& step);
  uint64_t compact_expiries(uint64_t position, Compaction& step);

  Fields fields_;
};

class HashTableExpiring final : public HashTable {
 private:
  friend class HashTable;
  explicit HashTableExpiring(ValueContext& values)
      : HashTable(Tag::kHashTableExpiring, values), expiries_(values.epoch) {}
  HashTableExpiring(Fields::Inherit inherit, const HashTableExpiring& from)
      : HashTable(Tag::kHashTableExpiring, inherit, from),
        expiries_(Expiries::Inherit{}, from.expiries_) {}

  Expiries expiries_;
};

}  // namespace sorrel
