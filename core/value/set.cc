#include "core/value/set.h"

#include "core/base/number.h"
#include "core/structure/drop_on_throw.h"

#include <algorithm>

namespace sorrel {
namespace {

using Tag = Collection::Tag;

// What both structures can hold, whatever the settings say.
constexpr size_t kIntegersMax = size_t{1} << 28;
constexpr size_t kPackBytesMax = size_t{1} << 30;

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
      return find_in_table(member) != nullptr;
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
      return SetElement(table().draw(random, now_ms_).text());
  }
}

std::optional<int64_t> SetValue::expires_ms(Bytes member) const {
  if (!SetTable::is(*set_)) return contains(member) ? std::optional(kNever) : std::nullopt;
  const SetMember* found = find_in_table(member);
  return found != nullptr ? std::optional(found->expires_ms()) : std::nullopt;
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
    replace(SetTable::make(*values_));
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
      return add_to_table(member);
  }
}

bool SetEditor::add(const SetElement& member) {
  if (member.is_integer() && (*set_)->tag() == Tag::kIntPack) return add_integer(member.integer());
  SetElement::Scratch scratch;
  return add(member.bytes(scratch));
}

bool SetEditor::add_integer(int64_t member) {
  Owned<IntPack>& integers = as<IntPack>(*set_);
  if (integers->size() < std::min(values_->limits.set_integers_max, kIntegersMax)) {
    return IntPack::insert(integers, member, epoch());
  }
  if (integers->contains(member)) return false;
  become_table();
  return add_to_table(IntegerText(member).view());
}

// The first member that is no integer.
bool SetEditor::add_text_to_integers(Bytes member) {
  const IntPack& integers = *as<IntPack>(*set_);
  if (!fits_pack(integers, member)) {
    become_table();
    return add_to_table(member);
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
  return add_to_table(member);
}

bool SetEditor::add_to_table(Bytes member) {
  const uint64_t hash = values_->hash(member);
  const SetMember* found = SetTable::of(**set_).elements().find(member, hash);
  if (found == nullptr) {
    thawed_table().insert(SetMember::make(epoch(), member, kNever), hash, epoch());
    return true;
  }
  if (SetTable::is_live(*found, now_ms_)) return false;
  SetTable& table = thawed_table();
  // Before there is a member that would be lost if there were no memory for it.
  const SetTable::Place place = table.locate(member, hash);
  table.exchange(place, SetMember::make(epoch(), member, kNever), epoch());
  return true;
}

bool SetEditor::remove_from_table(Bytes member) {
  SetTable& table = thawed_table();
  const SetTable::Place place = table.locate(member, values_->hash(member));
  if (!place || !SetTable::is_live(table.at(place), now_ms_)) return false;
  table.erase(place, epoch());
  return true;
}

void SetEditor::set_expiry(Bytes member, int64_t at_ms) {
  if (at_ms != kNever) {
    if (!SetTable::is(**set_)) become_table();
    SetTable::make_expiring(*set_, *values_);
  } else if (!SetTable::is(**set_)) {
    return;
  }
  SetTable& table = thawed_table();
  const SetTable::Place place = table.locate(member, values_->hash(member));
  VERIFY(static_cast<bool>(place));
  if (table.at(place).expires_ms() == at_ms) return;
  table.exchange(place, SetMember::make(epoch(), member, at_ms), epoch());
}

void SetEditor::become_pack(size_t bytes) {
  Owned<Pack> pack = Pack::make(epoch(), byte(Tag::kPack), bytes);
  const DropOnThrow guard(pack, epoch());
  value().for_each([&](const SetElement& member) {
    SetElement::Scratch scratch;
    Pack::append(pack, member.bytes(scratch), epoch());
  });
  if (epoch().frozen()) epoch().reserve();
  replace(as_collection(std::move(pack)));
}

void SetEditor::become_table() {
  Owned<Collection> made = SetTable::make(*values_);
  const DropOnThrow guard(made, epoch());
  SetTable& table = SetTable::thawed(made, epoch());
  value().for_each([&](const SetElement& member) {
    SetElement::Scratch scratch;
    const Bytes text = member.bytes(scratch);
    table.insert(SetMember::make(epoch(), text, kNever), values_->hash(text), epoch());
  });
  if (epoch().frozen()) epoch().reserve();
  replace(std::move(made));
}

void SetEditor::make_anew() {
  SetBuilder rest(*values_);
  value().for_each([&](const SetElement& member) { rest.add(member); });
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
      return remove_from_table(member);
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
