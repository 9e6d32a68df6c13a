// Numbers as redis.conf spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sorrel {

/// A decimal integer in the one spelling it would be printed with: no plus, blanks, leading zeros.
std::optional<int64_t> parse_integer(std::string_view text);

/// Bytes with an optional unit: b, k kb, m mb, g gb, in either case; k is 1000 and kb 1024. Empty
/// is 0. Unlike Redis, which wraps around, an amount that doesn't fit is refused, and so is a unit
/// without a number.
std::optional<int64_t> parse_memory(std::string_view text);

/// The whole of `text` as an unsigned number.
std::optional<uint64_t> parse_unsigned(std::string_view text, int base);

/// In the largest unit that divides it: 64mb.
std::string memory_in_units(int64_t bytes);

std::string to_octal(int64_t value);

}  // namespace sorrel
