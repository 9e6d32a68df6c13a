// Writes a stream in the RDB format (persistence/rdb_stream_format.h). Const access alone: for a
// snapshot's thread.
//
// What was deleted isn't written, nor are marks of it; how many entries there ever were, and the
// greatest ID that was deleted, are.
#pragma once

#include "core/value/stream.h"
#include "persistence/rdb_output.h"

namespace sorrel {

/// As type kStream3 where `version` knows it, as kStream2 else.
void write_rdb_stream(const Stream& stream, int version, RdbOutput& output);

}  // namespace sorrel
