#include "core/gate.h"

#include "core/engine.h"

namespace sorrel {
namespace {

Admission authentication(Context& context) {
  if (context.session.authenticated || (context.command.spec->flags & kNoAuth) != 0) {
    return Admission::kAdmitted;
  }
  context.error(errors::kNoAuth);
  return Admission::kRefused;
}

using Check = Admission (*)(Context&);
constexpr Check kChecks[] = {authentication};

}  // namespace

Admission pass_gate(Context& context) {
  for (const Check check : kChecks) {
    const Admission admission = check(context);
    if (admission != Admission::kAdmitted) return admission;
  }
  return Admission::kAdmitted;
}

}  // namespace sorrel
