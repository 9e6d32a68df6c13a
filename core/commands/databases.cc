// Commands on whole databases.

#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

// Keys that are due, or all of whose elements are, count until somebody looks at them or the active
// side of expiry gets to them: a number in O(1), and what Redis answers. SCAN, KEYS and RANDOMKEY
// don't show them.
void dbsize_command(Context& context) {
  context.reply.integer(static_cast<int64_t>(context.db().size()));
}

// SYNC and ASYNC do the same: the keys are gone when the reply is written, their memory comes back
// in slices. What can't be right is refused.
bool parse_flush(Context& context) {
  if (context.argc() == 1) return true;
  if (context.argc() == 2 && (context.arg_is(1, "SYNC") || context.arg_is(1, "ASYNC"))) return true;
  context.error(errors::kSyntax);
  return false;
}

void flush(Context& context, int number) {
  Keyspace& db = context.engine.database(number);
  context.books().replaced(number, KeyListener::kNobody);
  context.books().dirty += db.size();
  db.clear();
  context.engine.blocking().look_again(number);
}

void flushdb_command(Context& context) {
  if (!parse_flush(context)) return;
  flush(context, context.session.db);
  context.engine.tracking().flushed();
  // Even an empty database's flush is journaled: a replica need not have the same keys.
  context.journal_as(context.args);
  context.reply.ok();
}

void flushall_command(Context& context) {
  if (!parse_flush(context)) return;
  for (int number = 0; number < context.engine.database_count(); ++number) flush(context, number);
  context.engine.tracking().flushed();
  if (Durability* const durability = context.engine.durability()) durability->all_flushed();
  context.journal_as(context.args);
  context.reply.ok();
}

std::optional<int64_t> parse_32_bits(Bytes text) {
  const std::optional<int64_t> number = parse_integer(text);
  const bool fits = number && *number >= INT32_MIN && *number <= INT32_MAX;
  return fits ? number : std::nullopt;
}

void swapdb_command(Context& context) {
  const std::optional<int64_t> first = parse_32_bits(context.arg(1));
  if (!first) return context.error("ERR invalid first DB index");
  const std::optional<int64_t> second = parse_32_bits(context.arg(2));
  if (!second) return context.error("ERR invalid second DB index");
  const int64_t count = context.engine.database_count();
  if (*first < 0 || *first >= count || *second < 0 || *second >= count) {
    return context.error(errors::kInvalidDb);
  }
  const int a = static_cast<int>(*first);
  const int b = static_cast<int>(*second);
  if (a != b) {
    context.books().replaced(a, b);
    context.books().replaced(b, a);
    context.engine.database(a).swap(context.engine.database(b));
    context.engine.blocking().look_again(a);
    context.engine.blocking().look_again(b);
  }
  ++context.books().dirty;
  context.reply.ok();
}

constexpr CommandSpec kRows[] = {
    {.name = "dbsize",
     .handler = dbsize_command,
     .arity = 1,
     .flags = kReadonly | kFast,
     .categories = kCategoryKeyspace,
     .group = "server",
     .since = "1.0.0",
     .summary = "Counts the keys of the selected database.",
     .complexity = "O(1)",
     .tips = "request_policy:all_shards response_policy:agg_sum"},
    {.name = "flushdb",
     .handler = flushdb_command,
     .arity = -1,
     .flags = kWrite,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .group = "server",
     .since = "1.0.0",
     .summary = "Removes every key of the selected database.",
     .complexity = "O(1); memory comes back in the background",
     .syntax = "[ASYNC | SYNC]",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "flushall",
     .handler = flushall_command,
     .arity = -1,
     .flags = kWrite,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .group = "server",
     .since = "1.0.0",
     .summary = "Removes every key of every database.",
     .complexity = "O(1); memory comes back in the background",
     .syntax = "[ASYNC | SYNC]",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "swapdb",
     .handler = swapdb_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .group = "server",
     .since = "4.0.0",
     .summary = "Exchanges two databases: sessions see the other's keys at once.",
     .complexity = "O(N) for N sessions that watch or block on either",
     .syntax = "index1 index2"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> database_commands() {
  return kRows;
}

}  // namespace sorrel
