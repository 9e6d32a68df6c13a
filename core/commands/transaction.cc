// Transactions: commands queued by MULTI and run by EXEC as one, if no watched key has changed.
// https://redis.io/docs/latest/develop/interact/transactions/

#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

void multi_command(Context& context) {
  Session& session = context.session;
  if (session.in_multi()) return context.error("ERR MULTI calls can not be nested");
  if (!session.transaction) session.transaction = std::make_unique<Transaction>();
  session.set(Session::kMulti);
  context.reply.ok();
}

void discard_command(Context& context) {
  if (!context.session.in_multi()) return context.error("ERR DISCARD without MULTI");
  context.engine.take_transaction(context.session);
  context.reply.ok();
}

// A watched key whose time has come counts as changed, even if nobody has deleted it yet.
bool watched_changed(Context& context) {
  if (context.session.transaction->watched_changed) return true;
  Engine& engine = context.engine;
  return engine.key_observers().watches().any_expired(
      context.session, [&](int db) -> Keyspace& { return engine.database(db); }, context.now_ms());
}

void exec_command(Context& context) {
  Session& session = context.session;
  if (!session.in_multi()) return context.error("ERR EXEC without MULTI");
  const bool changed = watched_changed(context);
  const std::unique_ptr<Transaction> transaction = context.engine.take_transaction(session);
  if (transaction->refused) {
    return context.error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (changed) return context.reply.null_array();
  context.reply.array(transaction->calls().size());
  const bool journaled_apart = context.engine.command_journal().begin_transaction();
  for (const Transaction::Call& call : transaction->calls()) {
    context.engine.run_queued(session, call);
  }
  if (journaled_apart) context.engine.command_journal().end_transaction(session.db);
  // A queued CLIENT CACHING speaks of what is queued behind it.
  if (session.tracking) session.tracking->caching = false;
}

void watch_command(Context& context) {
  if (context.session.in_multi()) {
    return context.error("ERR WATCH inside MULTI is not allowed");
  }
  // What has changed already can't be undone by watching more.
  for (const Bytes key : context.args.subspan(1)) context.engine.watch(context.session, key);
  context.reply.ok();
}

void unwatch_command(Context& context) {
  context.engine.unwatch(context.session);
  context.reply.ok();
}

constexpr uint32_t kAlways = kNoscript | kLoading | kStale | kFast | kAllowBusy;

constexpr CommandSpec kRows[] = {
    {.name = "multi",
     .handler = multi_command,
     .arity = 1,
     .flags = kAlways | kNeverQueued,
     .categories = kCategoryTransaction,
     .group = "transactions",
     .since = "1.2.0",
     .summary = "Begins a transaction: what follows is queued until EXEC.",
     .complexity = "O(1)"},
    {.name = "exec",
     .handler = exec_command,
     .arity = 1,
     .flags = kNoscript | kLoading | kStale | kSkipSlowlog | kNeverQueued | kRunsQueue,
     .categories = kCategoryTransaction,
     .group = "transactions",
     .since = "1.2.0",
     .summary = "Runs the queued commands, one after the other and nothing in between.",
     .complexity = "Depends on the commands in the transaction"},
    {.name = "discard",
     .handler = discard_command,
     .arity = 1,
     .flags = kAlways | kNeverQueued,
     .categories = kCategoryTransaction,
     .group = "transactions",
     .since = "2.0.0",
     .summary = "Forgets the queued commands and the watched keys.",
     .complexity = "O(N) for N queued commands"},
    {.name = "watch",
     .handler = watch_command,
     .arity = -2,
     .flags = kAlways | kNeverQueued,
     .categories = kCategoryTransaction,
     .keys = {keys_from(1, -1, 1, kKeyRO)},
     .group = "transactions",
     .since = "2.2.0",
     .summary = "Watches keys: if one of them changes, the next EXEC does nothing.",
     .complexity = "O(1) for every key",
     .syntax = "key [key ...]"},
    {.name = "unwatch",
     .handler = unwatch_command,
     .arity = 1,
     .flags = kAlways,
     .categories = kCategoryTransaction,
     .group = "transactions",
     .since = "2.2.0",
     .summary = "Watches nothing any more.",
     .complexity = "O(1)"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> transaction_commands() {
  return kRows;
}

}  // namespace sorrel
