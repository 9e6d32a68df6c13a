// Which of the heaps an instance gets.
#pragma once

#include "core/base/allocator.h"
#include "core/structure/heap.h"

#include <cstdint>
#include <memory>

namespace sorrel {

enum class HeapKind : uint8_t {
  kSlabs,
  kPassThrough,  // every block is the host's own: a sanitizer sees each use after free
};

#ifdef SORREL_SANITIZED
inline constexpr HeapKind kHeapOfThisBuild = HeapKind::kPassThrough;
#else
inline constexpr HeapKind kHeapOfThisBuild = HeapKind::kSlabs;
#endif

std::unique_ptr<Heap> make_heap(HeapKind kind, const Allocator& allocator);

}  // namespace sorrel
