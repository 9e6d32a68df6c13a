#include "core/value/string.h"

#include "core/base/number.h"
#include "core/structure/epoch.h"

#include <new>

namespace sorrel {

StringBody* StringBody::make(Epoch& epoch, size_t capacity) {
  void* memory = epoch.heap().allocate(sizeof(StringBody) + capacity);
  return new (memory) StringBody{0, capacity};
}

StringBody* StringBody::copy(const StringBody& from, Epoch& epoch) {
  StringBody* copy = make(epoch, from.size);
  copy->size = from.size;
  std::memcpy(copy->data(), from.data(), from.size);
  return copy;
}

Bytes StringValue::bytes(Scratch& scratch) const {
  if (!is_integer_) return bytes_;
  return {scratch, format_integer(scratch, integer_)};
}

size_t StringValue::size() const {
  Scratch scratch;
  return bytes(scratch).size();
}

}  // namespace sorrel
