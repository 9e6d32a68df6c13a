// proto-max-bulk-len as the limit of strings that commands build: no string can be made that
// couldn't be sent in one piece.
#pragma once

#include "core/command/context.h"

#include <cstdint>

namespace sorrel {

/// Whether a string may be `size` bytes long; the journal's and the primary's word is taken for it.
bool within_string_limit(const Context& context, uint64_t size);
/// True, or the error for a string of `size` + `more` bytes was answered.
bool check_string_limit(Context& context, uint64_t size, uint64_t more);

}  // namespace sorrel
