#include "core/value/hash.h"

#include "core/structure/drop_on_throw.h"

#include <new>

namespace sorrel {
namespace {

/// A pack never gets bigger than this, whatever the settings allow.
constexpr size_t kPackBytesMax = size_t{1} << 30;

}  // namespace

// ---- Reading.

size_t HashReader::size_of(const Collection& hash) {
  return HashTable::is(hash) ? HashTable::of(hash).elements().size() : HashPack(hash).size();
}

size_t HashReader::due(const Collection& hash, int64_t now_ms) {
  return HashTable::is(hash) ? HashTable::of(hash).due(now_ms) : HashPack(hash).due(now_ms);
}

int64_t HashReader::next_expiry(const Collection& hash) {
  return HashTable::is(hash) ? HashTable::of(hash).next_expiry() : HashPack(hash).next_expiry();
}

std::optional<HashItem> HashReader::find(Bytes field) const {
  if (HashTable::is(hash_)) {
    const HashField* found = table().elements().find(field, values_.hash(field));
    if (found == nullptr || !HashTable::is_live(*found, now_ms_)) return std::nullopt;
    return item_of(*found);
  }
  const HashPack pack(hash_);
  const HashPack::Position at = pack.find(field);
  if (at == pack.end() || !is_live(pack.expires_ms(at))) return std::nullopt;
  return item_of(pack, at);
}

std::optional<PackElement> HashReader::value(Bytes field) const {
  if (!HashTable::is(hash_)) {
    const std::optional<HashItem> item = find(field);
    return item ? std::optional(item->value) : std::nullopt;
  }
  const HashField* found = table().elements().find(field, values_.hash(field));
  if (found == nullptr || !HashTable::is_live(*found, now_ms_)) return std::nullopt;
  return PackElement(found->value());
}

std::vector<HashPack::Position> HashReader::live_positions(const HashPack& pack) const {
  std::vector<HashPack::Position> live;
  live.reserve(pack.size());
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    if (is_live(pack.expires_ms(at))) live.push_back(at);
  }
  return live;
}

size_t HashReader::footprint(const Collection& hash, const Heap& heap, size_t samples) {
  if (HashTable::is(hash)) return HashTable::of(hash).footprint(heap, samples);
  return heap.footprint(Collection::bytes(hash));
}

// ---- Writing.

bool HashWriter::fits_pack(Bytes field, Bytes value) const {
  const size_t bytes_max = values_.limits.hash_pack_value_bytes_max;
  if (field.size() > bytes_max || value.size() > bytes_max) return false;
  if (values_.limits.hash_pack_fields_max == 0) return false;
  return !hash_ || Collection::bytes(*hash_) + field.size() + value.size() < kPackBytesMax;
}

void HashWriter::expect(size_t fields) {
  if (fields <= values_.limits.hash_pack_fields_max) return;
  if (!hash_) {
    hash_ = HashTable::make(values_);
  } else if (HashPack::is(*hash_)) {
    become_table();
  }
}

// The form that can hold the field, before it comes.
void HashWriter::make_room_for(Bytes field, Bytes value, bool expires) {
  if (!hash_) {
    hash_ = fits_pack(field, value) ? HashPack::make(values_) : HashTable::make(values_);
  } else if (HashPack::is(*hash_) && !fits_pack(field, value)) {
    become_table();
  }
  if (expires) become_expiring();
}

void HashWriter::become_table() {
  Owned<Collection> made = HashTable::make(values_);
  const DropOnThrow guard(made, values_.epoch);
  if (HashPack(*hash_).expiring()) HashTable::make_expiring(made, values_);
  HashTable& table = HashTable::thawed(made, values_.epoch);
  PackElement::Scratch field;
  PackElement::Scratch value;
  HashReader(*hash_, values_, INT64_MIN).for_each([&](const HashItem& item) {
    set_field(table, item.field.bytes(field), item.value.bytes(value), item.expires_ms, values_);
  });
  values_.epoch.reserve();
  hash_.drop(values_.epoch);
  hash_ = std::move(made);
}

void HashWriter::become_expiring() {
  if (HashPack::is(*hash_)) {
    if (!HashPack(*hash_).expiring()) HashPack::make_expiring(hash_, values_);
  } else {
    HashTable::make_expiring(hash_, values_);
  }
}

void HashWriter::put(Bytes field, Bytes value, int64_t expires_ms) {
  if (HashTable::is(*hash_)) {
    return set_field(HashTable::thawed(hash_, values_.epoch), field, value, expires_ms, values_);
  }
  HashPack::set(hash_, field, value, expires_ms, values_);
  if (HashPack(*hash_).size() <= values_.limits.hash_pack_fields_max) return;
  try {
    become_table();
  } catch (const std::bad_alloc&) {
    // The field is in; a pack does until the next one comes.
  }
}

bool HashWriter::set(Bytes field, Bytes value, FieldExpiry expiry) {
  using Expiry = FieldExpiry::Kind;
  const size_t before = hash_ ? HashReader::size_of(*hash_) : 0;
  const bool may_expire = hash_ && HashReader::next_expiry(*hash_) != kNever;
  const std::optional<HashItem> there = may_expire ? reader().find(field) : std::nullopt;
  int64_t expires_ms = kNever;
  if (expiry.kind == Expiry::kAt) expires_ms = expiry.at_ms;
  if (expiry.kind == Expiry::kKeep && there) expires_ms = there->expires_ms;
  make_room_for(field, value, expires_ms != kNever);
  put(field, value, expires_ms);
  // With expiries a field may be replaced whose time has come: then it was new.
  return HashReader::size_of(*hash_) != before || (may_expire && !there);
}

bool HashWriter::erase(Bytes field) {
  if (!hash_ || !reader().find(field)) return false;
  if (HashTable::is(*hash_)) {
    HashTable& table = HashTable::thawed(hash_, values_.epoch);
    table.erase(table.locate(field, values_.hash(field)), values_.epoch);
  } else {
    HashPack::erase(hash_, HashPack(*hash_).find(field), values_);
  }
  return true;
}

void HashWriter::set_expiry(Bytes field, int64_t at_ms) {
  const std::optional<HashItem> there = reader().find(field);
  VERIFY(there.has_value());
  if (there->expires_ms == at_ms) return;
  PackElement::Scratch scratch;
  const std::string value(there->value.bytes(scratch));
  if (at_ms != kNever) become_expiring();
  put(field, value, at_ms);
}

bool HashWriter::erase_due(Owned<Collection>& hash, Bytes field, int64_t now_ms,
                           ValueContext& values) {
  if (HashTable::is(*hash)) {
    return HashTable::thawed(hash, values.epoch).erase_due(field, now_ms, values);
  }
  const HashPack fields(*hash);
  const HashPack::Position at = fields.find(field);
  if (at == fields.end() || fields.expires_ms(at) > now_ms) return false;
  HashPack::erase(hash, at, values);
  return true;
}

std::vector<std::string> HashWriter::expire(Owned<Collection>& hash, int64_t now_ms, size_t count,
                                            ValueContext& values) {
  if (HashPack::is(*hash)) return HashPack::expire(hash, now_ms, count, values);
  return HashTable::thawed(hash, values.epoch).expire(now_ms, count, values);
}

}  // namespace sorrel
