// What commands on sets have in common: the set that an entry holds, to be read or changed, and a
// member in a reply.
#pragma once

#include "core/command/context.h"
#include "core/value/set.h"

namespace sorrel {

inline SetValue set_of(Context& context, const Entry& entry) {
  return SetValue(*entry.collection(), context.books().expired_until_ms);
}
/// What KeyWriter::edit gives.
inline SetEditor edit_set(Context& context, Owned<Collection>& set) {
  return SetEditor(set, context.db().values(), context.books().expired_until_ms);
}

inline void reply_member(Context& context, const SetElement& member) {
  SetElement::Scratch scratch;
  context.reply.bulk(member.bytes(scratch));
}

}  // namespace sorrel
