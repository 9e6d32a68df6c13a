#include "core/value/hash_table.h"

#include <new>

namespace sorrel {
namespace {

/// A field that no table has yet: it goes when an exception comes.
struct Unplaced {
  Owned<HashField> field;
  Epoch& epoch;

  ~Unplaced() { field.drop(epoch); }
};

}  // namespace

HashTable::HashTable(Tag tag, ValueContext& values)
    : Collection(tag), fields_(values.epoch, rehash, &values) {}
HashTable::HashTable(Tag tag, Fields::Inherit inherit, const HashTable& from)
    : Collection(tag), fields_(inherit, from.fields_) {}

uint64_t HashTable::rehash(const HashField& field, const void* values) {
  return static_cast<const ValueContext*>(values)->hash(field.field());
}

HashTable::Expiries& HashTable::expiries() {
  return static_cast<HashTableExpiring&>(*this).expiries_;
}
const HashTable::Expiries& HashTable::expiries() const {
  return static_cast<const HashTableExpiring&>(*this).expiries_;
}

// ---- Blocks.

Owned<Collection> HashTable::make(ValueContext& values) {
  void* memory = values.epoch.heap().allocate(sizeof(HashTable));
  return Owned<Collection>::adopt(new (memory) HashTable(Tag::kHashTable, values), values.epoch);
}

void HashTable::make_expiring(Owned<Collection>& hash, ValueContext& values) {
  HashTable& before = thawed(hash, values.epoch);
  values.epoch.reserve();
  void* memory = values.epoch.heap().allocate(sizeof(HashTableExpiring));
  auto* made = new (memory) HashTableExpiring(values);
  made->fields_.swap(before.fields_);
  hash.release(values.epoch);
  hash = Owned<Collection>::adopt(made, values.epoch);
}

Owned<Collection> HashTable::copy(const HashTable& from, ValueContext& values) {
  Owned<Collection> copy = make(values);
  try {
    if (from.expiring()) make_expiring(copy, values);
    HashTable& table = thawed(copy, values.epoch);
    from.fields_.for_each([&](const HashField& field) {
      table.insert(HashField::make(values.epoch, field.field(), field.value(), field.expires_ms()),
                   values.hash(field.field()), values);
    });
  } catch (const std::bad_alloc&) {
    copy.drop(values.epoch);
    throw;
  }
  return copy;
}

size_t HashTable::bytes(const HashTable& table) {
  return table.expiring() ? sizeof(HashTableExpiring) : sizeof(HashTable);
}

HashTable* HashTable::clone(const HashTable& from, Epoch& epoch) {
  void* memory = epoch.heap().allocate(bytes(from));
  if (!from.expiring()) return new (memory) HashTable(Tag::kHashTable, Fields::Inherit{}, from);
  return new (memory)
      HashTableExpiring(Fields::Inherit{}, static_cast<const HashTableExpiring&>(from));
}

size_t HashTable::weight(const HashTable& table) {
  return table.fields_.weight() + (table.expiring() ? table.expiries().weight_of_blocks() : 0);
}

Remains HashTable::next_child(HashTable& table, size_t& position) {
  const size_t child = position++;
  if (child == 0 && table.fields_.weight() != 0) return table.fields_.remains();
  if (child > 1 || !table.expiring() || table.expiries().empty()) return {};
  position = 2;
  return table.expiries().remains();
}

size_t HashTable::overhead(const Heap& heap) const {
  return heap.footprint(bytes(*this)) + fields_.bytes() + (expiring() ? expiries().bytes() : 0);
}

// ---- Reading.

int64_t HashTable::next_expiry() const {
  return !expiring() || expiries().empty() ? kNever : expiries().begin()->at_ms;
}

size_t HashTable::due(int64_t now_ms) const {
  return expiring() ? expiries().upper_bound(now_ms).offset() : 0;
}

// ---- Writing.

void HashTable::set(Bytes field, Bytes value, int64_t expires_ms, ValueContext& values) {
  Epoch& epoch = values.epoch;
  const uint64_t hash = values.hash(field);
  const Fields::Place place = fields_.locate(field, hash);
  if (place) {
    const HashField& before = fields_.item(place);
    // A thaw would copy the old value, to be written over.
    const bool in_place = !epoch.frozen() && !before.expires() && expires_ms == kNever;
    if (in_place && before.has_room(value.size())) return fields_.thaw(place).set_value(value);
    return exchange(place, HashField::make(epoch, field, value, expires_ms), values);
  }
  insert(HashField::make(epoch, field, value, expires_ms), hash, values);
}

void HashTable::insert(Owned<HashField>&& made, uint64_t hash, ValueContext& values) {
  Unplaced unplaced{std::move(made), values.epoch};
  const HashField* const field = unplaced.field.get();
  const Fields::Place place = fields_.insert(std::move(unplaced.field), hash);
  if (!field->expires()) return;
  try {
    note(*field);
  } catch (const std::bad_alloc&) {
    unplaced.field = fields_.extract(place);
    throw;
  }
}

void HashTable::exchange(const Fields::Place& place, Owned<HashField>&& made,
                         ValueContext& values) {
  Unplaced unplaced{std::move(made), values.epoch};
  renote(fields_.item(place), *unplaced.field);
  unplaced.field = fields_.exchange(place, std::move(unplaced.field));
}

void HashTable::erase(Bytes field, ValueContext& values) {
  const Fields::Place place = fields_.locate(field, values.hash(field));
  VERIFY(static_cast<bool>(place));
  erase(place, values);
}

void HashTable::erase(const Fields::Place& place, ValueContext& values) {
  if (fields_.item(place).expires()) forget(fields_.item(place));
  fields_.extract(place).drop(values.epoch);
}

void HashTable::note(const HashField& field) {
  FieldExpiries::Slot slot = slot_of(field);
  Expiries::Cursor before = expiries().lower_bound(slot);
  expiries().insert(before, std::move(slot));
}

void HashTable::forget(const HashField& field) {
  Expiries::Cursor at = expiries().lower_bound(slot_of(field));
  expiries().extract(at);
}

// The expiry of `field`, if it has one, takes the place of that of `before`, of the same name.
void HashTable::renote(const HashField& before, const HashField& field) {
  if (before.expires() && before.expires_ms() == field.expires_ms()) {
    Expiries::Cursor at = expiries().lower_bound(slot_of(before));
    return expiries().edit(at, [&](FieldExpiries::Slot& slot) { slot.field = &field; });
  }
  if (field.expires()) note(field);
  if (!before.expires()) return;
  try {
    forget(before);
  } catch (const std::bad_alloc&) {
    if (field.expires()) forget(field);  // its path is thawed already
    throw;
  }
}

std::vector<std::string> HashTable::expire(int64_t now_ms, size_t count, ValueContext& values) {
  std::vector<std::string> gone;
  size_t erased = 0;
  try {
    while (erased < count && next_expiry() <= now_ms) {
      gone.emplace_back(expiries().begin()->field->field());
      erase(gone.back(), values);
      ++erased;
    }
  } catch (const std::bad_alloc&) {
    if (erased == 0) throw;
    gone.resize(erased);
  }
  return gone;
}

// ---- Compaction. A position in the table is even, as it begins a bucket; an odd one is twice an
// offset in the tree, and one.

uint64_t HashTable::compact(Owned<Collection>& hash, uint64_t position, Compaction& step) {
  if (position == 0) step.move(hash);
  HashTable& table = thawed(hash, step.epoch);
  if (position % 2 == 0) position = table.compact_fields(position, step);
  if (position % 2 != 0) position = table.compact_expiries(position, step);
  return position;
}

uint64_t HashTable::compact_fields(uint64_t position, Compaction& step) {
  const uint64_t begun = step.moved + step.kept;
  const auto visit = [&](Owned<HashField>& field) { move_field(field, step); };
  do {
    position = fields_.compact(position, 1, visit);
    if (position == 0) return expiring() && !expiries().empty() ? 1 : 0;
  } while (step.budget != 0 && step.moved + step.kept - begun < step.collection_budget);
  return position;
}

void HashTable::move_field(Owned<HashField>& field, Compaction& step) {
  if (!field->expires()) return static_cast<void>(step.move(field));
  Expiries::Cursor at = expiries().lower_bound(slot_of(*field));
  if (!step.move(field)) return;
  expiries().edit(at, [&](FieldExpiries::Slot& slot) { slot.field = field.get(); });
}

uint64_t HashTable::compact_expiries(uint64_t position, Compaction& step) {
  if (!expiring()) return 0;  // another hash has taken the key meanwhile
  const uint64_t offset = expiries().compact(position / 2, step, [](FieldExpiries::Slot&) {});
  return offset == 0 ? 0 : offset * 2 + 1;
}

}  // namespace sorrel
