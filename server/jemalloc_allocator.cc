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
ProgramAllocator describe_program_allocator() {
  const std::string version = JEMALLOC_VERSION;
  size_t never = size_t{1} << 62;
  // Of the first arena, which is the main thread's; before 5.3 it can't be set, and stays.
  mallctl("arena.0.oversize_threshold", nullptr, nullptr, &never, sizeof never);
  return {"jemalloc-" + version.substr(0, version.find('-')), [](bool on) {
            return mallctl("background_thread", nullptr, nullptr, &on, sizeof on) == 0;
          }};
}

}  // namespace sorrel

#else

namespace sorrel {

Allocator program_allocator() {
  Allocator table = system_allocator();
  table.discard = discard_pages;
  return table;
}

ProgramAllocator describe_program_allocator() {
  return {"libc", [](bool on) { return !on; }};
}

}  // namespace sorrel

#endif
