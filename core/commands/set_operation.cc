// Commands on several sets.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> set_operation_commands() {
  return {};
}

}  // namespace sorrel
