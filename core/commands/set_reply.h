// What commands on sets have in common: the set that an entry holds, and a member in a reply.
#pragma once

#include "core/command/context.h"
#include "core/value/set.h"

namespace sorrel {

inline SetValue set_of(const Entry& entry) {
  return SetValue(*entry.collection());
}

inline void reply_member(Context& context, const SetElement& member) {
  SetElement::Scratch scratch;
  context.reply.bulk(member.bytes(scratch));
}

}  // namespace sorrel
