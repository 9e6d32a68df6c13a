#include "core/value/hash_table.h"

namespace sorrel {

template class ElementTable<HashFields>;

void set_field(HashTable& table, Bytes field, Bytes value, int64_t expires_ms,
               ValueContext& values) {
  Epoch& epoch = values.epoch;
  const uint64_t hash = values.hash(field);
  const HashTable::Place place = table.locate(field, hash);
  if (!place) return table.insert(HashField::make(epoch, field, value, expires_ms), hash, epoch);
  const HashField& before = table.at(place);
  // A thaw would copy the old value, to be written over.
  const bool in_place = !epoch.frozen() && !before.expires() && expires_ms == kNever;
  if (in_place && before.has_room(value.size())) return table.thaw(place).set_value(value);
  table.exchange(place, HashField::make(epoch, field, value, expires_ms), epoch);
}

}  // namespace sorrel
