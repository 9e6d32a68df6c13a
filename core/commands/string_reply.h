// The reply that most commands on strings end with.
#pragma once

#include "core/command/context.h"

namespace sorrel {

inline void reply_string(Context& context, const Entry& entry) {
  StringValue::Scratch scratch;
  context.reply.bulk(entry.string().bytes(scratch));
}

}  // namespace sorrel
