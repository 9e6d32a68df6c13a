// Digest: what DIGEST answers and IFDEQ and IFDNE compare: a string's XXH3 hash of 64 bits, seed 0,
// as 16 hexadecimal digits.
//
// Clients compute it themselves, so it is a wire format and depends on the bytes alone; it is not
// the keyspace's hash. Source: https://redis.io/docs/latest/commands/digest/ ("Hello world" gives
// b6acb9d84a38ff74).
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <optional>

namespace sorrel {

constexpr size_t kDigestChars = 16;

uint64_t string_digest(Bytes bytes);
/// Writes kDigestChars lower-case digits.
void format_digest(char* out, uint64_t digest);
/// Exactly kDigestChars hexadecimal digits of either case.
std::optional<uint64_t> parse_digest(Bytes text);

}  // namespace sorrel
