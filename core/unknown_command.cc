#include "core/unknown_command.h"

#include "core/base/text.h"
#include "core/client_info.h"
#include "core/engine.h"

namespace sorrel {
namespace {

// A browser that was led to our port: one line a minute tells of it.
constexpr int64_t kAttackLogIntervalMs = 60'000;
// What the error repeats of the arguments.
constexpr size_t kShownBytesMax = 128;

}  // namespace

void UnknownCommand::refuse(Session& session, std::span<const Bytes> args) {
  if (equals_ignore_case(args[0], "post") || equals_ignore_case(args[0], "host:")) {
    return abort_http(session);
  }
  if (session.in_multi()) session.transaction->refused = true;
  const std::string text = error(args);
  engine_.stats().count_error(text);
  ReplyWriter(engine_.output_of(session), session.protocol).error(text);
}

// A parent is there, but not that subcommand of it; or nothing at all.
std::string UnknownCommand::error(std::span<const Bytes> args) const {
  const Command* const parent = engine_.commands().find(args[0]);
  if (parent != nullptr && args.size() < 2) {
    return "ERR wrong number of arguments for '" + parent->name + "' command";
  }
  if (parent != nullptr) {
    const bool is_debug = (parent->spec->flags & kDebugCommand) != 0;
    return std::string("ERR unknown subcommand ") +
           (is_debug ? "or wrong number of arguments for '" : "'") +
           errors::shown(args[1], kShownBytesMax) + "'. Try " + upper(parent->name) + " HELP.";
  }
  std::string rest;
  for (size_t i = 1; i < args.size() && rest.size() < kShownBytesMax; ++i) {
    rest += "'" + errors::shown(args[i], kShownBytesMax - rest.size()) + "' ";
  }
  return "ERR unknown command '" + errors::shown(args[0], kShownBytesMax) +
         "', with args beginning with: " + rest;
}

void UnknownCommand::abort_http(Session& session) {
  session.set(Session::kCloseNow);
  const int64_t now_ms = engine_.now_ms();
  if (attack_logged_ms_ != 0 && now_ms - attack_logged_ms_ < kAttackLogIntervalMs) return;
  attack_logged_ms_ = now_ms;
  engine_.host().log(
      LogLevel::kWarning,
      "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
      "commands to Redis. This is likely due to an attacker attempting to use Cross Protocol "
      "Scripting to compromise your Redis instance. Connection aborted: " +
          client_line(session, now_ms));
}

}  // namespace sorrel
