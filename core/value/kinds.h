// The numbers by which the epoch tells the heap's blocks apart (core/structure/kind.h). The table's
// own kinds are its own; here are those of entries and values. A number is never used twice.
#pragma once

#include <cstdint>

namespace sorrel::kinds {

inline constexpr uint8_t kEntry = 0;
inline constexpr uint8_t kStringBody = 1;

}  // namespace sorrel::kinds
