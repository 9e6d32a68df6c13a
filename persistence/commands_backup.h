// The rows of BACKUP: a copy of the data in a directory of its own (backup.h).
#pragma once

#include "core/command/spec.h"

#include <span>

namespace sorrel {

std::span<const CommandSpec> backup_commands();

}  // namespace sorrel
