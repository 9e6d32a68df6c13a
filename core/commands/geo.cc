// Commands on places on earth, kept as a sorted set of 52-bit geohashes.

#include "core/commands/commands.h"

namespace sorrel {

std::span<const CommandSpec> geo_commands() {
  return {};
}

}  // namespace sorrel
