// The texts of the users' errors, one table. A client parses the first word; people search the web
// for the rest: both are exactly those of Redis.
#pragma once

#include "core/base/bytes.h"

#include <string>

namespace sorrel::errors {

/// A client's word as an error shows it. Redis prints it as a C string, so a NUL is its end.
inline std::string shown(Bytes word) {
  return std::string(word.substr(0, word.find('\0')));
}
inline std::string shown(Bytes word, size_t bytes_max) {
  return shown(word.substr(0, bytes_max));
}

inline constexpr Bytes kSyntax = "ERR syntax error";
inline constexpr Bytes kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr Bytes kNotAnInteger = "ERR value is not an integer or out of range";
inline constexpr Bytes kNotAFloat = "ERR value is not a valid float";
inline constexpr Bytes kNoSuchKey = "ERR no such key";
inline constexpr Bytes kOutOfRange = "ERR index out of range";
inline constexpr Bytes kPositive = "ERR value is out of range, must be positive";
inline constexpr Bytes kOffset = "ERR offset is out of range";
inline constexpr Bytes kOverflow = "ERR increment or decrement would overflow";
inline constexpr Bytes kDecrementOverflow = "ERR decrement would overflow";
inline constexpr Bytes kNotFinite = "ERR increment would produce NaN or Infinity";
inline constexpr Bytes kNotADigest = "ERR must be exactly 16 hexadecimal characters";
inline constexpr Bytes kStringTooLong =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr Bytes kStreamId = "ERR Invalid stream ID specified as stream command argument";
inline constexpr Bytes kInvalidDb = "ERR DB index is out of range";
inline constexpr Bytes kSameObject = "ERR source and destination objects are the same";
inline constexpr Bytes kLoading = "LOADING Redis is loading the dataset in memory";
inline constexpr Bytes kOom = "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr Bytes kNoAuth = "NOAUTH Authentication required.";
inline constexpr Bytes kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";
inline constexpr Bytes kHostMemory = "OOM the host has no memory for this command";

}  // namespace sorrel::errors
