// An element of a list, or a field or a value of a hash, in a reply.
#pragma once

#include "core/command/context.h"
#include "core/structure/pack.h"

#include <optional>

namespace sorrel {

inline void reply_element(Context& context, const PackElement& element) {
  if (element.is_integer()) return context.reply.bulk_integer(element.integer());
  PackElement::Scratch scratch;
  context.reply.bulk(element.bytes(scratch));
}
/// Null when there is none.
inline void reply_element(Context& context, const std::optional<PackElement>& element) {
  element ? reply_element(context, *element) : context.reply.null();
}

}  // namespace sorrel
