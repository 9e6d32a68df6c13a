#include "core/value/hash_field.h"

#include "core/value/collection.h"

#include <new>

namespace sorrel {

Owned<HashField> HashField::make(Epoch& epoch, Bytes field, Bytes value, int64_t expires_ms) {
  const bool is_long = field.size() > kShortMax || value.size() > kShortMax;
  const auto flags =
      static_cast<uint8_t>((is_long ? kLong : 0) | (expires_ms != kNever ? kExpires : 0));
  void* memory = epoch.heap().allocate(allocated(flags, field.size(), value.size()));
  return Owned<HashField>::adopt(new (memory) HashField(flags, field, value, expires_ms), epoch);
}

HashField::HashField(uint8_t flags, Bytes field, Bytes value, int64_t expires_ms) : flags_(flags) {
  set_sizes(field.size(), value.size());
  if (expires()) std::memcpy(at(head() - 8), &expires_ms, 8);
  field.copy(at(head()), field.size());
  value.copy(at(head() + field.size()), value.size());
}

void HashField::set_sizes(size_t field_size, size_t value_size) {
  if (is_long()) {
    const uint64_t sizes[] = {field_size, value_size};
    std::memcpy(at(kFieldSizeAt), sizes, sizeof sizes);
  } else {
    sizes_[0] = static_cast<uint8_t>(field_size);
    sizes_[1] = static_cast<uint8_t>(value_size);
  }
}

int64_t HashField::expires_ms() const {
  if (!expires()) return kNever;
  int64_t ms;
  std::memcpy(&ms, at(head() - 8), sizeof ms);
  return ms;
}

bool HashField::has_room(size_t size) const {
  if (!is_long() && size > kShortMax) return false;
  return allocated(flags_, field().size(), size) == bytes(*this);
}

void HashField::set_value(Bytes value) {
  const size_t field_size = field().size();
  set_sizes(field_size, value.size());
  value.copy(at(head() + field_size), value.size());
}

size_t HashField::bytes(const HashField& field) {
  return allocated(field.flags_, field.field().size(), field.value().size());
}

}  // namespace sorrel
