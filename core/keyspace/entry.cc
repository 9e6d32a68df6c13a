#include "core/keyspace/entry.h"

#include "core/base/check.h"
#include "core/structure/epoch.h"
#include "core/structure/heap.h"
#include "core/value/chunked_string.h"

#include <new>

namespace sorrel {

Entry::Entry(const Shape& shape)
    : word_(static_cast<uint32_t>(shape.type) << 24 | static_cast<uint32_t>(shape.form) << 28),
      flags_(static_cast<uint8_t>(
          (shape.has_expiry ? kHasExpiry : 0) | (shape.has_element_expiry ? kHasElementExpiry : 0) |
          (shape.key_size > 255 ? kLongKey : 0) | (shape.form != Form::kInline ? kHasWord : 0))),
      key_size_(static_cast<uint8_t>(shape.key_size > 255 ? 0 : shape.key_size)),
      inline_size_(static_cast<uint16_t>(shape.inline_size)) {}

Entry* Entry::make(Epoch& epoch, const Shape& shape, Bytes key) {
  VERIFY(shape.key_size == key.size() && shape.inline_size <= kInlineStringMax);
  Entry* entry = new (epoch.heap().allocate(shape.bytes())) Entry(shape);
  if (shape.has_expiry) new (entry->at(8)) ExpiryBlock{};
  if (shape.has_element_expiry) {
    new (entry->at(shape.element_expiry_offset())) ExpiryBlock{kNever, 0, 0};
  }
  if (shape.form != Form::kInline) std::memset(entry->at(shape.value_offset()), 0, 8);
  if (shape.key_size > 255) {
    const uint32_t size = static_cast<uint32_t>(key.size());
    std::memcpy(entry->at(shape.key_size_offset()), &size, sizeof size);
  }
  if (!key.empty()) std::memcpy(entry->at(shape.key_offset()), key.data(), key.size());
  return entry;
}

Bytes Entry::encoding_name() const {
  if (form() == Form::kCollection) return collection()->encoding_name();
  if (form() == Form::kInteger) return "int";
  if (form() == Form::kInline && !edited() && inline_size_ <= kEmbstrBytesMax) return "embstr";
  return "raw";
}

size_t Entry::footprint(const Heap& heap, size_t samples) const {
  size_t total = heap.footprint(shape().bytes());
  if (form() == Form::kBody) total += heap.footprint(body()->allocated());
  if (form() == Form::kChunks) total += chunks()->footprint(heap);
  if (form() == Form::kCollection) total += collection()->footprint(type(), heap, samples);
  return total;
}

void Entry::copy_in_place(const Entry& from) {
  if (form() == Form::kInteger) return set_integer(from.integer());
  std::memcpy(inline_bytes(), from.inline_bytes(), inline_size_);
}

Entry* Entry::clone(const Entry& from, Epoch& epoch) {
  const Shape shape = from.shape();
  // A plain copy of the bytes, but for the word that another thread may read meanwhile.
  Entry* copy = make(epoch, shape, from.key());
  copy->set_access_clock(from.access_clock());
  copy->flags_ = from.flags_;
  if (shape.has_expiry) copy->expiry() = from.expiry();
  if (shape.has_element_expiry) copy->element_expiry() = from.element_expiry();
  switch (shape.form) {
    case Form::kInline:
    case Form::kInteger:
      copy->copy_in_place(from);
      break;
    case Form::kBody:
      copy->body() = from.body().inherit();
      break;
    case Form::kChunks:
      copy->chunks() = from.chunks().inherit();
      break;
    case Form::kCollection:
      copy->collection() = from.collection().inherit();
      break;
  }
  return copy;
}

void Entry::copy_value(const Entry& from, ValueContext& values) {
  switch (form()) {
    case Form::kInline:
    case Form::kInteger:
      copy_in_place(from);
      break;
    case Form::kBody:
      body() = Owned<StringBody>::adopt(StringBody::copy(*from.body(), values.epoch), values.epoch);
      break;
    case Form::kChunks:
      chunks() = ChunkedString::copy(*from.chunks(), values.epoch);
      break;
    case Form::kCollection:
      collection() = Collection::copy(type(), *from.collection(), values);
      break;
  }
  set_edited(from.edited());
}

void Entry::take_value(Entry& from, Epoch& epoch) {
  switch (form()) {
    case Form::kInline:
    case Form::kInteger:
      copy_in_place(from);
      break;
    case Form::kBody:
      body() = from.body().transfer(epoch);
      break;
    case Form::kChunks:
      chunks() = from.chunks().transfer(epoch);
      break;
    case Form::kCollection:
      collection() = from.collection().transfer(epoch);
      break;
  }
  set_edited(from.edited());
}

size_t Entry::weight(const Entry& entry) {
  switch (entry.form()) {
    case Form::kInline:
    case Form::kInteger:
      break;
    case Form::kBody:
      return entry.body() ? 1 : 0;
    case Form::kChunks:
      return entry.chunks() ? 1 + ChunkedString::weight(*entry.chunks()) : 0;
    case Form::kCollection:
      return entry.collection() ? 1 + Collection::weight(*entry.collection()) : 0;
  }
  return 0;
}

Remains Entry::next_child(Entry& entry, size_t& position) {
  if (position++ != 0) return {};
  if (entry.form() == Form::kBody) return entry.body().remains();
  if (entry.form() == Form::kChunks) return entry.chunks().remains();
  if (entry.form() == Form::kCollection) return entry.collection().remains();
  return {};
}

}  // namespace sorrel
