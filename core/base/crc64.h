// CRC-64 by Jones (polynomial 0xad93d23594c935a9, reflected, start 0, no final xor): the checksum
// at the end of an RDB file and of a DUMP payload. Check value: crc64(0, "123456789") ==
// 0xe9c6d914c4b8d9ca.
//
// Long runs go by carry-less multiplication where the processor has it (core/base/crc64_fold.h: 7
// to 9 GB/s where the tables give 0.9); else, and for the rest, slicing by 8: eight tables of 2 KiB
// take eight bytes at once.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>

namespace sorrel {

/// Continues from `crc`: crc64(crc64(0, a), b) is the checksum of a followed by b.
uint64_t crc64(uint64_t crc, Bytes bytes);
/// The same by the tables alone, on any processor.
uint64_t crc64_by_tables(uint64_t crc, Bytes bytes);

}  // namespace sorrel
