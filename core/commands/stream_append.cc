#include "core/commands/stream_append.h"

#include "core/structure/drop_on_throw.h"

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
  const DropOnThrow guard(made, epoch);
  Stream::thaw(made, epoch).append(id, entry, limits, epoch);
  reference = std::move(made);
  return Stream::thaw(reference, epoch);
}

}  // namespace sorrel
