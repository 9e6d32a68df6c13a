// Commands on lists.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> list_commands() {
  return {};
}

}  // namespace sorrel
