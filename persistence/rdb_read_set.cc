// Sets: member by member, as an intset, or as a listpack.

#include "core/structure/int_pack.h"
#include "core/value/set.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_value_reader.h"

#include <algorithm>

namespace sorrel {
namespace {

/// Room is made for so many members at most before they have been seen.
constexpr uint64_t kExpectedMax = 512;

}  // namespace

void RdbValueReader::read_set(RdbValue& value) {
  value.become(Type::kSet, {});
  rest_ = {&RdbValueReader::read_set_member, nullptr, input_.length()};
}

void RdbValueReader::read_set_member(RdbValue& value) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  if (!input_.ok()) return;
  SetEditor editor(value.collection(), values_);
  if (value.empty()) {
    const uint64_t members = rest_.left;  // it is the first
    const bool many = members > values_.limits.set_integers_max;
    editor.make(first_, many ? members : std::min(members, kExpectedMax));
  }
  if (!editor.add(first_)) input_.fail_at(from, "a member is there twice");
}

void RdbValueReader::read_int_set(RdbValue& value) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  if (!input_.ok()) return;
  Owned<IntPack> made =
      IntPack::from_intset(values_.epoch, static_cast<uint8_t>(Collection::Tag::kIntPack), first_);
  if (!made) return input_.fail_at(from, "the intset is damaged");
  value.become(Type::kSet, as_collection(std::move(made)));
  if (value.empty()) return;
  SetEditor(value.collection(), values_).expect(value.collection()->size(Type::kSet));
}

void RdbValueReader::read_set_pack(RdbValue& value) {
  const uint64_t from = input_.offset();
  if (!read_packed(value, Type::kSet, Packing::kListpack, Collection::Tag::kPack)) return;
  const size_t members = value.collection()->size(Type::kSet);
  if (!check_distinct(*as<Pack>(value.collection()), 1, from)) return;
  SetEditor(value.collection(), values_).expect(members);
}

}  // namespace sorrel
