// SetTable: a big set: a table of its members (core/value/element_table.h). It is not the set:
// which members belong in a table, and when a set becomes one, is known to core/value/set.h.
#pragma once

#include "core/value/element_table.h"
#include "core/value/set_member.h"

#include <cstdint>

namespace sorrel {

struct SetMembers {
  using Element = SetMember;
  static constexpr Collection::Tag kPlain = Collection::Tag::kSetTable;
  static constexpr Collection::Tag kExpiring = Collection::Tag::kSetTableExpiring;
  static constexpr uint8_t kExpiryNode = kinds::kSetNode;
  static Owned<SetMember> copy(Epoch& epoch, const SetMember& member) {
    return SetMember::make(epoch, member.text(), member.expires_ms());
  }
};

using SetTable = ElementTable<SetMembers>;

extern template class ElementTable<SetMembers>;

}  // namespace sorrel
