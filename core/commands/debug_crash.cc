// DEBUG SEGFAULT, ASSERT and PANIC: the program's end by a fault, for whoever wants to see what it
// leaves behind. A server in somebody else's process refuses: the process isn't its own.

#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

void crash(Context& context, Crash how) {
  context.engine.host().crash(how);
  context.error("ERR The server doesn't end the process that it is in");
}

void segfault_command(Context& context) {
  crash(context, Crash::kFault);
}

void assert_command(Context& context) {
  crash(context, Crash::kAssertion);
}

void panic_command(Context& context) {
  crash(context, Crash::kPanic);
}

constexpr CommandSpec row(Bytes name, Handler handler, Bytes summary) {
  return server_row(name, handler, 2, kAdmin | kNoscript | kLoading | kStale | kDebugCommand,
                    "1.0.0", summary, "Depends on subcommand.");
}

constexpr CommandSpec kRows[] = {
    row("debug|assert", assert_command, "Ends the program as an assertion that fails does."),
    row("debug|panic", panic_command, "Ends the program as a state that can't be does."),
    row("debug|segfault", segfault_command, "Ends the program by an invalid access to memory."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> debug_crash_commands() {
  return kRows;
}

}  // namespace sorrel
