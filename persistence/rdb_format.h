// The numbers of the RDB format (docs/formats/rdb.md): what a byte means where one is expected.
//
// A file is the word "REDIS" with four digits of version, then parts, each with an opcode before it
// or, when it is a key, the type of its value; then kEof and eight bytes of CRC-64.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>
#include <cstdint>

namespace sorrel::rdb {

inline constexpr Bytes kMagic = "REDIS";
inline constexpr size_t kVersionDigits = 4;

/// The oldest and newest version that is read.
inline constexpr int kVersionMin = 1;
inline constexpr int kVersionMax = 12;
/// From this one on a file ends with a checksum.
inline constexpr int kVersionOfChecksum = 5;

/// What is written: 10 is what redis-server 7.0 reads.
inline constexpr int kVersionWrittenMin = 10;
/// From this one on a small set of strings is written as a listpack, and a stream in its third
/// form.
inline constexpr int kVersionOfSetListpack = 11;
inline constexpr int kVersionOfStream3 = 11;
/// From this one on a hash's fields can expire.
inline constexpr int kVersionOfFieldExpiry = 12;

enum ValueType : uint8_t {
  kString = 0,
  kList = 1,
  kSet = 2,
  kZsetText = 3,  // scores as text
  kHash = 4,
  kZset = 5,  // scores in binary
  kModuleOld = 6,
  kModule = 7,
  kHashZipmap = 9,
  kListZiplist = 10,
  kSetIntset = 11,
  kZsetZiplist = 12,
  kHashZiplist = 13,
  kListQuicklist = 14,  // of ziplists
  kStream1 = 15,
  kHashListpack = 16,
  kZsetListpack = 17,
  kListQuicklist2 = 18,  // of listpacks and of elements that are too big for one
  kStream2 = 19,
  kSetListpack = 20,
  kStream3 = 21,
  kHashExpiringEarly = 22,  // from before Redis 7.4 was finished
  kHashListpackExpiringEarly = 23,
  kHashExpiring = 24,
  kHashListpackExpiring = 25,
};
inline constexpr uint8_t kValueTypeMax = kHashListpackExpiring;

/// Whether the byte says that a key follows.
constexpr bool is_value_type(uint8_t byte) {
  return byte <= kModule || (byte >= kHashZipmap && byte <= kValueTypeMax);
}

/// The first version that knows a type, of those that are written.
constexpr int version_of(uint8_t type) {
  if (type == kSetListpack) return kVersionOfSetListpack;
  if (type == kStream3) return kVersionOfStream3;
  return type >= kHashExpiringEarly ? kVersionOfFieldExpiry : kVersionWrittenMin;
}

enum Opcode : uint8_t {
  kSlotInfo = 244,
  kFunction2 = 245,
  kFunctionEarly = 246,
  kModuleAux = 247,
  kIdle = 248,
  kFreq = 249,
  kAux = 250,
  kResizeDb = 251,
  kExpireMs = 252,
  kExpireSeconds = 253,
  kSelectDb = 254,
  kEof = 255,
};

/// The first two bits of a length.
inline constexpr uint8_t kLength6 = 0;
inline constexpr uint8_t kLength14 = 1;
inline constexpr uint8_t kLengthSpecial = 3;
/// The whole byte before a longer one.
inline constexpr uint8_t kLength32 = 0x80;
inline constexpr uint8_t kLength64 = 0x81;

/// How a string is written that has kLengthSpecial.
enum StringForm : uint8_t { kInt8 = 0, kInt16 = 1, kInt32 = 2, kLzf = 3 };

/// The parts of a module's value.
enum ModulePart : uint8_t {
  kModuleEof = 0,
  kModuleSigned = 1,
  kModuleUnsigned = 2,
  kModuleFloat = 3,
  kModuleDouble = 4,
  kModuleString = 5,
};

/// How a node of kListQuicklist2 is held.
enum QuicklistNode : uint8_t { kPlainNode = 1, kPackedNode = 2 };

}  // namespace sorrel::rdb
