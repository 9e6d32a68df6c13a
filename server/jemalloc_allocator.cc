#include "server/jemalloc_allocator.h"

#include "server/page_discard.h"

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
  table.discard = discard_pages;
  table.purge = [](void*) {
    static_assert(MALLCTL_ARENAS_ALL == 4096);
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
  };
  return table;
}

// "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c": the release is enough.
std::string program_allocator_name() {
  const std::string version = JEMALLOC_VERSION;
  return "jemalloc-" + version.substr(0, version.find('-'));
}

}  // namespace sorrel

#else

namespace sorrel {

Allocator program_allocator() {
  Allocator table = system_allocator();
  table.discard = discard_pages;
  return table;
}

std::string program_allocator_name() {
  return "libc";
}

}  // namespace sorrel

#endif
