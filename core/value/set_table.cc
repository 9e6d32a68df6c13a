#include "core/value/set_table.h"

#include <algorithm>
#include <new>

namespace sorrel {

SetTable::SetTable(ValueContext& values)
    : Collection(Tag::kSetTable), values_(&values), members_(values.epoch, rehash, &values) {}

SetTable::SetTable(const SetTable& frozen)
    : Collection(Tag::kSetTable),
      values_(frozen.values_),
      members_(Table<SetMember>::Inherit{}, frozen.members_) {}

uint64_t SetTable::rehash(const SetMember& member, const void* values) {
  return static_cast<const ValueContext*>(values)->hash(member.text());
}

Owned<SetTable> SetTable::make(ValueContext& values) {
  void* const memory = values.epoch.heap().allocate(sizeof(SetTable));
  return Owned<SetTable>::adopt(new (memory) SetTable(values), values.epoch);
}

SetTable* SetTable::clone(const SetTable& from, Epoch& epoch) {
  return new (epoch.heap().allocate(sizeof(SetTable))) SetTable(from);
}

bool SetTable::insert(Owned<SetTable>& set, Bytes text, ValueContext& values) {
  const uint64_t hash = values.hash(text);
  if (set->members_.find(text, hash) != nullptr) return false;
  insert_new(set, text, hash, values);
  return true;
}

void SetTable::insert_new(Owned<SetTable>& set, Bytes text, uint64_t hash, ValueContext& values) {
  SetTable& table = set.thaw(values.epoch);
  Owned<SetMember> member = SetMember::make(values.epoch, text);
  try {
    table.members_.insert(std::move(member), hash);
  } catch (const std::bad_alloc&) {
    member.drop(values.epoch);
    throw;
  }
}

bool SetTable::erase(Owned<SetTable>& set, Bytes text, ValueContext& values) {
  Table<SetMember>& members = set.thaw(values.epoch).members_;
  const Table<SetMember>::Place place = members.locate(text, values.hash(text));
  if (!place) return false;
  Owned<SetMember> gone = members.extract(place);
  gone.drop(values.epoch);
  return true;
}

uint64_t SetTable::compact(Owned<SetTable>& set, uint64_t position, Compaction& step) {
  if (position == 0) step.move(set);
  Table<SetMember>& members = set.thaw(step.epoch).members_;
  const size_t end = step.budget - std::min(step.budget, step.collection_budget);
  do {
    position = members.compact(position, 1, [&](Owned<SetMember>& member) { step.move(member); });
  } while (position != 0 && step.budget > end);
  return position;
}

Owned<SetTable> SetTable::copy(const SetTable& from, ValueContext& values) {
  Owned<SetTable> made = make(values);
  try {
    from.members_.for_each([&](const SetMember& member) {
      insert_new(made, member.text(), values.hash(member.text()), values);
    });
  } catch (const std::bad_alloc&) {
    made.drop(values.epoch);
    throw;
  }
  return made;
}

size_t SetTable::footprint(const Heap& heap, size_t samples) const {
  size_t seen = 0;
  size_t bytes = 0;
  const auto enough = [&] { return samples != 0 && seen >= samples; };
  members_.view().walk([&] { return !enough(); },
                       [&](const SetMember& member) {
                         if (enough()) return;
                         bytes += heap.footprint(SetMember::bytes(member));
                         ++seen;
                       });
  if (seen != 0) bytes = bytes * members_.size() / seen;
  return heap.footprint(sizeof(SetTable)) + members_.bytes() + bytes;
}

}  // namespace sorrel
