#include "persistence/commands_backup.h"

#include "core/command/help.h"
#include "core/engine.h"
#include "persistence/persistence.h"

namespace sorrel {
namespace {

// Only Persistence adds these commands to an engine, and it gives itself to that engine.
Persistence& keeper(Context& context) {
  return static_cast<Persistence&>(*context.engine.durability());
}

void answer(Context& context, const Status& status) {
  if (!status) return context.error("ERR " + status.message());
  context.reply.ok();
}

void start_command(Context& context) {
  Persistence& persistence = keeper(context);
  answer(context, persistence.backup().start(persistence.busy()));
}

void seal_command(Context& context) {
  Backup& backup = keeper(context).backup();
  if (!context.session.has(Session::kBlocked)) {
    if (const Status begun = backup.seal(); !begun) return answer(context, begun);
    if (!context.may_wait()) backup.wait_until_sealed();
  }
  if (!backup.sealing()) {
    const bool sealed = backup.state() == Backup::State::kSealed;
    return answer(context, sealed ? Status::ok() : Status::failure(backup.error()));
  }
  if (context.time_is_up()) return context.error("ERR The backup is still being sealed");
  BlockRequest request;
  request.for_disk = true;
  context.block(request);
}

void abort_command(Context& context) {
  answer(context, keeper(context).backup().abort());
}

void cleanup_command(Context& context) {
  answer(context, keeper(context).backup().clean_up());
}

void list_command(Context& context) {
  const std::vector<std::string> paths = keeper(context).backup().paths();
  context.reply.array(paths.size());
  for (const std::string& path : paths) context.reply.bulk(path);
}

void status_command(Context& context) {
  const Backup& backup = keeper(context).backup();
  context.reply.map(4);
  context.reply.bulk("state");
  context.reply.bulk(backup.state_name());
  context.reply.bulk("error");
  context.reply.bulk(backup.error());
  context.reply.bulk("start_time");
  context.reply.bulk_integer(backup.start_s());
  context.reply.bulk("end_time");
  context.reply.bulk_integer(backup.end_s());
}

constexpr CommandSpec row(Bytes name, Handler handler, uint32_t flags, Bytes summary,
                          Bytes complexity = "O(1)") {
  return {.name = name,
          .handler = handler,
          .arity = 2,
          .flags = flags,
          .categories = 0,
          .keys = {},
          .group = "server",
          .since = "8.10.0",
          .summary = summary,
          .complexity = complexity};
}

// Each waits for the disk, and none would know what of a transaction belongs to it.
constexpr uint32_t kChanges = kAdmin | kNoscript | kNoMulti;

constexpr CommandSpec kRows[] = {
    row("backup", nullptr, 0, "Makes a copy of the data while the server goes on.",
        "Depends on subcommand."),
    row("backup|abort", abort_command, kChanges,
        "Gives up a backup that isn't sealed, and removes its files."),
    row("backup|cleanup", cleanup_command, kChanges,
        "Removes the files of a backup that is sealed or has failed."),
    row("backup|help", help_command, kLoading | kStale, "Lists the subcommands."),
    row("backup|list", list_command, kAdmin | kStale,
        "Lists the backup's files that won't change any more."),
    row("backup|seal", seal_command, kChanges,
        "Ends a backup: what was done until now is in it, and it is complete."),
    row("backup|start", start_command, kChanges,
        "Begins a backup: a snapshot, and from then on what is done."),
    row("backup|status", status_command, kAdmin | kStale, "Tells how the backup stands."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> backup_commands() {
  return kRows;
}

}  // namespace sorrel
