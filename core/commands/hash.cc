// Commands on hashes: setting, reading and deleting fields. Their neighbours: hash_counter.cc,
// hash_scan.cc (HSCAN and HRANDFIELD), hash_expire.cc (fields that expire) and hash_getex.cc
// (values together with expiries).

#include "core/commands/commands.h"
#include "core/commands/hash_access.h"

namespace sorrel {
namespace {

// ---- Setting.

/// How many of the fields weren't there; nothing when an error was answered.
std::optional<int64_t> set_fields(Context& context) {
  if (context.argc() % 2 != 0) {
    context.wrong_arity();
    return std::nullopt;
  }
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return std::nullopt;
  HashWriter hash = edit_hash(context, key);
  const size_t pairs = context.argc() / 2 - 1;
  hash.expect(pairs);
  int64_t created = 0;
  for (size_t i = 2; i < context.argc(); i += 2) {
    created += hash.set(context.arg(i), context.arg(i + 1));
  }
  key.edited(kEventHash, "hset", pairs);
  return created;
}

void hset_command(Context& context) {
  if (const auto created = set_fields(context)) context.reply.integer(*created);
}

void hmset_command(Context& context) {
  if (set_fields(context)) context.reply.ok();
}

void hsetnx_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  key.settle(context.args.subspan(2, 1));
  const auto hash = hash_of(context, key);
  if (hash && hash->find(context.arg(2))) return context.reply.integer(0);
  edit_hash(context, key).set(context.arg(2), context.arg(3));
  key.edited(kEventHash, "hset");
  context.reply.integer(1);
}

void hdel_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  if (!key.exists()) return context.reply.integer(0);
  HashWriter hash = edit_hash(context, key);
  uint64_t deleted = 0;
  for (const Bytes field : context.args.subspan(2)) deleted += hash.erase(field);
  key.edited(kEventHash, "hdel", deleted);
  context.reply.integer(static_cast<int64_t>(deleted));
}

// ---- Reading.

void hget_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  if (!hash) return context.reply.null();
  reply_element(context, hash->value(context.arg(2)));
}

void hmget_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  context.reply.array(context.argc() - 2);
  for (const Bytes field : context.args.subspan(2)) {
    reply_element(context, hash ? hash->value(field) : std::nullopt);
  }
}

void hgetall_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  if (!hash) return context.reply.map(0);
  context.reply.map(hash->size());
  hash->for_each([&](const HashItem& item) {
    reply_element(context, item.field);
    reply_element(context, item.value);
  });
}

void reply_each(Context& context, const PackElement HashItem::*part) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  if (!hash) return context.reply.array(0);
  context.reply.array(hash->size());
  hash->for_each([&](const HashItem& item) { reply_element(context, item.*part); });
}

void hkeys_command(Context& context) {
  reply_each(context, &HashItem::field);
}

void hvals_command(Context& context) {
  reply_each(context, &HashItem::value);
}

void hlen_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  context.reply.integer(hash ? static_cast<int64_t>(hash->size()) : 0);
}

void hexists_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  context.reply.integer(hash && hash->find(context.arg(2)) ? 1 : 0);
}

void hstrlen_command(Context& context) {
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  const auto value = hash ? hash->value(context.arg(2)) : std::nullopt;
  context.reply.integer(value ? static_cast<int64_t>(value->size()) : 0);
}

constexpr uint32_t kSetting = kWrite | kDenyOom | kFast;
constexpr uint32_t kReading = kReadonly | kFast;
constexpr unsigned kSeen = kKeyRO | kKeyAccess;

constexpr CommandSpec deprecated(CommandSpec row, Bytes since, Bytes replaced_by) {
  row.deprecated_since = since;
  row.replaced_by = replaced_by;
  return row;
}

constexpr CommandSpec kRows[] = {
    hash_row("hset", hset_command, -4, kSetting, kKeyRW | kKeyUpdate, "2.0.0",
             "Sets fields of a hash; counts those that weren't there.", "O(N) for N fields",
             "key field value [field value ...]"),
    deprecated(hash_row("hmset", hmset_command, -4, kSetting, kKeyRW | kKeyUpdate, "2.0.0",
                        "Sets fields of a hash.", "O(N) for N fields",
                        "key field value [field value ...]"),
               "4.0.0", "HSET with several fields"),
    hash_row("hsetnx", hsetnx_command, 4, kSetting, kKeyRW | kKeyInsert, "2.0.0",
             "Sets a field of a hash only if it isn't there.", "O(1)", "key field value"),
    hash_row("hdel", hdel_command, -3, kWrite | kFast, kKeyRW | kKeyDelete, "2.0.0",
             "Deletes fields of a hash, and the key with the last of them.", "O(N) for N fields",
             "key field [field ...]"),
    hash_row("hget", hget_command, 3, kReading, kSeen, "2.0.0", "Gives the value of a field.",
             "O(1)", "key field"),
    hash_row("hmget", hmget_command, -3, kReading, kSeen, "2.0.0",
             "Gives the values of several fields.", "O(N) for N fields", "key field [field ...]"),
    hash_row("hgetall", hgetall_command, 2, kReadonly, kSeen, "2.0.0",
             "Gives all fields and values of a hash.", "O(N) for a hash of N fields", "key",
             "nondeterministic_output_order"),
    hash_row("hkeys", hkeys_command, 2, kReadonly, kSeen, "2.0.0", "Gives all fields of a hash.",
             "O(N) for a hash of N fields", "key", "nondeterministic_output_order"),
    hash_row("hvals", hvals_command, 2, kReadonly, kSeen, "2.0.0", "Gives all values of a hash.",
             "O(N) for a hash of N fields", "key", "nondeterministic_output_order"),
    hash_row("hlen", hlen_command, 2, kReading, kKeyRO, "2.0.0", "Counts the fields of a hash.",
             "O(1)", "key"),
    hash_row("hexists", hexists_command, 3, kReading, kKeyRO, "2.0.0",
             "Tells whether a hash has a field.", "O(1)", "key field"),
    hash_row("hstrlen", hstrlen_command, 3, kReading, kKeyRO, "3.2.0",
             "Gives the length of a field's value.", "O(1)", "key field"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_commands() {
  return kRows;
}

}  // namespace sorrel
