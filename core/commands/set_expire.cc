// Commands on the members of a set that expire.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> set_expire_commands() {
  return {};
}

}  // namespace sorrel
