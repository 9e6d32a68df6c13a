// Commands on hashes.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> hash_commands() {
  return {};
}

}  // namespace sorrel
