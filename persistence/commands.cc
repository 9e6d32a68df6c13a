#include "persistence/commands.h"

#include "core/command/arguments.h"
#include "core/engine.h"
#include "persistence/persistence.h"

namespace sorrel {
namespace {

// Only Persistence adds these commands to an engine, and it gives itself to that engine.
Persistence& keeper(Context& context) {
  return static_cast<Persistence&>(*context.engine.durability());
}

constexpr Bytes kSaving = "ERR Background save already in progress";

void save_command(Context& context) {
  Persistence& persistence = keeper(context);
  if (persistence.rdb().running()) return context.error(kSaving);
  if (const Status saved = persistence.rdb().save_now(); !saved) {
    return context.error("ERR " + saved.message());
  }
  context.reply.ok();
}

void cancel_save(Context& context) {
  Persistence& persistence = keeper(context);
  if (persistence.rdb().running()) {
    persistence.rdb().cancel();
    persistence.schedule_save(false);
    return context.reply.simple("Background saving cancelled");
  }
  if (persistence.save_scheduled()) {
    persistence.schedule_save(false);
    return context.reply.simple("Scheduled background saving cancelled");
  }
  context.error("ERR Background saving is currently not in progress or scheduled");
}

void bgsave_command(Context& context) {
  const bool schedule = context.argc() == 2 && context.arg_is(1, "SCHEDULE");
  const bool cancel = context.argc() == 2 && context.arg_is(1, "CANCEL");
  if (context.argc() > 1 && !schedule && !cancel) return context.error(errors::kSyntax);
  if (cancel) return cancel_save(context);
  Persistence& persistence = keeper(context);
  if (persistence.rdb().running()) return context.error(kSaving);
  // Inside of a transaction the state is between two.
  const bool in_transaction = !context.may_wait();
  if (persistence.busy() || in_transaction) {
    if (!schedule && !in_transaction) {
      return context.error(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE "
          "SCHEDULE in order to schedule a BGSAVE whenever possible.");
    }
    persistence.schedule_save(true);
    return context.reply.simple("Background saving scheduled");
  }
  persistence.rdb().start();
  context.reply.simple("Background saving started");
}

void bgrewriteaof_command(Context& context) {
  Persistence& persistence = keeper(context);
  if (persistence.rewriting().running()) {
    return context.error("ERR Background append only file rewriting already in progress");
  }
  // Inside of a transaction the state is between two.
  if (persistence.busy() || !context.may_wait()) {
    persistence.schedule_rewrite(true);
    return context.reply.simple("Background append only file rewriting scheduled");
  }
  persistence.rewriting().start();
  context.reply.simple("Background append only file rewriting started");
}

void lastsave_command(Context& context) {
  context.reply.integer(keeper(context).rdb().last_save_s());
}

// ---- DEBUG.

void reload_command(Context& context) {
  Persistence::Reload how;
  bool save = true;
  for (Arguments words(context, 2); !words.done();) {
    if (words.take("MERGE")) {
      how.replace = true;
    } else if (words.take("NOFLUSH")) {
      how.keep = true;
    } else if (words.take("NOSAVE")) {
      save = false;
    } else {
      return context.error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  Persistence& persistence = keeper(context);
  // What is only half there must not replace what is whole.
  if (persistence.recovering()) return context.error("ERR The data are being loaded already");
  if (save) {
    if (const Status saved = persistence.rdb().save_now(); !saved) {
      return context.error("ERR " + saved.message());
    }
  }
  const Status loaded = persistence.reload(persistence.rdb().path(), how);
  if (!loaded) {
    context.engine.host().log(LogLevel::kWarning, loaded.message());
    return context.error("ERR Error trying to load the RDB dump, check server logs.");
  }
  context.engine.host().log(LogLevel::kWarning, "DB reloaded by DEBUG RELOAD");
  context.reply.ok();
}

void loadaof_command(Context& context) {
  Persistence& persistence = keeper(context);
  const bool comes_yet = persistence.keeps_journal() && !persistence.aof().on();
  if (comes_yet || persistence.rewriting().running()) {
    return context.error("ERR The append only file is being made, or rewritten.");
  }
  if (const Status loaded = persistence.reload_append_only(); !loaded) {
    context.engine.host().log(LogLevel::kWarning, loaded.message());
    return context.error("ERR Error trying to load the AOF files, check server logs.");
  }
  context.engine.host().log(LogLevel::kWarning, "Append Only File loaded by DEBUG LOADAOF");
  context.reply.ok();
}

constexpr CommandSpec kRows[] = {
    {.name = "bgrewriteaof",
     .handler = bgrewriteaof_command,
     .arity = 1,
     .flags = kAdmin | kNoscript | kNoAsyncLoading,
     .group = "server",
     .since = "1.0.0",
     .summary = "Rewrites the append-only file in the background, as small as the data are.",
     .complexity = "O(1)"},
    {.name = "bgsave",
     .handler = bgsave_command,
     .arity = -1,
     .flags = kAdmin | kNoscript | kNoAsyncLoading,
     .group = "server",
     .since = "1.0.0",
     .summary = "Saves the data to the snapshot file in the background.",
     .complexity = "O(1)",
     .syntax = "[SCHEDULE | CANCEL]"},
    {.name = "lastsave",
     .handler = lastsave_command,
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .categories = kCategoryAdmin | kCategoryDangerous,
     .group = "server",
     .since = "1.0.0",
     .summary = "Tells when the data were last saved.",
     .complexity = "O(1)",
     .tips = "nondeterministic_output"},
    {.name = "save",
     .handler = save_command,
     .arity = 1,
     .flags = kAdmin | kNoscript | kNoAsyncLoading | kNoMulti,
     .group = "server",
     .since = "1.0.0",
     .summary = "Saves the data to the snapshot file, while everybody waits.",
     .complexity = "O(N) where N is the number of keys"},
    {.name = "debug|loadaof",
     .handler = loadaof_command,
     .arity = 2,
     .flags = kAdmin | kNoscript | kLoading | kStale | kDebugCommand,
     .group = "server",
     .since = "1.0.0",
     .summary = "Loads the data from the append-only file again.",
     .complexity = "Depends on subcommand."},
    {.name = "debug|reload",
     .handler = reload_command,
     .arity = -2,
     .flags = kAdmin | kNoscript | kLoading | kStale | kDebugCommand,
     .group = "server",
     .since = "1.0.0",
     .summary = "Saves the data and loads them again.",
     .complexity = "Depends on subcommand.",
     .syntax = "[MERGE] [NOFLUSH] [NOSAVE]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> persistence_commands() {
  return kRows;
}

}  // namespace sorrel
