// MIGRATE: what the engine's table gets from Persistence, which owns the migrations
// (persistence/migrations.h). The rows alone; they find Persistence as the engine's Durability.
#pragma once

#include "core/command/spec.h"

#include <span>

namespace sorrel {

std::span<const CommandSpec> migrate_commands();

}  // namespace sorrel
