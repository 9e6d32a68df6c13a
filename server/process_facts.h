// What the kernel says of the process and of the machine.
#pragma once

#include "core/host.h"

#include <cstddef>

namespace sorrel {

/// Resident set in bytes, 0 when the kernel doesn't say. A few system calls.
size_t process_resident_bytes();

/// Process id, system, memory, and the CPU times up to now. Called on the instance's thread.
ProcessFacts read_process_facts();

}  // namespace sorrel
