#include "server/jemalloc_allocator.h"

#ifdef SORREL_JEMALLOC

#include <jemalloc/jemalloc.h>

namespace sorrel {

Allocator program_allocator() {
  Allocator table = system_allocator();
  table.allocate = [](void*, size_t bytes) { return bytes == 0 ? nullptr : mallocx(bytes, 0); };
  table.free = [](void*, void* pointer, size_t bytes) {
    if (pointer != nullptr) sdallocx(pointer, bytes, 0);
  };
  table.footprint = [](void*, size_t bytes) { return bytes == 0 ? 0 : nallocx(bytes, 0); };
  return table;
}

}  // namespace sorrel

#else

namespace sorrel {

Allocator program_allocator() {
  return system_allocator();
}

}  // namespace sorrel

#endif
