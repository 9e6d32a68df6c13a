#include "core/gate.h"

#include "core/engine.h"

namespace sorrel {
namespace {

// What the call may do: EXEC does what was queued.
uint32_t effective_flags(const Context& context) {
  const uint32_t flags = context.command.spec->flags;
  const bool runs_queue = (flags & kRunsQueue) != 0 && context.session.in_multi();
  return runs_queue ? flags | context.session.transaction->command_flags() : flags;
}

Admission authentication(Context& context) {
  if (context.session.authenticated || (context.command.spec->flags & kNoAuth) != 0) {
    return Admission::kAdmitted;
  }
  context.refuse(errors::kNoAuth);
  return Admission::kRefused;
}

Admission debugging(Context& context) {
  if ((context.command.spec->flags & kDebugCommand) == 0) return Admission::kAdmitted;
  const Permission permission = context.engine.values().enable_debug_command;
  if (permission == Permission::kYes ||
      (permission == Permission::kLocal && context.session.has(Session::kLocal))) {
    return Admission::kAdmitted;
  }
  context.refuse(
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
      "can "
      "run it from a local connection, otherwise you need to set this option in the configuration "
      "file, and then restart the server.");
  return Admission::kRefused;
}

Admission transaction(Context& context) {
  if (!context.session.in_multi() || (context.command.spec->flags & kNoMulti) == 0) {
    return Admission::kAdmitted;
  }
  context.refuse("ERR Command not allowed inside a transaction");
  return Admission::kRefused;
}

// PING, too, so that whoever watches over the server learns of it.
Admission disk(Context& context) {
  const std::string& refusal = context.engine.write_refusal();
  if (refusal.empty()) return Admission::kAdmitted;
  const bool writes = (effective_flags(context) & kWrite) != 0;
  if (!writes && context.command.spec->name != "ping") return Admission::kAdmitted;
  context.refuse(refusal);
  return Admission::kRefused;
}

Admission loading(Context& context) {
  if (!context.engine.loading() || (context.command.spec->flags & kLoading) != 0) {
    return Admission::kAdmitted;
  }
  context.refuse(errors::kLoading);
  return Admission::kRefused;
}

// A RESP2 client can't tell a reply from a message, so while it is subscribed it may do little
// else.
Admission subscription(Context& context) {
  const Session& session = context.session;
  if (!session.has(Session::kSubscribed) || session.protocol == Protocol::kResp3 ||
      (context.command.spec->flags & kWhileSubscribed) != 0) {
    return Admission::kAdmitted;
  }
  context.refuse("ERR Can't execute '" + std::string(context.command.spec->name) +
                 "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                 "this context");
  return Admission::kRefused;
}

// What is queued takes memory, whatever it will do.
Admission memory(Context& context) {
  if (context.engine.values().maxmemory == 0) return Admission::kAdmitted;
  const uint32_t flags = effective_flags(context);
  const bool is_queued = context.session.in_multi() && (flags & kNeverQueued) == 0;
  if (context.engine.memory_limit().make_room() || (!is_queued && (flags & kDenyOom) == 0)) {
    return Admission::kAdmitted;
  }
  context.refuse(errors::kOom);
  return Admission::kRefused;
}

// What has no room in a table that was made smaller is told before anything else is answered.
Admission tracking(Context& context) {
  context.engine.keep_tracking_within_limit();
  return Admission::kAdmitted;
}

// Whoever is fed with other clients' commands is a replica in Redis's eyes, and passes by a pause.
Admission feeding(Context& context) {
  if (!context.session.has(Session::kMonitor | Session::kReplica) ||
      (effective_flags(context) & (kWrite | kReadonly | kMayReplicate)) == 0) {
    return Admission::kAdmitted;
  }
  context.refuse("ERR Replica can't interact with the keyspace");
  return Admission::kRefused;
}

Admission pausing(Context& context) {
  if (!context.engine.paused().active() || context.session.has(Session::kReplica)) {
    return Admission::kAdmitted;
  }
  const bool may_write = (effective_flags(context) & (kWrite | kMayReplicate)) != 0;
  if (!context.engine.paused().postpones(may_write)) return Admission::kAdmitted;
  context.session.set(Session::kPaused);
  return Admission::kPostponed;
}

using Check = Admission (*)(Context&);
constexpr Check kChecks[] = {debugging,    authentication, transaction, memory,  disk,
                             subscription, loading,        feeding,     pausing, tracking};

}  // namespace

Admission pass_gate(Context& context) {
  // Postponed for ever: the session is about to be closed.
  if (context.engine.stopped()) return Admission::kPostponed;
  if (context.session.has(Session::kInternal)) return Admission::kAdmitted;
  for (const Check check : kChecks) {
    const Admission admission = check(context);
    if (admission != Admission::kAdmitted) return admission;
  }
  return Admission::kAdmitted;
}

}  // namespace sorrel
