// append_entry: an entry goes behind the others of the stream that a writer stands at, which is
// made if need be.
#pragma once

#include "core/keyspace/key_writer.h"
#include "core/value/stream.h"

namespace sorrel {

/// The key is absent, or holds a stream with a last ID before `id`. Gives the stream. Throws
/// std::bad_alloc, and then there is no stream where there was none.
Stream& append_entry(KeyWriter& key, StreamId id, StreamFields entry);

}  // namespace sorrel
