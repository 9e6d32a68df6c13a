#include "core/value/string.h"

#include "core/base/number.h"
#include "core/structure/epoch.h"
#include "core/value/chunked_string.h"

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
  if (chunks_ != nullptr) return part(0, chunks_->size(), scratch);
  if (!is_integer_) return bytes_;
  return {scratch.text, format_integer(scratch.text, integer_)};
}

Bytes StringValue::piece(size_t offset, Scratch& scratch) const {
  return chunks_ != nullptr ? chunks_->piece(offset) : bytes(scratch).substr(offset);
}

Bytes StringValue::part(size_t offset, size_t size, Scratch& scratch) const {
  if (size == 0) return {};
  const Bytes here = piece(offset, scratch).substr(0, size);
  if (here.size() == size) return here;
  scratch.gathered = std::make_unique_for_overwrite<char[]>(size);
  chunks_->read(offset, size, scratch.gathered.get());
  return {scratch.gathered.get(), size};
}

size_t StringValue::size() const {
  if (chunks_ != nullptr) return chunks_->size();
  Scratch scratch;
  return bytes(scratch).size();
}

}  // namespace sorrel
