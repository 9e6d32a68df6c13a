// Amounts as redis.conf spells them, beside the plain numbers of core/base/number.h.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

/// Bytes with an optional unit: b, k kb, m mb, g gb, in either case; k is 1000 and kb 1024. Empty
/// is 0. Where Redis wraps around, an amount that doesn't fit is the largest there is, so that
/// bounds refuse it; a unit without a number is nothing.
std::optional<uint64_t> memory_from_text(Bytes text);

/// The same for an amount without other bounds than an int64's.
std::optional<int64_t> int64_memory_from_text(Bytes text);

/// In the largest unit that divides it: 64mb.
std::string memory_in_units(int64_t bytes);

std::optional<int64_t> octal_from_text(Bytes text);
std::string octal_text(int64_t value);

}  // namespace sorrel
