// The sizes that small blocks of a heap are rounded up to, and their numbers.
//
// Up to 512 bytes in steps of 8, up to 1024 in steps of 16: no block wastes more than 7 bytes,
// or 15.
#pragma once

#include <cstddef>

namespace sorrel::size_class {

inline constexpr size_t kFineBytesMax = 512;
inline constexpr size_t kFineStep = 8;
inline constexpr size_t kBytesMax = 1024;
inline constexpr size_t kStep = 16;

/// 0 is for 0 bytes, and its blocks are as big as those of 1.
constexpr size_t of(size_t bytes) {
  if (bytes <= kFineBytesMax) return (bytes + kFineStep - 1) / kFineStep;
  return (bytes + kStep - 1) / kStep + kFineBytesMax / kStep;
}
inline constexpr size_t kCount = of(kBytesMax) + 1;

constexpr size_t bytes(size_t number) {
  if (number == 0) return kFineStep;
  if (number <= kFineBytesMax / kFineStep) return number * kFineStep;
  return (number - kFineBytesMax / kStep) * kStep;
}
static_assert(of(kFineBytesMax) + 1 == of(kFineBytesMax + 1));
static_assert(bytes(kCount - 1) == kBytesMax);

}  // namespace sorrel::size_class
