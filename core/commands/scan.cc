// Commands that go over the keys of a database.

#include "core/base/glob.h"
#include "core/command/scan_options.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <vector>

namespace sorrel {
namespace {

// A RANDOMKEY that meets nothing but expired keys gives up after so many.
constexpr int kRandomKeyTriesMax = 100;

bool is_of_type(const ScanOptions& options, const Entry& entry) {
  return !options.typed || equals_ignore_case(options.type, type_name(entry.type()));
}

void scan_command(Context& context) {
  const std::optional<uint64_t> cursor = parse_scan_cursor(context, context.arg(1));
  if (!cursor) return;
  const std::optional<ScanOptions> options = parse_scan_options(context, 2, Scanned::kKeys);
  if (!options) return;

  // The keys first, as views: the next cursor stands before them in the reply.
  Keyspace& db = context.db();
  const int64_t expired_until_ms = context.books().expired_until_ms;
  std::vector<Bytes> keys;
  std::vector<const Entry*> gone;
  const uint64_t next = db.table().scan(*cursor, options->count, [&](const Entry& entry) {
    if (!options->matches(entry.key())) return;
    if (Keyspace::is_gone(entry, expired_until_ms)) {
      gone.push_back(&entry);
    } else if (is_of_type(*options, entry)) {
      keys.push_back(entry.key());
    }
  });
  reply_scan_cursor(context, next);
  context.reply.array(keys.size());
  for (const Bytes key : keys) context.reply.bulk(key);
  // A key is met as by any other reader: one whose time has come goes.
  for (const Entry* entry : gone) db.live(context.books(), *entry);
}

void keys_command(Context& context) {
  const Bytes pattern = context.arg(1);
  const bool all = pattern == "*";
  size_t count = 0;
  const auto mark = context.reply.begin_array();
  const int64_t expired_until_ms = context.books().expired_until_ms;
  context.db().table().for_each([&](const Entry& entry) {
    if (!all && !glob_match(pattern, entry.key())) return;
    if (Keyspace::is_gone(entry, expired_until_ms)) return;
    context.reply.bulk(entry.key());
    ++count;
  });
  context.reply.end_array(mark, count);
}

void randomkey_command(Context& context) {
  Keyspace& db = context.db();
  for (int tries = 0; tries < kRandomKeyTriesMax; ++tries) {
    const Entry* entry = db.table().random(context.engine.random());
    if (entry == nullptr) break;
    entry = db.live(context.books(), *entry);
    if (entry != nullptr) return context.reply.bulk(entry->key());
  }
  context.reply.null();
}

constexpr CommandSpec kRows[] = {
    {.name = "scan",
     .handler = scan_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategoryKeyspace,
     .group = "generic",
     .since = "2.8.0",
     .summary = "Goes over the keys of the selected database, a few at a time.",
     .complexity = "O(1) a call, O(N) for the whole of N keys",
     .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
     .tips = "nondeterministic_output request_policy:special"},
    {.name = "keys",
     .handler = keys_command,
     .arity = 2,
     .flags = kReadonly,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .group = "generic",
     .since = "1.0.0",
     .summary = "Lists every key that matches a pattern.",
     .complexity = "O(N) for N keys of the database",
     .syntax = "pattern",
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {.name = "randomkey",
     .handler = randomkey_command,
     .arity = 1,
     .flags = kReadonly,
     .categories = kCategoryKeyspace,
     .group = "generic",
     .since = "1.0.0",
     .summary = "Gives a key of the selected database, each with the same chance.",
     .complexity = "O(1)",
     .tips = "request_policy:all_shards nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> scan_commands() {
  return kRows;
}

}  // namespace sorrel
