// What the kernel says of the process and of the machine.
#pragma once

#include "core/host.h"

#include <cstddef>
#include <functional>
#include <string>

namespace sorrel {

/// What an instance is told of the program around it: INFO shows it, CONFIG REWRITE needs the file.
struct ProgramFacts {
  std::string executable;
  std::string allocator_name = "libc";
  AllocatorControls* allocator_controls = nullptr;  // outlives the instance
  std::string config_file;
  std::string supervised = "no";
  std::function<void(Crash)> crash;  // none: the process isn't the server's own
};

/// Resident set in bytes, 0 when the kernel doesn't say. A few system calls.
size_t process_resident_bytes();

/// Process id, system, memory, and the CPU times up to now. Called on the instance's thread.
ProcessFacts read_process_facts();

}  // namespace sorrel
