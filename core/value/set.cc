#include "core/value/set.h"

#include "core/base/number.h"

#include <algorithm>
#include <unordered_set>

namespace sorrel {
namespace {

using Tag = Collection::Tag;

// What both structures can hold, whatever the settings say.
constexpr size_t kIntegersMax = size_t{1} << 28;
constexpr size_t kPackBytesMax = size_t{1} << 30;
// A sample of more than a third of a table is drawn from a list of all members.
constexpr size_t kListedPart = 3;

constexpr uint8_t byte(Tag tag) {
  return static_cast<uint8_t>(tag);
}

size_t digits(int64_t integer) {
  return IntegerText(integer).view().size();
}

}  // namespace

// ---- Reading.

bool SetValue::contains(Bytes member) const {
  switch (set_->tag()) {
    case Tag::kIntPack: {
      const std::optional<int64_t> integer = parse_integer(member);
      return integer && int_pack().contains(*integer);
    }
    case Tag::kPack:
      return pack().find(member, pack().begin()) != pack().end();
    default:
      return set_table().contains(member);
  }
}

bool SetValue::contains(const SetElement& member) const {
  if (member.is_integer() && set_->tag() == Tag::kIntPack) {
    return int_pack().contains(member.integer());
  }
  SetElement::Scratch scratch;
  return contains(member.bytes(scratch));
}

SetElement SetValue::random(Random& random) const {
  switch (set_->tag()) {
    case Tag::kIntPack:
      return SetElement(int_pack().at(random.below(int_pack().size())));
    case Tag::kPack:
      return pack().get(pack().at(random.below(pack().size())));
    default:
      return SetElement(table().random(random)->text());
  }
}

std::vector<const SetMember*> SetValue::draw(size_t count, Random& random) const {
  std::vector<const SetMember*> members;
  if (count > table().size() / kListedPart) {
    members.reserve(table().size());
    table().for_each([&](const SetMember& member) { members.push_back(&member); });
    for (size_t i = 0; i < count; ++i) {
      std::swap(members[i], members[i + random.below(members.size() - i)]);
    }
    members.resize(count);
    return members;
  }
  members.reserve(count);
  std::unordered_set<const SetMember*> seen;
  while (members.size() < count) {
    const SetMember* member = table().random(random);
    if (seen.insert(member).second) members.push_back(member);
  }
  return members;
}

// ---- Changing.

void SetEditor::replace(Owned<Collection>&& made) {
  if (*set_) set_->drop(epoch());
  *set_ = std::move(made);
}

void SetEditor::make(Bytes first, size_t expected) {
  const EncodingLimits& limits = values_->limits;
  if (expected <= std::min(limits.set_integers_max, kIntegersMax) && parse_integer(first)) {
    replace(as_collection(IntPack::make(epoch(), byte(Tag::kIntPack), expected)));
  } else if (expected <= limits.set_pack_members_max) {
    replace(as_collection(Pack::make(epoch(), byte(Tag::kPack))));
  } else {
    replace(as_collection(SetTable::make(*values_)));
  }
}

void SetEditor::expect(size_t members) {
  const Tag tag = (*set_)->tag();
  if ((tag == Tag::kPack && members > values_->limits.set_pack_members_max) ||
      (tag == Tag::kIntPack && members > values_->limits.set_integers_max)) {
    become_table();
  }
}

bool SetEditor::add(Bytes member) {
  switch ((*set_)->tag()) {
    case Tag::kIntPack:
      if (const std::optional<int64_t> integer = parse_integer(member))
        return add_integer(*integer);
      return add_text_to_integers(member);
    case Tag::kPack:
      return add_to_pack(member);
    default:
      return SetTable::insert(as<SetTable>(*set_), member, *values_);
  }
}

bool SetEditor::add(const SetElement& member) {
  if (member.is_integer() && (*set_)->tag() == Tag::kIntPack) return add_integer(member.integer());
  SetElement::Scratch scratch;
  return add(member.bytes(scratch));
}

bool SetEditor::add_integer(int64_t member) {
  Owned<IntPack>& integers = as<IntPack>(*set_);
  if (!IntPack::insert(integers, member, epoch())) return false;
  if (integers->size() > std::min(values_->limits.set_integers_max, kIntegersMax)) become_table();
  return true;
}

// The first member that is no integer.
bool SetEditor::add_text_to_integers(Bytes member) {
  const IntPack& integers = *as<IntPack>(*set_);
  if (!fits_pack(integers, member)) {
    become_table();
    return SetTable::insert(as<SetTable>(*set_), member, *values_);
  }
  become_pack(integers.intset().size() + Pack::element_bytes(member));
  Pack::append(as<Pack>(*set_), member, epoch());
  return true;
}

bool SetEditor::fits_pack(const IntPack& integers, Bytes member) const {
  const EncodingLimits& limits = values_->limits;
  const size_t n = integers.size();
  if (n >= limits.set_pack_members_max) return false;
  size_t longest = member.size();
  if (n != 0) longest = std::max({longest, digits(integers.at(0)), digits(integers.at(n - 1))});
  return longest <= limits.set_pack_member_bytes_max && longest <= kPackBytesMax / (n + 1);
}

bool SetEditor::add_to_pack(Bytes member) {
  const Pack& pack = *as<Pack>(*set_);
  if (pack.find(member, pack.begin()) != pack.end()) return false;
  const EncodingLimits& limits = values_->limits;
  if (pack.size() < limits.set_pack_members_max &&
      member.size() <= limits.set_pack_member_bytes_max &&
      pack.listpack_bytes() + member.size() <= kPackBytesMax) {
    Pack::append(as<Pack>(*set_), member, epoch());
    return true;
  }
  become_table();
  return SetTable::insert(as<SetTable>(*set_), member, *values_);
}

void SetEditor::become_pack(size_t bytes) {
  Owned<Pack> pack = Pack::make(epoch(), byte(Tag::kPack), bytes);
  try {
    SetValue(**set_).for_each([&](const SetElement& member) {
      SetElement::Scratch scratch;
      Pack::append(pack, member.bytes(scratch), epoch());
    });
    if (epoch().frozen()) epoch().reserve();
  } catch (const std::bad_alloc&) {
    pack.drop(epoch());
    throw;
  }
  replace(as_collection(std::move(pack)));
}

void SetEditor::become_table() {
  Owned<SetTable> table = SetTable::make(*values_);
  try {
    SetValue(**set_).for_each([&](const SetElement& member) {
      SetElement::Scratch scratch;
      const Bytes text = member.bytes(scratch);
      SetTable::insert_new(table, text, values_->hash(text), *values_);
    });
    if (epoch().frozen()) epoch().reserve();
  } catch (const std::bad_alloc&) {
    table.drop(epoch());
    throw;
  }
  replace(as_collection(std::move(table)));
}

void SetEditor::make_anew() {
  SetBuilder rest(*values_);
  SetValue(**set_).for_each([&](const SetElement& member) { rest.add(member); });
  if (epoch().frozen()) epoch().reserve();
  replace(std::move(rest.made()));
}

bool SetEditor::remove(Bytes member) {
  switch ((*set_)->tag()) {
    case Tag::kIntPack: {
      const std::optional<int64_t> integer = parse_integer(member);
      return integer && IntPack::erase(as<IntPack>(*set_), *integer, epoch());
    }
    case Tag::kPack: {
      Owned<Pack>& pack = as<Pack>(*set_);
      const Pack::Position at = pack->find(member, pack->begin());
      if (at == pack->end()) return false;
      Pack::erase(pack, at, 1, epoch());
      return true;
    }
    default:
      return SetTable::erase(as<SetTable>(*set_), member, *values_);
  }
}

// ---- Making.

SetBuilder::SetBuilder(ValueContext& values)
    : values_(values),
      made_(as_collection(IntPack::make(values.epoch, byte(Tag::kIntPack)))),
      editor_(made_, values) {}

SetBuilder::~SetBuilder() {
  if (made_) made_.drop(values_.epoch);
}

bool SetBuilder::remove(const SetElement& member) {
  SetElement::Scratch scratch;
  return editor_.remove(member.bytes(scratch));
}

}  // namespace sorrel
