// Commands on the server as a whole: INFO, TIME, ROLE, MODULE, MONITOR, SHUTDOWN, LOLWUT.

#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/info.h"
#include "core/version.h"

#include <algorithm>

namespace sorrel {
namespace {

void info_command(Context& context) {
  context.reply.verbatim(info_text(context.engine, context.args.subspan(1)), "txt");
}

void time_command(Context& context) {
  const int64_t us = context.engine.clock().unix_us();
  context.reply.array(2);
  context.reply.bulk_integer(us / 1'000'000);
  context.reply.bulk_integer(us % 1'000'000);
}

// A primary without replicas.
void role_command(Context& context) {
  context.reply.array(3);
  context.reply.bulk("master");
  context.reply.integer(static_cast<int64_t>(context.engine.journal().offset()));
  context.reply.array(0);
}

// There are none: a host registers commands by the library's interface.
void module_list_command(Context& context) {
  context.reply.array(0);
}

void monitor_command(Context& context) {
  if (!context.may_wait()) {
    return context.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  if (context.session.has(Session::kMonitor)) return;
  context.reply.ok();
  context.engine.monitors().add(context.session);
}

void shutdown_command(Context& context) {
  ShutdownRequest request;
  bool abort = false;
  Arguments arguments(context, 1);
  while (!arguments.done()) {
    if (arguments.take("NOSAVE")) {
      request.no_save = true;
    } else if (arguments.take("SAVE")) {
      request.save = true;
    } else if (arguments.take("NOW")) {
      request.now = true;
    } else if (arguments.take("FORCE")) {
      request.force = true;
    } else if (arguments.take("ABORT")) {
      abort = true;
    } else {
      return context.error(errors::kSyntax);
    }
  }
  const bool other = request.save || request.no_save || request.now || request.force;
  if ((abort && other) || (request.save && request.no_save)) return context.error(errors::kSyntax);
  Host& host = context.engine.host();
  if (abort) {
    return host.abort_shutdown() ? context.reply.ok()
                                 : context.error("ERR No shutdown in progress.");
  }
  // When it goes well there is nobody left to answer.
  if (!host.request_shutdown(request)) {
    context.error("ERR Errors trying to SHUTDOWN. Check logs.");
  }
}

// A sorrel plant, drawn anew each time: stems of random height with their arrow-shaped leaves.
std::string plant(Random& random, int columns, int rows) {
  std::vector<std::string> canvas(static_cast<size_t>(rows),
                                  std::string(static_cast<size_t>(columns), ' '));
  for (int x = 2; x + 2 < columns; x += 4 + static_cast<int>(random.below(4))) {
    const int height = 1 + static_cast<int>(random.below(static_cast<uint64_t>(rows)));
    for (int y = 0; y < height; ++y) {
      std::string& line = canvas[static_cast<size_t>(rows - 1 - y)];
      const size_t at = static_cast<size_t>(x);
      line[at] = y + 1 == height ? '^' : '|';
      if (y % 2 == 1 && y + 1 < height)
        line[random.below(2) == 0 ? at - 1 : at + 1] = random.below(2) ? '>' : '<';
    }
  }
  std::string out;
  for (const std::string& line : canvas) out += line + "\n";
  return out;
}

constexpr int64_t kPlantSizeMax = 160;

void lolwut_command(Context& context) {
  Arguments arguments(context, 1);
  Bytes version;
  if (arguments.take("VERSION", version) && !parse_integer(version)) {
    return context.error(errors::kNotAnInteger);
  }
  int64_t sizes[] = {60, 8};
  for (int64_t& size : sizes) {
    if (arguments.done()) break;
    const std::optional<int64_t> given = parse_integer(arguments.next());
    if (!given) return context.error(errors::kNotAnInteger);
    size = std::clamp<int64_t>(*given, 1, kPlantSizeMax);
  }
  context.reply.verbatim(
      plant(context.engine.random(), static_cast<int>(sizes[0]), static_cast<int>(sizes[1])) +
          "\nRumex acetosa, a drawing of chance. Redis ver. " + std::string(kRedisVersion) + "\n",
      "txt");
}

constexpr CommandSpec kRows[] = {
    {.name = "info",
     .handler = info_command,
     .arity = -1,
     .flags = kLoading | kStale,
     .categories = kCategoryDangerous,
     .group = "server",
     .since = "1.0.0",
     .summary = "Tells how the server is and what it has done.",
     .complexity = "O(1)",
     .syntax = "[section [section ...]]",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special"},
    {.name = "lolwut",
     .handler = lolwut_command,
     .arity = -1,
     .flags = kReadonly | kFast,
     .group = "server",
     .since = "5.0.0",
     .summary = "Draws something, and tells the version.",
     .complexity = "O(N) for N characters",
     .syntax = "[VERSION version]"},
    {.name = "module",
     .arity = -2,
     .group = "server",
     .since = "4.0.0",
     .summary = "Modules.",
     .complexity = "Depends on subcommand."},
    {.name = "module|help",
     .handler = help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = "server",
     .since = "5.0.0",
     .summary = "Lists the subcommands.",
     .complexity = "O(1)"},
    {.name = "module|list",
     .handler = module_list_command,
     .arity = 2,
     .flags = kAdmin | kNoscript,
     .group = "server",
     .since = "4.0.0",
     .summary = "Lists the modules that are loaded.",
     .complexity = "O(N) for N modules",
     .tips = "nondeterministic_output_order"},
    {.name = "monitor",
     .handler = monitor_command,
     .arity = 1,
     .flags = kAdmin | kNoscript | kLoading | kStale,
     .group = "server",
     .since = "1.0.0",
     .summary = "Shows every call that the server executes, as it does.",
     .complexity = "O(1), and then as much as there is to show"},
    {.name = "role",
     .handler = role_command,
     .arity = 1,
     .flags = kNoscript | kLoading | kStale | kFast,
     .categories = kCategoryAdmin | kCategoryDangerous,
     .group = "server",
     .since = "2.8.12",
     .summary = "Tells whether the server is a primary or a replica, and whose.",
     .complexity = "O(1)"},
    {.name = "shutdown",
     .handler = shutdown_command,
     .arity = -1,
     .flags = kAdmin | kNoscript | kLoading | kStale | kNoMulti | kAllowBusy,
     .group = "server",
     .since = "1.0.0",
     .summary = "Ends the server.",
     .complexity = "O(N) when a snapshot of N keys is written first",
     .syntax = "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]"},
    {.name = "time",
     .handler = time_command,
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .group = "server",
     .since = "2.6.0",
     .summary = "Gives the server's time.",
     .complexity = "O(1)",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> server_commands() {
  return kRows;
}

}  // namespace sorrel
