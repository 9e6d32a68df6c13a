// How a stream stands in the RDB format: its entries in listpacks, each under
// an ID in 16 bytes, highest byte first.
//
//   listpack  | live | deleted | fields | field … | 0 | entry …
//   entry     | flags | ms | seq | value … | elements | its fields are those
//   above
//             | flags | ms | seq | fields | field | value … | elements |
//
// An entry's ID is told as the difference to the listpack's. `elements` is how
// many stand before it in the entry, for whoever reads backwards.
#pragma once

#include "core/base/bytes.h"
#include "core/value/stream_id.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace sorrel::rdb_stream {

/// What Redis 5, 7.0 and 7.2 write. The first knows neither counts nor what was
/// deleted; the third knows when a consumer was given something.
enum class Form : uint8_t { kFirst = 1, kSecond = 2, kThird = 3 };

enum EntryFlag : int64_t { kDeleted = 1, kSameFields = 2 };

/// What stands before an entry's fields and values: flags and ID; and the
/// number of fields.
inline constexpr int64_t kHeadElements = 3;

using RawId = std::array<char, 2 * sizeof(uint64_t)>;

inline RawId raw_id(StreamId id) {
  RawId raw;
  const uint64_t parts[] = {__builtin_bswap64(id.ms), __builtin_bswap64(id.seq)};
  std::memcpy(raw.data(), parts, raw.size());
  return raw;
}
inline StreamId id_of(const char* raw) {
  uint64_t parts[2];
  std::memcpy(parts, raw, sizeof parts);
  return {__builtin_bswap64(parts[0]), __builtin_bswap64(parts[1])};
}

}  // namespace sorrel::rdb_stream
