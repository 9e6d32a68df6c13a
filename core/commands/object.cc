// OBJECT: what the server knows of a key's value beside the value.

#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/keyspace/access_clock.h"

namespace sorrel {
namespace {

constexpr Bytes kLfuSelected =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
    "switching "
    "between policies at runtime LRU and LFU data will take some time to adjust.";
constexpr Bytes kLfuNotSelected =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust.";

// Redis shares the objects of small integers and shows it; tools know the figure.
constexpr int64_t kSharedIntegers = 10'000;

// The entry, or a null was answered.
const Entry* look(Context& context) {
  const Entry* entry = context.read(context.arg(2), Touch::kQuiet);
  if (entry == nullptr) context.reply.null();
  return entry;
}

void encoding_command(Context& context) {
  if (const Entry* entry = look(context)) context.reply.bulk(entry->encoding_name());
}

void refcount_command(Context& context) {
  const Entry* entry = look(context);
  if (entry == nullptr) return;
  const bool shared = entry->type() == Type::kString && entry->string().is_integer() &&
                      entry->string().integer() >= 0 &&
                      entry->string().integer() < kSharedIntegers &&
                      !context.engine.values_track_access();
  context.reply.integer(shared ? INT32_MAX : 1);
}

void idletime_command(Context& context) {
  const Entry* entry = look(context);
  if (entry == nullptr) return;
  if (context.books().lfu) return context.error(kLfuSelected);
  context.reply.integer(idle_seconds(context.books(), entry->access_clock()));
}

void freq_command(Context& context) {
  const Entry* entry = look(context);
  if (entry == nullptr) return;
  if (!context.books().lfu) return context.error(kLfuNotSelected);
  context.reply.integer(lfu_decayed(context.books(), entry->access_clock()));
}

constexpr CommandSpec object_row(Bytes name, Handler handler, Bytes since, Bytes summary,
                                 Bytes tips = "nondeterministic_output") {
  return {.name = name,
          .handler = handler,
          .arity = 3,
          .flags = kReadonly,
          .categories = kCategoryKeyspace,
          .keys = {key_at(2, kKeyRO)},
          .group = "generic",
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = "key",
          .tips = tips};
}

constexpr CommandSpec kRows[] = {
    {.name = "object",
     .arity = -2,
     .group = "generic",
     .since = "2.2.3",
     .summary = "What the server knows of a key's value.",
     .complexity = "Depends on subcommand."},
    object_row("object|encoding", encoding_command, "2.2.3",
               "Names how the value is kept in memory."),
    object_row("object|freq", freq_command, "4.0.0",
               "Gives the logarithmic counter of uses (LFU)."),
    object_row("object|idletime", idletime_command, "2.2.3",
               "Gives the seconds since the last use."),
    object_row("object|refcount", refcount_command, "2.2.3", "Gives the count of references."),
    {.name = "object|help",
     .handler = help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCategoryKeyspace,
     .group = "generic",
     .since = "6.2.0",
     .summary = "Lists the subcommands.",
     .complexity = "O(1)"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> object_commands() {
  return kRows;
}

}  // namespace sorrel
