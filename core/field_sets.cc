#include "core/field_sets.h"

namespace sorrel {
namespace {

size_t bytes_of(Bytes name, const FieldSets::Fields& fields) {
  size_t bytes = name.size() + sizeof(std::string) + sizeof fields;
  for (const std::string& field : fields) bytes += field.size() + sizeof field;
  return bytes;
}

}  // namespace

const FieldSets::Fields* FieldSets::find(Bytes name) const {
  const auto found = sets_.find(name);
  return found == sets_.end() ? nullptr : &found->second;
}

void FieldSets::put(Bytes name, std::span<const Bytes> fields) {
  Fields made(fields.begin(), fields.end());
  erase(name);
  bytes_ += bytes_of(name, made);
  sets_.emplace(name, std::move(made));
}

bool FieldSets::erase(Bytes name) {
  const auto found = sets_.find(name);
  if (found == sets_.end()) return false;
  bytes_ -= bytes_of(name, found->second);
  sets_.erase(found);
  return true;
}

}  // namespace sorrel
