// The position of a bit, as SETBIT, GETBIT and BITFIELD are given it.
#pragma once

#include "core/command/context.h"

#include <cstdint>
#include <optional>

namespace sorrel {

/// A bit that a string may have; nothing when an error was answered.
std::optional<uint64_t> parse_bit_offset(Context& context, Bytes text);
/// The same, or "#n": the n-th field of `width` bits.
std::optional<uint64_t> parse_field_offset(Context& context, Bytes text, unsigned width);

}  // namespace sorrel
