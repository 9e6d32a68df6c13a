// SLOWLOG and COMMANDLOG: what calls took long or were large.

#include "core/base/number.h"
#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

constexpr int64_t kDefaultCount = 10;

std::optional<CommandLog::Kind> parse_kind(Context& context, Bytes word) {
  if (equals_ignore_case(word, "slow")) return CommandLog::Kind::kSlow;
  if (equals_ignore_case(word, "large-request")) return CommandLog::Kind::kLargeRequest;
  if (equals_ignore_case(word, "large-reply")) return CommandLog::Kind::kLargeReply;
  context.error("ERR type should be one of the following: slow, large-request, large-reply");
  return std::nullopt;
}

void get_generic(Context& context, CommandLog::Kind kind, int64_t count) {
  const auto& entries = context.engine.command_log().entries(kind);
  const size_t shown =
      count < 0 ? entries.size() : std::min(entries.size(), static_cast<size_t>(count));
  ReplyWriter& reply = context.reply;
  reply.array(shown);
  for (size_t i = 0; i < shown; ++i) {
    const CommandLog::Entry& entry = entries[i];
    reply.array(6);
    reply.integer(entry.id);
    reply.integer(entry.unix_seconds);
    reply.integer(entry.amount);
    reply.array(entry.arguments.size());
    for (const std::string& argument : entry.arguments) reply.bulk(argument);
    reply.bulk(entry.address);
    reply.bulk(entry.client_name);
  }
}

std::optional<int64_t> parse_count(Context& context, Bytes text) {
  const std::optional<int64_t> count = parse_integer(text);
  if (count && *count >= -1) return count;
  context.error("ERR count should be greater than or equal to -1");
  return std::nullopt;
}

void slowlog_get_command(Context& context) {
  if (context.argc() > 3) return context.wrong_subcommand();
  std::optional<int64_t> count = kDefaultCount;
  if (context.argc() == 3) count = parse_count(context, context.arg(2));
  if (count) get_generic(context, CommandLog::Kind::kSlow, *count);
}

void slowlog_len_command(Context& context) {
  context.reply.integer(
      static_cast<int64_t>(context.engine.command_log().entries(CommandLog::Kind::kSlow).size()));
}

void slowlog_reset_command(Context& context) {
  context.engine.command_log().clear(CommandLog::Kind::kSlow);
  context.reply.ok();
}

void commandlog_get_command(Context& context) {
  const std::optional<int64_t> count = parse_count(context, context.arg(2));
  if (!count) return;
  if (const auto kind = parse_kind(context, context.arg(3))) get_generic(context, *kind, *count);
}

void commandlog_len_command(Context& context) {
  if (const auto kind = parse_kind(context, context.arg(2))) {
    context.reply.integer(static_cast<int64_t>(context.engine.command_log().entries(*kind).size()));
  }
}

void commandlog_reset_command(Context& context) {
  if (const auto kind = parse_kind(context, context.arg(2))) {
    context.engine.command_log().clear(*kind);
    context.reply.ok();
  }
}

// Whether a handler is null isn't a constant under the sanitizers; its name's shape is.
constexpr bool is_parent(Bytes name) {
  return name.find('|') == Bytes::npos;
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes since,
                          Bytes summary, Bytes syntax = {}, Bytes tips = {}) {
  const Bytes complexity = is_parent(name) ? "Depends on subcommand." : "O(N) for N entries";
  return server_row(name, handler, arity, flags, since, summary, complexity, syntax, tips);
}

constexpr uint32_t kLog = kAdmin | kLoading | kStale;
constexpr Bytes kGetTips = "request_policy:all_nodes nondeterministic_output";
constexpr Bytes kLenTips =
    "request_policy:all_nodes response_policy:agg_sum nondeterministic_output";
constexpr Bytes kResetTips = "request_policy:all_nodes response_policy:all_succeeded";

constexpr CommandSpec kRows[] = {
    row("slowlog", nullptr, -2, 0, "2.2.12", "The last calls that took long."),
    row("slowlog|get", slowlog_get_command, -2, kLog, "2.2.12", "Gives the newest entries.",
        "[count]", kGetTips),
    row("slowlog|help", help_command, 2, kLoading | kStale, "6.2.0", "Lists the subcommands."),
    row("slowlog|len", slowlog_len_command, 2, kLog, "2.2.12", "Counts the entries.", "", kLenTips),
    row("slowlog|reset", slowlog_reset_command, 2, kLog, "2.2.12", "Forgets the entries.", "",
        kResetTips),
    // Valkey 8.1: valkey.io/commands/commandlog
    row("commandlog", nullptr, -2, 0, "8.1.0", "The last calls that took long or were large."),
    row("commandlog|get", commandlog_get_command, 4, kLog, "8.1.0", "Gives the newest entries.",
        "count slow|large-request|large-reply", kGetTips),
    row("commandlog|help", help_command, 2, kLoading | kStale, "8.1.0", "Lists the subcommands."),
    row("commandlog|len", commandlog_len_command, 3, kLog, "8.1.0", "Counts the entries.",
        "slow|large-request|large-reply", kLenTips),
    row("commandlog|reset", commandlog_reset_command, 3, kLog, "8.1.0", "Forgets the entries.",
        "slow|large-request|large-reply", kResetTips),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> command_log_commands() {
  return kRows;
}

}  // namespace sorrel
