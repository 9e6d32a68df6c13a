// Commands on HyperLogLogs.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> hyperloglog_commands() {
  return {};
}

}  // namespace sorrel
