// jemalloc as the allocator table of the server program. The library itself links no allocator: an
// embedding program brings its own. Sanitizer builds have theirs, and get malloc here.
#pragma once

#include "core/base/allocator.h"

#include <string>

namespace sorrel {

Allocator program_allocator();
/// "jemalloc-5.3.0", or "libc".
std::string program_allocator_name();

}  // namespace sorrel
