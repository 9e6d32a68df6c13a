// Commands on the fields of a hash that expire.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> hash_expire_commands() {
  return {};
}

}  // namespace sorrel
