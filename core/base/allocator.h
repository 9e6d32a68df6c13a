// Allocator: the host's memory functions, as a table that is given in.
//
// The library never links an allocator of its own: a host chooses (the server installs jemalloc, a
// test counts, an embedding application keeps its own). All pointers are aligned to 16 bytes.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace sorrel {

struct Allocator {
  /// Returns nullptr when there is no memory.
  void* (*allocate)(void* context, size_t bytes);
  /// `bytes` is what was asked for.
  void (*free)(void* context, void* pointer, size_t bytes);
  /// What an allocation of `bytes` really takes.
  size_t (*footprint)(void* context, size_t bytes);
  void* context;
  /// May be null. These bytes, within an allocation, hold nothing: whole pages of them may go back
  /// to the system until they are written to again. Addresses are multiples of 4096.
  void (*discard)(void* context, void* from, size_t bytes) = nullptr;
  /// May be null. What is kept of freed memory for reuse may go back to the system (MEMORY PURGE).
  void (*purge)(void* context) = nullptr;
};

/// malloc and free of the C library.
inline Allocator system_allocator() {
  return Allocator{
      [](void*, size_t bytes) { return std::malloc(bytes); },
      [](void*, void* pointer, size_t) { std::free(pointer); },
      // glibc: 8 bytes of header, steps of 16, at least 32.
      [](void*, size_t bytes) { return bytes < 24 ? size_t{32} : (bytes + 8 + 15) & ~size_t{15}; },
      nullptr};
}

}  // namespace sorrel
