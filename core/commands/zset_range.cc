// Commands on ranges of a sorted set.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> zset_range_commands() {
  return {};
}

}  // namespace sorrel
