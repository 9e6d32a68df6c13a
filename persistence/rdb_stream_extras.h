// What a stream has that the RDB format has no place for: rules of its groups (rdb_group_rules.h),
// and what it remembers of idempotent producers (core/value/stream_producers.h).
//
// It stands in "aux" fields, which Redis passes over: in a file before the stream's key, in a
// payload of DUMP behind its value, where Redis doesn't look.
//
//   sorrel-group-rules    GROUP MAXDELIVERIES CONSUMERIDLE-MS [DEADLETTER-KEY]
//   sorrel-producers      DURATION-S RECEIPTS-MAX ADDED REPEATED
//   sorrel-producer       NAME MESSAGE ID [MESSAGE ID …]      one for each, its oldest receipt
//   first
//
// with quotes where words need them.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/value/stream.h"

#include <functional>

namespace sorrel {

/// Calls `put` with each field that the stream needs; hardly any stream needs one.
void write_stream_extras(const Stream& stream,
                         const std::function<void(Bytes name, Bytes value)>& put);

bool is_stream_extra(Bytes name);
/// False when it is damaged, or tells of what isn't there.
[[nodiscard]] bool apply_stream_extra(Bytes name, Bytes value, Stream& stream, Epoch& epoch);

}  // namespace sorrel
