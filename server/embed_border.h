// The border of the C interface: nothing that is thrown inside crosses it.
#pragma once

#include "sorrel/sorrel.h"

#include <new>

namespace sorrel {

/// What `body` returns, or the status of what it threw.
template <typename Body>
sorrel_status at_border(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return SORREL_NO_MEMORY;
  } catch (...) {
    return SORREL_FAILED;
  }
}

}  // namespace sorrel
