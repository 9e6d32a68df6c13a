// Commands on several sorted sets.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> zset_operation_commands() {
  return {};
}

}  // namespace sorrel
