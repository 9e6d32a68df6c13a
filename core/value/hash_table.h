// HashTable: a big hash: a table of its fields (core/value/element_table.h).
#pragma once

#include "core/value/element_table.h"
#include "core/value/hash_field.h"

#include <cstdint>

namespace sorrel {

struct HashFields {
  using Element = HashField;
  static constexpr Collection::Tag kPlain = Collection::Tag::kHashTable;
  static constexpr Collection::Tag kExpiring = Collection::Tag::kHashTableExpiring;
  static constexpr uint8_t kExpiryNode = kinds::kHashNode;
  static Owned<HashField> copy(Epoch& epoch, const HashField& field) {
    return HashField::make(epoch, field.field(), field.value(), field.expires_ms());
  }
};

using HashTable = ElementTable<HashFields>;

/// Sets a field's value and expiry; only a table that is expiring() can have one. On
/// std::bad_alloc nothing has changed.
void set_field(HashTable& hash, Bytes field, Bytes value, int64_t expires_ms, ValueContext& values);

extern template class ElementTable<HashFields>;

}  // namespace sorrel
