// Gives pages of memory back to the system while their addresses stay ours: Allocator::discard.
#pragma once

#include <sys/mman.h>

#include <cstddef>

namespace sorrel {

/// For memory that malloc made: the next touch finds zeros.
inline void discard_pages(void* /*context*/, void* from, size_t bytes) {
  madvise(from, bytes, MADV_DONTNEED);
}

}  // namespace sorrel
