// jemalloc as the allocator of the server program. The library itself links no allocator: an
// embedding program brings its own. Sanitizer builds have theirs, and get malloc here.
//
// jemalloc keeps freed pages for ten seconds and gives back what nobody has wanted by then, in the
// middle of whatever call of malloc or free comes next: milliseconds after much was freed. So that
// is left to threads of its own (jemalloc-bg-thread), and its other habit, to give back at once
// what has become eight megabytes in one piece, is switched off.
#pragma once

#include "core/base/allocator.h"
#include "core/host.h"

#include <memory>
#include <string>

namespace sorrel {

/// What Program wants to know of it.
struct ProgramAllocator {
  std::string name;  // "jemalloc-5.3.0", or "libc"
  /// Has freed pages go back to the system from a thread of the allocator's own, or else from calls
  /// of malloc and free. False when it can't.
  bool (*free_in_background)(bool on);
  std::unique_ptr<AllocatorControls> controls;  // nullptr: it has none
};

Allocator program_allocator();
/// Of the thread that is to turn the loop.
ProgramAllocator describe_program_allocator();

}  // namespace sorrel
