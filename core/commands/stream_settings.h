// What a stream is set to: what XCFGSET and those who make a stream's producers share.
#pragma once

#include "core/command/context.h"
#include "core/value/stream_producers.h"

namespace sorrel {

class Stream;

/// The stream's producers, to be changed; made as the settings say if need be. The stream has been
/// thawed.
StreamProducers& edit_producers(Context& context, Stream& stream);

/// XCFGSET: how long and how many messages are remembered.
void journal_producers(Context& context, Bytes key, const StreamProducers& producers);

}  // namespace sorrel
