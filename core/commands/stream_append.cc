#include "core/commands/stream_append.h"

#include <new>
#include <utility>

namespace sorrel {

Stream& append_entry(KeyWriter& key, StreamId id, StreamFields entry) {
  Epoch& epoch = key.values().epoch;
  const EncodingLimits& limits = key.values().limits;
  Owned<Collection>& reference = key.edit(Type::kStream);
  if (reference) {
    Stream& stream = Stream::thaw(reference, epoch);
    stream.append(id, entry, limits, epoch);
    return stream;
  }
  Owned<Collection> made = Stream::make(epoch);
  try {
    Stream::thaw(made, epoch).append(id, entry, limits, epoch);
  } catch (const std::bad_alloc&) {
    made.drop(epoch);
    throw;
  }
  reference = std::move(made);
  return Stream::thaw(reference, epoch);
}

}  // namespace sorrel
