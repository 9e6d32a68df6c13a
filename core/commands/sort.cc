// Commands on SORT.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> sort_commands() {
  return {};
}

}  // namespace sorrel
