// The rows of the commands on an instance's files: SAVE, BGSAVE, LASTSAVE, DEBUG RELOAD.
#pragma once

#include "core/command/spec.h"

#include <span>

namespace sorrel {

std::span<const CommandSpec> persistence_commands();

}  // namespace sorrel
