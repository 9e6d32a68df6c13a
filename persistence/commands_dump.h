// The rows of DUMP and RESTORE: a value's RDB form, out of a key and into one.
#pragma once

#include "core/command/spec.h"

#include <span>

namespace sorrel {

std::span<const CommandSpec> dump_commands();

}  // namespace sorrel
