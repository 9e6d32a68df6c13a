// What a stream does by itself (core/value/stream_schedule.h), in an RDB file. The format has no
// place for it, and Redis no use. So it stands in "aux" fields behind the stream's key, which Redis
// passes over: it has the stream without bounds, and without the entries that are to come.
//
//   sorrel-stream-retention    KEY MAXLEN MAXBYTES MAXAGE-MS ALL|ACKED
//   sorrel-stream-delayed      KEY DELAYED-ID FIELD VALUE [FIELD VALUE …]      one for each entry
//
// with quotes where words need them. In a payload of DUMP they stand behind the value, and KEY is
// empty.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/epoch.h"
#include "core/value/stream.h"

#include <functional>
#include <string>
#include <vector>

namespace sorrel {

inline constexpr Bytes kStreamRetentionField = "sorrel-stream-retention";
inline constexpr Bytes kStreamDelayedField = "sorrel-stream-delayed";

/// Calls `put` with each field that the key's stream needs; hardly any needs one.
void write_stream_schedule(Bytes key, const Stream& stream,
                           const std::function<void(Bytes name, Bytes value)>& put);

bool is_stream_schedule(Bytes name);

/// Of a field with one of these names: its words, of which the first is the key. Empty: damaged.
std::vector<std::string> stream_schedule_words(Bytes value);
/// False: damaged.
[[nodiscard]] bool apply_stream_schedule(Bytes name, const std::vector<std::string>& words,
                                         Stream& stream, Epoch& epoch);

}  // namespace sorrel
