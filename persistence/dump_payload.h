// A dump payload: one value outside of any file, as DUMP gives it, and RESTORE and MIGRATE take it.
//
//   | type | value | extras | version (2) | CRC-64 of all before (8) |       little endian
//
// Type and value are as in a file (docs/formats/rdb.md). Extras are aux fields as in a file, with
// what Redis has no place for: of streams (rdb_stream_extras.h, rdb_stream_schedule.h) and of
// members that expire (rdb_member_expiry.h). Hardly any value needs one; Redis doesn't look behind
// the value.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/keyspace/entry.h"
#include "core/value/value_context.h"
#include "persistence/rdb_value.h"

#include <string>

namespace sorrel {

/// `version` is rdb-version's; what it can't tell is written in a newer one.
std::string make_dump_payload(const Entry& entry, int version, bool compress);

/// Whether it is a payload of a version that is read, and its checksum is right.
bool is_dump_payload(Bytes payload);

/// Reads the value of one that is. The value is empty after a failure; there is none without
/// elements, unless it is a stream.
Status read_dump_payload(Bytes payload, ValueContext& values, RdbValue& value);

}  // namespace sorrel
