// Commands on lists that give elements away.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> list_move_commands() {
  return {};
}

}  // namespace sorrel
