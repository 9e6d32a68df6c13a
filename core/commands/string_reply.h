// The reply that most commands on strings end with.
#pragma once

#include "core/command/context.h"

namespace sorrel {

/// A part of a string, which must be there. A long one is written piece by piece.
inline void reply_part(Context& context, const StringValue& string, size_t offset, size_t size) {
  StringValue::Scratch scratch;
  if (!string.is_chunked()) return context.reply.bulk(string.part(offset, size, scratch));
  context.reply.begin_bulk(size);
  string.for_each_piece(offset, size, [&](Bytes piece) { context.reply.raw(piece); });
  context.reply.end_bulk();
}

inline void reply_string(Context& context, const Entry& entry) {
  if (entry.is_string(Entry::Form::kInline)) [[likely]]
    return context.reply.bulk(Bytes(entry.inline_bytes(), entry.inline_size()));
  const StringValue string = entry.string();
  reply_part(context, string, 0, string.size());
}

}  // namespace sorrel
