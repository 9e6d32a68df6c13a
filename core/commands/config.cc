// CONFIG: the settings at run time.

#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

void get_command(Context& context) {
  const auto found = context.engine.settings().get(context.args.subspan(2));
  context.reply.map(found.size());
  for (const auto& [name, value] : found) {
    context.reply.bulk(name);
    context.reply.bulk(value);
  }
}

void set_command(Context& context) {
  // Values may be secrets; names aren't.
  for (size_t i = 3; i < context.argc(); i += 2) context.redact(i);
  if (context.argc() % 2 != 0) return context.error(errors::kSyntax);
  std::vector<Settings::NamedValue> assignments;
  for (size_t i = 2; i < context.argc(); i += 2) {
    assignments.emplace_back(context.arg(i), context.arg(i + 1));
  }
  Settings::Caller caller;
  caller.is_loading = context.engine.loading();
  caller.is_local = context.session.has(Session::kLocal | Session::kInProcess);
  if (const auto refusal = context.engine.settings().set_many(assignments, caller)) {
    return context.error(*refusal);
  }
  context.reply.ok();
}

void resetstat_command(Context& context) {
  context.engine.reset_statistics();
  context.reply.ok();
}

void rewrite_command(Context& context) {
  const Status status = context.engine.host().rewrite_config(RewriteScope::kChanged);
  if (!status) return context.error("ERR " + status.message());
  context.reply.ok();
}

constexpr uint32_t kFlags = kAdmin | kNoscript | kLoading | kStale;

constexpr CommandSpec kRows[] = {
    server_row("config", nullptr, -2, 0, "2.0.0", "Reads and changes settings.",
               "Depends on subcommand."),
    server_row("config|get", get_command, -3, kFlags, "2.0.0",
               "Gives the settings that match patterns.", "O(N) for N settings",
               "parameter [parameter ...]"),
    server_row("config|help", help_command, 2, kLoading | kStale, "5.0.0", "Lists the subcommands.",
               "O(1)"),
    server_row("config|resetstat", resetstat_command, 2, kFlags, "2.0.0",
               "Sets the statistics back.", "O(1)"),
    server_row("config|rewrite", rewrite_command, 2, kFlags, "2.8.0",
               "Writes the settings into the configuration file.", "O(1)"),
    server_row("config|set", set_command, -4, kFlags, "2.0.0", "Changes settings, all or none.",
               "O(N) for N settings", "parameter value [parameter value ...]",
               "request_policy:all_nodes response_policy:all_succeeded"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> config_commands() {
  return kRows;
}

}  // namespace sorrel
