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

Admission debugging(Context& context) {
  if ((context.command.spec->flags & kDebugCommand) == 0) return Admission::kAdmitted;
  const Permission permission = context.engine.values().enable_debug_command;
  if (permission == Permission::kYes ||
      (permission == Permission::kLocal && context.session.has(Session::kLocal))) {
    return Admission::kAdmitted;
  }
  context.error(
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
      "can "
      "run it from a local connection, otherwise you need to set this option in the configuration "
      "file, and then restart the server.");
  return Admission::kRefused;
}

Admission memory(Context& context) {
  if (context.engine.values().maxmemory == 0 || context.session.has(Session::kInternal)) {
    return Admission::kAdmitted;
  }
  if (context.engine.make_room() || (context.command.spec->flags & kDenyOom) == 0) {
    return Admission::kAdmitted;
  }
  context.error(errors::kOom);
  return Admission::kRefused;
}

Admission pausing(Context& context) {
  if (!context.engine.paused().active() || context.session.has(Session::kReplica)) {
    return Admission::kAdmitted;
  }
  const bool may_write = (context.command.spec->flags & (kWrite | kMayReplicate)) != 0;
  if (!context.engine.paused().postpones(may_write)) return Admission::kAdmitted;
  context.session.set(Session::kPaused);
  return Admission::kPostponed;
}

using Check = Admission (*)(Context&);
constexpr Check kChecks[] = {debugging, authentication, memory, pausing};

}  // namespace

Admission pass_gate(Context& context) {
  for (const Check check : kChecks) {
    const Admission admission = check(context);
    if (admission != Admission::kAdmitted) return admission;
  }
  return Admission::kAdmitted;
}

}  // namespace sorrel
