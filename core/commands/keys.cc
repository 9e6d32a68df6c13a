// Commands on keys whatever they hold: delete, exist, rename, copy, move.

#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/command/database_number.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

// DEL and UNLINK do the same: a large value's memory always comes back in slices.
void del_command(Context& context) {
  int64_t deleted = 0;
  for (const Bytes name : context.args.subspan(1)) {
    KeyWriter key = context.write(name);
    if (!key.erase()) continue;
    key.notify(kEventGeneric, "del");
    ++deleted;
  }
  context.reply.integer(deleted);
}

void exists_command(Context& context) {
  int64_t found = 0;
  for (const Bytes name : context.args.subspan(1)) {
    if (context.read(name, Touch::kLook) != nullptr) ++found;
  }
  context.reply.integer(found);
}

void touch_command(Context& context) {
  // TOUCH means it, even for a session that asked for CLIENT NO-TOUCH.
  context.books().no_touch = false;
  int64_t found = 0;
  for (const Bytes name : context.args.subspan(1)) {
    if (context.read(name) != nullptr) ++found;
  }
  context.reply.integer(found);
}

void type_command(Context& context) {
  const Entry* entry = context.read(context.arg(1), Touch::kLook);
  context.reply.simple(entry == nullptr ? Bytes("none") : type_name(entry->type()));
}

Expiry expiry_of(const Entry& entry) {
  return entry.has_expiry() ? Expiry::at(entry.expiry().at_ms) : Expiry::none();
}

// Takes `from` out and puts it under `to`. Both writers can't live at once: taking moves places.
void move_value(Context& context, Keyspace& source, Bytes from, Bytes from_event, Keyspace& target,
                Bytes to, Bytes to_event) {
  const uint64_t dirty_before = context.books().dirty;
  Owned<Entry> taken = KeyWriter(context.books(), source, from, source.hash(from)).take();
  const Expiry expiry = expiry_of(*taken);
  KeyWriter key(context.books(), target, to, target.hash(to));
  try {
    key.put_moved(std::move(taken), expiry);
  } catch (const std::bad_alloc&) {
    KeyWriter(context.books(), source, from, source.hash(from)).put_back(std::move(taken));
    throw;
  }
  // That it goes here and comes there is one change.
  context.books().dirty = dirty_before + 1;
  context.books().notify(kEventGeneric, from_event, from, source.number());
  key.notify(kEventGeneric, to_event);
}

void rename_generic(Context& context, bool only_if_absent) {
  const Bytes from = context.arg(1);
  const Bytes to = context.arg(2);
  Keyspace& db = context.db();
  if (!KeyWriter(context.books(), db, from, context.hash_of(from)).exists()) {
    return context.error(errors::kNoSuchKey);
  }
  const bool taken = KeyWriter(context.books(), db, to, context.hash_of(to)).exists();
  if (only_if_absent && taken) return context.reply.integer(0);
  if (from != to) move_value(context, db, from, "rename_from", db, to, "rename_to");
  only_if_absent ? context.reply.integer(1) : context.reply.ok();
}

void rename_command(Context& context) {
  rename_generic(context, false);
}
void renamenx_command(Context& context) {
  rename_generic(context, true);
}

void move_command(Context& context) {
  const Bytes name = context.arg(1);
  const std::optional<int> number = parse_database_number(context, context.arg(2));
  if (!number) return;
  if (*number == context.session.db) return context.error(errors::kSameObject);
  Keyspace& source = context.db();
  Keyspace& target = context.engine.database(*number);
  if (!KeyWriter(context.books(), source, name, context.hash_of(name)).exists() ||
      KeyWriter(context.books(), target, name, context.hash_of(name)).exists()) {
    return context.reply.integer(0);
  }
  move_value(context, source, name, "move_from", target, name, "move_to");
  context.reply.integer(1);
}

struct CopyOptions {
  int db;
  bool replace = false;
};

std::optional<CopyOptions> parse_copy(Context& context) {
  CopyOptions options{context.session.db};
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("REPLACE")) {
      options.replace = true;
    } else if (arguments.take("DB", value)) {
      const std::optional<int> number = parse_database_number(context, value);
      if (!number) return std::nullopt;
      options.db = *number;
    } else {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

void copy_command(Context& context) {
  const Bytes from = context.arg(1);
  const Bytes to = context.arg(2);
  const std::optional<CopyOptions> options = parse_copy(context);
  if (!options) return;
  if (options->db == context.session.db && from == to) return context.error(errors::kSameObject);
  Keyspace& target = context.engine.database(options->db);
  // The writer first: an expired target that goes may move the source's place.
  KeyWriter key(context.books(), target, to, target.hash(to));
  const Entry* entry = context.read(from);
  if (entry == nullptr || (key.exists() && !options->replace)) return context.reply.integer(0);
  key.put_copy(*entry, expiry_of(*entry));
  key.notify(kEventGeneric, "copy_to");
  context.reply.integer(1);
}

constexpr CommandSpec kRows[] = {
    {.name = "del",
     .handler = del_command,
     .arity = -2,
     .flags = kWrite,
     .categories = kCategoryKeyspace,
     .keys = {keys_from(1, -1, 1, kKeyRM | kKeyDelete)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Removes keys and what they hold.",
     .complexity = "O(N) for N keys; values are freed in the background",
     .syntax = "key [key ...]",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {.name = "unlink",
     .handler = del_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategoryKeyspace,
     .keys = {keys_from(1, -1, 1, kKeyRM | kKeyDelete)},
     .group = "generic",
     .since = "4.0.0",
     .summary = "Removes keys; the memory of large values comes back later.",
     .complexity = "O(N) for N keys; values are freed in the background",
     .syntax = "key [key ...]",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {.name = "exists",
     .handler = exists_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .categories = kCategoryKeyspace,
     .keys = {keys_from(1, -1, 1, kKeyRO)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Counts how many of the keys exist.",
     .complexity = "O(N) for N keys",
     .syntax = "key [key ...]",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {.name = "touch",
     .handler = touch_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .categories = kCategoryKeyspace,
     .keys = {keys_from(1, -1, 1, kKeyRO)},
     .group = "generic",
     .since = "3.2.1",
     .summary = "Marks keys as just used; counts those that exist.",
     .complexity = "O(N) for N keys",
     .syntax = "key [key ...]",
     .tips = "request_policy:multi_shard response_policy:agg_sum"},
    {.name = "type",
     .handler = type_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRO)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Names the type of what a key holds.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "rename",
     .handler = rename_command,
     .arity = 3,
     .flags = kWrite,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete), key_at(2, kKeyOW | kKeyUpdate)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Gives a key another name; a key of that name is replaced.",
     .complexity = "O(1)",
     .syntax = "key newkey"},
    {.name = "renamenx",
     .handler = renamenx_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete), key_at(2, kKeyOW | kKeyInsert)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Gives a key another name, unless that name is taken.",
     .complexity = "O(1)",
     .syntax = "key newkey"},
    {.name = "move",
     .handler = move_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete)},
     .group = "generic",
     .since = "1.0.0",
     .summary = "Moves a key to another database.",
     .complexity = "O(1)",
     .syntax = "key db"},
    {.name = "copy",
     .handler = copy_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRO | kKeyAccess), key_at(2, kKeyOW | kKeyUpdate)},
     .group = "generic",
     .since = "6.2.0",
     .summary = "Copies what a key holds, with its expiry, to another key.",
     .complexity = "O(N) for a value of N elements, O(1) for a string",
     .syntax = "source destination [DB destination-db] [REPLACE]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> key_commands() {
  return kRows;
}

}  // namespace sorrel
