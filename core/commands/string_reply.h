// The reply that most commands on strings end with.
#pragma once

#include "core/command/context.h"

namespace sorrel {

inline void reply_string(Context& context, const Entry& entry) {
  if (entry.is_string(Entry::Form::kInline)) [[likely]]
    return context.reply.bulk(Bytes(entry.inline_bytes(), entry.inline_size()));
  StringValue::Scratch scratch;
  context.reply.bulk(entry.string().bytes(scratch));
}

}  // namespace sorrel
