// CRC-64 by carry-less multiplication, where the processor has it: 64 bytes a step.
//
// A run of bytes is a polynomial over GF(2), its first byte the highest coefficients; the checksum
// is its remainder. Multiplying the upper part by a power of x modulo the checksum's polynomial
// moves it down without changing the remainder ("folding"; Gopal and others, Fast CRC Computation
// Using PCLMULQDQ, Intel 2009). So a long run shrinks to 16 bytes with the same remainder, and
// those go through the tables.
//
// The caller's own detail: use core/base/crc64.h.
#pragma once

#include "core/base/bytes.h"

#include <array>
#include <cstdint>

namespace sorrel::crc64_fold {

/// Shorter runs are quicker through the tables.
inline constexpr size_t kBytesMin = 128;
inline constexpr size_t kStepBytes = 16;

/// Whether fold() may be called.
bool available();

/// Sixteen bytes that have the checksum, begun with 0, that `bytes` have when begun with `crc`. A
/// multiple of kStepBytes and at least kBytesMin of them.
std::array<char, 16> fold(uint64_t crc, Bytes bytes);

}  // namespace sorrel::crc64_fold
