// What a stream does by itself (core/value/stream_schedule.h), in an RDB file. The format has no
// place for it, and Redis no use. So it stands in "aux" fields behind the stream's key, which Redis
// passes over: it has the stream without bounds, and without the entries that are to come.
//
//   sorrel-stream-retention    KEY MAXLEN MAXBYTES MAXAGE-MS ALL|ACKED
//   sorrel-stream-delayed      KEY DELAYED-ID FIELD VALUE [FIELD VALUE …]      one for each entry
//
// with quotes where words need them. A payload of DUMP has no such place.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/keyspace/entry.h"
#include "core/keyspace/key_writer.h"

#include <functional>
#include <string>
#include <vector>

namespace sorrel {

inline constexpr Bytes kStreamRetentionField = "sorrel-stream-retention";
inline constexpr Bytes kStreamDelayedField = "sorrel-stream-delayed";

/// Calls `put` with each field that the key needs; hardly any key needs one.
void write_stream_schedule(const Entry& entry,
                           const std::function<void(Bytes name, Bytes value)>& put);

/// Of a field with one of these names: its words, of which the first is the key. Empty: damaged.
std::vector<std::string> stream_schedule_words(Bytes value);
/// To the key's stream, which is there. False: damaged.
[[nodiscard]] bool apply_stream_schedule(Bytes name, const std::vector<std::string>& words,
                                         KeyWriter& key);

}  // namespace sorrel
