// The gate: what a call must pass before its handler runs.
//
// An ordered list of small checks, one function each; the order is Redis's, because a client sees
// which refusal comes first. A check that refuses has answered. Calls for which nothing special is
// on (Engine::quiet_) skip the list: arity is checked before.
#pragma once

#include "core/command/context.h"

namespace sorrel {

enum class Admission : uint8_t {
  kAdmitted,
  kRefused,    // an error was answered
  kPostponed,  // nothing was answered; the call is to be offered again
};

Admission pass_gate(Context& context);

}  // namespace sorrel
