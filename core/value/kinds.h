// The numbers by which the epoch tells the heap's blocks apart (core/structure/kind.h). The table's
// own kinds are its own; here are those of entries and values. A number is never used twice.
#pragma once

#include <cstdint>

namespace sorrel::kinds {

inline constexpr uint8_t kEntry = 0;
inline constexpr uint8_t kStringBody = 1;
// 2 and 3 are Pack and IntPack (core/structure).
inline constexpr uint8_t kCollection = 4;
inline constexpr uint8_t kHashField = 5;
inline constexpr uint8_t kHashNode = 6;  // of a hash's expiries
inline constexpr uint8_t kListNode = 7;
inline constexpr uint8_t kSetMember = 8;
inline constexpr uint8_t kSetNode = 9;  // of a set's expiries
inline constexpr uint8_t kZsetMember = 10;
inline constexpr uint8_t kZsetNode = 11;
inline constexpr uint8_t kStringChunk = 12;
inline constexpr uint8_t kStringNode = 13;
inline constexpr uint8_t kChunkedString = 14;
inline constexpr uint8_t kStreamBlock = 15;
inline constexpr uint8_t kStreamNode = 16;
inline constexpr uint8_t kStreamProducers = 17;
inline constexpr uint8_t kStreamProducerNode = 18;
inline constexpr uint8_t kStreamSchedule = 19;
// Of a stream's consumer groups.
inline constexpr uint8_t kStreamGroups = 24;
inline constexpr uint8_t kStreamGroup = 25;
inline constexpr uint8_t kStreamGroupNode = 26;
inline constexpr uint8_t kStreamName = 27;
inline constexpr uint8_t kPendingNode = 28;
inline constexpr uint8_t kPendingTimeNode = 29;
inline constexpr uint8_t kPendingOwnerNode = 30;
inline constexpr uint8_t kConsumerNode = 31;
inline constexpr uint8_t kConsumerNameNode = 32;
inline constexpr uint8_t kExpiryPage = 40;  // core/keyspace/expiry.h
inline constexpr uint8_t kTrackedKey = 48;  // core/tracked_key.h, in an epoch of its own

}  // namespace sorrel::kinds
