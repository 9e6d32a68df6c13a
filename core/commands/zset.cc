// Commands on sorted sets.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> zset_commands() {
  return {};
}

}  // namespace sorrel
