// What the kernel says of the process's memory.
#pragma once

#include <cstddef>

namespace sorrel {

/// Resident set in bytes, 0 when the kernel doesn't say. A system call or three.
size_t process_resident_bytes();

}  // namespace sorrel
