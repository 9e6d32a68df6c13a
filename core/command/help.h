// The HELP of a command with subcommands, from the rows of those.
#pragma once

#include "core/command/context.h"

namespace sorrel {

/// Handler of every "parent|help" row.
void help_command(Context& context);

}  // namespace sorrel
