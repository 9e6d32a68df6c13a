// The consumer group that a command names: found, and made writable.
//
// What a command does to a group changes nothing that WATCH or client-side caching look at, as in
// Redis: such changes are counted (KeyWriter::count_changes), and no more.
#pragma once

#include "core/command/context.h"
#include "core/value/stream.h"
#include "core/value/stream_groups.h"

namespace sorrel {

/// A stream and one of its groups, as they are; either may be absent.
struct GroupView {
  const Stream* stream = nullptr;
  const StreamGroup* group = nullptr;
};

/// For a command that only reads. False when WRONGTYPE was answered.
bool read_group(Context& context, Bytes key, Bytes group, GroupView& view);
/// Of the key that a writer stands at: absent, or a stream.
GroupView view_group(const KeyWriter& key, Bytes group);

/// The stream that the writer stands at, to be changed.
Stream& edit_stream(KeyWriter& key);
/// One of its groups, which is there, to be changed.
StreamGroup& edit_group(KeyWriter& key, Bytes group);

/// The error of what needs a group: of XREADGROUP if so.
void answer_no_group(Context& context, Bytes key, Bytes group, Bytes where = {});
/// True: the writer's key holds a stream with the group that the second argument names. Or the
/// error was answered.
bool require_named_group(Context& context, const KeyWriter& key);

/// The consumer's number; one that isn't there is made, announced, and told to the journal.
uint32_t consumer_of(Context& context, KeyWriter& key, StreamGroup& group, Bytes name);

}  // namespace sorrel
