// A hash: fields with values. HashReader is what commands read, HashWriter what they change.
//
// Small, it is a pack of pairs, or of triples once fields expire (core/value/hash_pack.h); past
// hash-max-listpack-entries fields, or with a field or value of more than hash-max-listpack-value
// bytes, it is a table (core/value/hash_table.h), and stays one.
//
// A field may have an expiry of its own. One whose time has come is gone for every reader and every
// writer here, whether or not it has been taken out yet (Keyspace::expire_elements does that).
// Fields without an expiry cost neither bytes nor time for it: the hash has another form once it
// has had the first field with one.
//
// Owned by an entry, as a Collection; both classes are made for one command and point into it. A
// reader is good until the hash's next change.
#pragma once

#include "core/value/collection.h"
#include "core/value/hash_pack.h"
#include "core/value/hash_table.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

/// A field as it is read. What it shows points into the hash.
struct HashItem {
  PackElement field;
  PackElement value;
  int64_t expires_ms = kNever;
};

class HashReader {
 public:
  HashReader(const Collection& hash, const ValueContext& values, int64_t now_ms)
      : hash_(hash), values_(values), now_ms_(now_ms) {}

  size_t size() const { return size_of(hash_) - due(hash_, now_ms_); }
  std::optional<HashItem> find(Bytes field) const;
  std::optional<PackElement> value(Bytes field) const;

  /// Calls `visit(const HashItem&)` for each field.
  template <class Visit>
  void for_each(Visit&& visit) const;
  /// HSCAN: as TableView::scan; a small hash comes whole.
  template <class Visit>
  uint64_t scan(uint64_t cursor, size_t at_least, Visit&& visit) const;
  /// `count` fields, each drawn from all of them; none when there are none.
  template <class Visit>
  void draw(Random& random, size_t count, Visit&& visit) const;
  /// `count` different fields, or all; every selection with the same chance.
  template <class Visit>
  void draw_different(Random& random, size_t count, Visit&& visit) const;

  // ---- For Collection: of a hash, whatever its form.
  static size_t size_of(const Collection& hash);
  static size_t due(const Collection& hash, int64_t now_ms);
  static int64_t next_expiry(const Collection& hash);
  static size_t footprint(const Collection& hash, const Heap& heap, size_t samples);

 private:
  bool is_live(int64_t expires_ms) const { return expires_ms > now_ms_; }
  const HashTable& table() const { return HashTable::of(hash_); }
  static HashItem item_of(const HashField& field) {
    return {PackElement(field.field()), PackElement(field.value()), field.expires_ms()};
  }
  static HashItem item_of(const HashPack& pack, HashPack::Position at) {
    return {pack.field(at), pack.value(at), pack.expires_ms(at)};
  }
  std::vector<HashPack::Position> live_positions(const HashPack& pack) const;

  const Collection& hash_;
  const ValueContext& values_;
  const int64_t now_ms_;
};

class HashWriter {
 public:
  /// `hash` is what KeyWriter::edit gives; empty, a hash begins with the first field.
  HashWriter(Owned<Collection>& hash, ValueContext& values, int64_t now_ms)
      : hash_(hash), values_(values), now_ms_(now_ms) {}

  /// What a value brings with it: the field's expiry goes, stays, or is another.
  struct FieldExpiry {
    enum class Kind : uint8_t { kNone, kKeep, kAt };
    Kind kind = Kind::kNone;
    int64_t at_ms = 0;

    static FieldExpiry none() { return {}; }
    static FieldExpiry keep() { return {Kind::kKeep, 0}; }
    static FieldExpiry at(int64_t ms) { return {Kind::kAt, ms}; }
  };

  /// So many fields are to come; a hash that they would make a table becomes one at once.
  void expect(size_t fields);
  /// True when the field wasn't there. The texts don't point into the hash.
  bool set(Bytes field, Bytes value, FieldExpiry expiry = FieldExpiry::none());
  /// False when it wasn't there.
  bool erase(Bytes field);
  /// The field must be there. kNever: it doesn't expire any more.
  void set_expiry(Bytes field, int64_t at_ms);

  // ---- For Collection.
  static std::vector<std::string> expire(Owned<Collection>& hash, int64_t now_ms, size_t count,
                                         ValueContext& values);
  static bool erase_due(Owned<Collection>& hash, Bytes field, int64_t now_ms, ValueContext& values);

 private:
  HashReader reader() const { return HashReader(*hash_, values_, now_ms_); }
  bool fits_pack(Bytes field, Bytes value) const;
  void make_room_for(Bytes field, Bytes value, bool expires);
  void put(Bytes field, Bytes value, int64_t expires_ms);
  void become_table();
  void become_expiring();

  Owned<Collection>& hash_;
  ValueContext& values_;
  const int64_t now_ms_;
};

template <class Visit>
void HashReader::for_each(Visit&& visit) const {
  if (HashTable::is(hash_)) {
    return table().elements().for_each([&](const HashField& field) {
      if (HashTable::is_live(field, now_ms_)) visit(item_of(field));
    });
  }
  const HashPack pack(hash_);
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    if (is_live(pack.expires_ms(at))) visit(item_of(pack, at));
  }
}

template <class Visit>
uint64_t HashReader::scan(uint64_t cursor, size_t at_least, Visit&& visit) const {
  if (HashTable::is(hash_)) {
    return table().elements().scan(cursor, at_least, [&](const HashField& field) {
      if (HashTable::is_live(field, now_ms_)) visit(item_of(field));
    });
  }
  for_each(visit);
  return 0;
}

template <class Visit>
void HashReader::draw(Random& random, size_t count, Visit&& visit) const {
  if (size() == 0) return;
  if (HashTable::is(hash_)) {
    for (; count != 0; --count) visit(item_of(table().draw(random, now_ms_)));
    return;
  }
  const HashPack pack(hash_);
  const std::vector<HashPack::Position> live = live_positions(pack);
  for (; count != 0; --count) visit(item_of(pack, live[random.below(live.size())]));
}

template <class Visit>
void HashReader::draw_different(Random& random, size_t count, Visit&& visit) const {
  size_t left = size();
  if (HashTable::is(hash_) && count < left) {
    for (const HashField* field : table().draw(count, random, now_ms_)) visit(item_of(*field));
    return;
  }
  // Selection sampling (Knuth, volume 2, 3.4.2, algorithm S): of the fields that are left, as many
  // are taken as are missing.
  for_each([&](const HashItem& item) {
    if (random.below(left--) >= count) return;
    visit(item);
    --count;
  });
}

}  // namespace sorrel
