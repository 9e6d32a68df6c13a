// Commands on sets.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> set_commands() {
  return {};
}

}  // namespace sorrel
