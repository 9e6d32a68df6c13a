// The number of a database as an argument: of SELECT, MOVE and COPY.
#pragma once

#include "core/base/bytes.h"
#include "core/command/context.h"

#include <optional>

namespace sorrel {

/// nullopt when the error was answered: no integer, none of 32 bits, or no such database.
std::optional<int> parse_database_number(Context& context, Bytes text);

}  // namespace sorrel
