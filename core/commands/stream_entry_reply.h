// An entry of a stream as an answer: its ID, and its fields with their values one after the other.
#pragma once

#include "core/resp/writer.h"
#include "core/value/stream_cursor.h"

namespace sorrel {

inline void reply_id(ReplyWriter& reply, StreamId id) {
  reply.bulk(StreamIdText(id).view());
}

inline void reply_fields(ReplyWriter& reply, const StreamCursor& at) {
  reply.array(2 * at.pairs());
  at.for_each_pair([&](Bytes field, const PackElement& value) {
    PackElement::Scratch scratch;
    reply.bulk(field);
    reply.bulk(value.bytes(scratch));
  });
}

inline void reply_entry(ReplyWriter& reply, const StreamCursor& at) {
  reply.array(2);
  reply_id(reply, at.id());
  reply_fields(reply, at);
}

}  // namespace sorrel
