// LATENCY: spikes by event, and how long each command's calls took.

#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

int64_t now_seconds(Context& context) {
  return context.now_ms() / 1000;
}

void latest_command(Context& context) {
  const auto& all = context.engine.latency().series();
  context.reply.array(all.size());
  for (const auto& [event, series] : all) {
    context.reply.array(4);
    context.reply.bulk(event);
    context.reply.integer(series.samples.back().unix_seconds);
    context.reply.integer(series.samples.back().ms);
    context.reply.integer(series.worst_ms);
  }
}

void history_command(Context& context) {
  const auto& all = context.engine.latency().series();
  const auto it = all.find(context.arg(2));
  if (it == all.end()) return context.reply.array(0);
  context.reply.array(it->second.samples.size());
  for (const auto& sample : it->second.samples) {
    context.reply.array(2);
    context.reply.integer(sample.unix_seconds);
    context.reply.integer(sample.ms);
  }
}

void graph_command(Context& context) {
  const auto& all = context.engine.latency().series();
  const auto it = all.find(context.arg(2));
  if (it == all.end()) {
    return context.error("ERR No samples available for event '" + std::string(context.arg(2)) +
                         "'");
  }
  context.reply.verbatim(latency_graph(it->second, it->first, now_seconds(context)), "txt");
}

void doctor_command(Context& context) {
  context.reply.verbatim(latency_advice(context.engine.latency()), "txt");
}

void reset_command(Context& context) {
  LatencyMonitor& monitor = context.engine.latency();
  int64_t reset = 0;
  if (context.argc() == 2) {
    while (!monitor.series().empty()) {
      const std::string event = monitor.series().begin()->first;
      reset += monitor.reset(event);
    }
  }
  for (const Bytes event : context.args.subspan(2)) reset += monitor.reset(event);
  context.reply.integer(reset);
}

// ---- HISTOGRAM: buckets of powers of two microseconds, counts up to and with each.

constexpr uint64_t kFirstBucketNs = 1024;
constexpr int kBuckets = 31;

void reply_histogram(ReplyWriter& reply, const Command& command) {
  const Histogram& histogram = command.durations;
  reply.bulk(command.parent == nullptr ? Bytes(command.name) : command.spec->name);
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<int64_t>(histogram.total()));
  reply.bulk("histogram_usec");
  const auto mark = reply.begin_map();
  size_t pairs = 0;
  uint64_t before = 0;
  for (int i = 0; i < kBuckets && before < histogram.total(); ++i) {
    // The end of the step that a power of two begins, as HdrHistogram reports it.
    const uint64_t bound = kFirstBucketNs << i;
    const uint64_t highest = bound + bound / 128 - 1;
    const uint64_t count = i + 1 == kBuckets ? histogram.total() : histogram.at_most(highest);
    if (count == before) continue;
    reply.integer(static_cast<int64_t>(highest / 1000));
    reply.integer(static_cast<int64_t>(count));
    before = count;
    ++pairs;
  }
  reply.end_map(mark, pairs);
}

void add_with_subcommands(std::vector<const Command*>& out, const Command* command) {
  if (command == nullptr) return;
  if (command->durations.total() != 0) out.push_back(command);
  for (const Command* sub : command->subcommands) add_with_subcommands(out, sub);
}

void histogram_command(Context& context) {
  std::vector<const Command*> shown;
  if (context.argc() == 2) {
    for (const auto& command : context.engine.commands().all()) {
      if (command->parent == nullptr) add_with_subcommands(shown, command.get());
    }
  }
  for (const Bytes name : context.args.subspan(2)) {
    add_with_subcommands(shown, context.engine.commands().find_full_name(name));
  }
  context.reply.map(shown.size());
  for (const Command* command : shown) reply_histogram(context.reply, *command);
}

constexpr uint32_t kWatch = kAdmin | kNoscript | kLoading | kStale;
constexpr Bytes kTips = "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr CommandSpec kRows[] = {
    server_row("latency", nullptr, -2, 0, "2.8.13", "What holds the server up, and how often.",
               "Depends on subcommand."),
    server_row("latency|doctor", doctor_command, 2, kWatch, "2.8.13",
               "Says what to do about the spikes.", "O(1)", "", kTips),
    server_row("latency|graph", graph_command, 3, kWatch, "2.8.13", "Draws the spikes of an event.",
               "O(1)", "event", kTips),
    server_row("latency|help", help_command, 2, kLoading | kStale, "2.8.13",
               "Lists the subcommands.", "O(1)"),
    server_row("latency|histogram", histogram_command, -2, kWatch, "7.0.0",
               "Tells how long the calls of commands took.", "O(N) for N commands",
               "[command [command ...]]", kTips),
    server_row("latency|history", history_command, 3, kWatch, "2.8.13",
               "Gives the spikes of an event.", "O(1)", "event", kTips),
    server_row("latency|latest", latest_command, 2, kWatch, "2.8.13",
               "Gives each event's newest spike.", "O(1)", "", kTips),
    server_row("latency|reset", reset_command, -2, kWatch, "2.8.13",
               "Forgets the spikes of events.", "O(1)", "[event [event ...]]",
               "request_policy:all_nodes response_policy:all_succeeded"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> latency_commands() {
  return kRows;
}

}  // namespace sorrel
