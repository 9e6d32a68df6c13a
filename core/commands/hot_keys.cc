// HOTKEYS: which keys take most time and traffic.
// Source: https://redis.io/docs/latest/commands/hotkeys/

#include "core/hot_keys.h"

#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <algorithm>

namespace sorrel {
namespace {

HotKeys::Cpu cpu_now(Context& context) {
  const ProcessFacts facts = context.engine.host().process_facts();
  return {static_cast<int64_t>(facts.cpu_user * 1000),
          static_cast<int64_t>(facts.cpu_system * 1000)};
}

// ---- HOTKEYS START.

/// Reads an integer within bounds; otherwise an error was answered.
std::optional<int64_t> parse_bounded(Context& context, Bytes text, int64_t least, int64_t most,
                                     Bytes problem) {
  const std::optional<int64_t> value = parse_integer(text);
  if (value && *value >= least && *value <= most) return value;
  context.error(problem);
  return std::nullopt;
}

/// `METRICS count [CPU] [NET]`; false when an error was answered.
bool parse_metrics(Context& context, Arguments& arguments, HotKeys::Options& options) {
  if (!arguments.take("METRICS") || arguments.done()) {
    context.error("ERR METRICS parameter is required");
    return false;
  }
  const auto count =
      parse_bounded(context, arguments.next(), 1, 2, "ERR METRICS count must be 1 or 2");
  if (!count) return false;
  for (int64_t named = 0; named < *count; ++named) {
    bool* const metric = arguments.take("CPU")   ? &options.by_time
                         : arguments.take("NET") ? &options.by_bytes
                                                 : nullptr;
    if (metric == nullptr || *metric) {
      context.error("ERR METRICS count doesn't match the metrics that are named");
      return false;
    }
    *metric = true;
  }
  return true;
}

bool parse_option(Context& context, Arguments& arguments, HotKeys::Options& options) {
  Bytes value;
  std::optional<int64_t> number;
  if (arguments.take("COUNT", value)) {
    number =
        parse_bounded(context, value, 1, HotKeys::kShownMax, "ERR COUNT must be between 1 and 64");
    if (number) options.shown = static_cast<size_t>(*number);
  } else if (arguments.take("DURATION", value)) {
    number = parse_bounded(context, value, 1, HotKeys::kDurationSecondsMax,
                           "ERR DURATION must be between 1 and 1000000");
    if (number) options.duration_ms = *number * 1000;
  } else if (arguments.take("SAMPLE", value)) {
    number = parse_bounded(context, value, 1, INT32_MAX, "ERR SAMPLE ratio must be positive");
    if (number) options.sample_one_in = *number;
  } else if (arguments.take("SLOTS")) {
    context.error("ERR SLOTS parameter cannot be used in non-cluster mode");
  } else {
    context.error(errors::kSyntax);
  }
  return number.has_value();
}

void start_command(Context& context) {
  HotKeys::Options options;
  Arguments arguments(context, 2);
  if (!parse_metrics(context, arguments, options)) return;
  while (!arguments.done()) {
    if (!parse_option(context, arguments, options)) return;
  }
  HotKeys& hot_keys = context.engine.hot_keys();
  if (hot_keys.active(context.now_ms())) {
    return context.error("ERR hotkeys collection is already in progress");
  }
  hot_keys.start(options, context.now_ms(), cpu_now(context));
  context.engine.call_watch().look_anew();
  context.reply.ok();
}

// ---- HOTKEYS STOP and RESET.

void stop_command(Context& context) {
  HotKeys& hot_keys = context.engine.hot_keys();
  if (!hot_keys.active(context.now_ms())) {
    return context.error("ERR no hotkeys collection is in progress");
  }
  hot_keys.stop(context.now_ms(), cpu_now(context));
  context.engine.call_watch().look_anew();
  context.reply.ok();
}

void reset_command(Context& context) {
  HotKeys& hot_keys = context.engine.hot_keys();
  if (hot_keys.active(context.now_ms())) {
    return context.error("ERR hotkeys collection is in progress: stop it first");
  }
  hot_keys.reset();
  context.reply.ok();
}

// ---- HOTKEYS GET.

void reply_number(Context& context, Bytes name, int64_t value) {
  context.reply.bulk(name);
  context.reply.integer(value);
}

void reply_names(Context& context, Bytes title, const TopNames& names, size_t shown) {
  context.reply.bulk(title);
  const auto largest = names.largest(shown);
  context.reply.array(largest.size() * 2);
  for (const auto& [name, amount] : largest) {
    context.reply.bulk(name);
    context.reply.integer(static_cast<int64_t>(amount));
  }
}

void get_command(Context& context) {
  const HotKeys& hot_keys = context.engine.hot_keys();
  const HotKeys::Collection* of = hot_keys.collection();
  if (of == nullptr) return context.reply.null();
  const int64_t now_ms = context.now_ms();
  const HotKeys::Options& options = of->options;
  const size_t fields = 7 + (options.by_time ? 3 : 0) + (options.by_bytes ? 2 : 0);
  context.reply.array(1);
  context.reply.map(fields);
  reply_number(context, "tracking-active", hot_keys.active(now_ms) ? 1 : 0);
  reply_number(context, "sample-ratio", options.sample_one_in);
  context.reply.bulk("selected-slots");
  context.reply.array(0);
  reply_number(context, "all-commands-all-slots-us", static_cast<int64_t>(of->microseconds));
  reply_number(context, "net-bytes-all-commands-all-slots", static_cast<int64_t>(of->bytes));
  reply_number(context, "collection-start-time-unix-ms", of->began_ms);
  reply_number(context, "collection-duration-ms", std::min(now_ms, of->ends_ms) - of->began_ms);
  if (options.by_time) {
    const HotKeys::Cpu cpu = of->cpu_after ? *of->cpu_after : cpu_now(context);
    reply_number(context, "total-cpu-time-user-ms", cpu.user_ms - of->cpu_before.user_ms);
    reply_number(context, "total-cpu-time-sys-ms", cpu.system_ms - of->cpu_before.system_ms);
  }
  if (options.by_bytes) {
    reply_number(context, "total-net-bytes", static_cast<int64_t>(of->bytes));
  }
  if (options.by_time) reply_names(context, "by-cpu-time-us", of->by_time, options.shown);
  if (options.by_bytes) reply_names(context, "by-net-bytes", of->by_bytes, options.shown);
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes summary,
                          Bytes complexity, Bytes syntax = {}) {
  return server_row(name, handler, arity, flags, "8.6.0", summary, complexity, syntax);
}

constexpr uint32_t kFlags = kAdmin | kNoscript;

constexpr CommandSpec kRows[] = {
    row("hotkeys", nullptr, -2, 0, "Which keys take most time and traffic.",
        "Depends on subcommand."),
    row("hotkeys|get", get_command, 2, kFlags, "Gives what was collected.",
        "O(N) for N keys that are shown"),
    row("hotkeys|help", help_command, 2, kLoading | kStale, "Lists the subcommands.", "O(1)"),
    row("hotkeys|reset", reset_command, 2, kFlags, "Forgets what was collected.", "O(1)"),
    row("hotkeys|start", start_command, -2, kFlags, "Begins to collect.", "O(1)",
        "METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio] "
        "[SLOTS count slot [slot ...]]"),
    row("hotkeys|stop", stop_command, 2, kFlags, "Ends collecting, and keeps what there is.",
        "O(1)"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hot_keys_commands() {
  return kRows;
}

}  // namespace sorrel
