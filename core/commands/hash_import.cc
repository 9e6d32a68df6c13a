// HIMPORT: hashes that share their fields, which a connection declares once.
// Source: https://redis.io/docs/latest/commands/himport/
//
// The journal gets what came of it, DEL and HSET: whoever reads it knows no connection's fields.

#include "core/command/help.h"
#include "core/command/row.h"
#include "core/commands/commands.h"
#include "core/commands/hash_access.h"
#include "core/field_sets.h"
#include "core/session.h"
#include "core/structure/drop_on_throw.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sorrel {
namespace {

bool has_duplicates(std::span<const Bytes> fields) {
  std::vector<Bytes> sorted(fields.begin(), fields.end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

void prepare_command(Context& context) {
  const std::span<const Bytes> fields = context.args.subspan(3);
  if (has_duplicates(fields)) return context.error("ERR duplicate field name in fieldset");
  std::unique_ptr<FieldSets>& sets = context.session.field_sets;
  if (!sets) sets = std::make_unique<FieldSets>();
  if (sets->size() >= FieldSets::kSetsMax && sets->find(context.arg(2)) == nullptr) {
    return context.error("ERR too many fieldsets are prepared on this connection");
  }
  sets->put(context.arg(2), fields);
  context.reply.ok();
}

void journal_hash(Context& context, bool replaces, const FieldSets::Fields& fields,
                  std::span<const Bytes> values) {
  if (!context.journaled()) return;
  const Bytes key = context.arg(2);
  if (replaces) context.journal_as({"DEL", key});
  std::vector<Bytes> words = {"HSET", key};
  for (size_t i = 0; i < fields.size(); ++i) {
    words.emplace_back(fields[i]);
    words.push_back(values[i]);
  }
  context.journal_as(words);
}

void set_command(Context& context) {
  const FieldSets* sets = context.session.field_sets.get();
  const FieldSets::Fields* fields = sets == nullptr ? nullptr : sets->find(context.arg(3));
  if (fields == nullptr) return context.error("ERR no such fieldset");
  const std::span<const Bytes> given = context.args.subspan(4);
  if (given.size() != fields->size()) {
    return context.error("ERR the number of values doesn't match the number of fields");
  }
  KeyWriter key = context.write(context.arg(2));
  ValueContext& values = key.values();
  Owned<Collection> made;
  const DropOnThrow guard(made, values.epoch);
  HashWriter hash(made, values, context.now_ms());
  hash.expect(fields->size());
  for (size_t i = 0; i < given.size(); ++i) hash.set((*fields)[i], given[i]);
  journal_hash(context, key.exists(), *fields, given);
  key.put_collection(Type::kHash, std::move(made));
  key.notify(kEventHash, "hset");
  context.reply.ok();
}

void discard_command(Context& context) {
  FieldSets* sets = context.session.field_sets.get();
  context.reply.integer(sets != nullptr && sets->erase(context.arg(2)) ? 1 : 0);
}

void discardall_command(Context& context) {
  const FieldSets* sets = context.session.field_sets.get();
  const size_t size = sets == nullptr ? 0 : sets->size();
  context.session.field_sets.reset();
  context.reply.integer(static_cast<int64_t>(size));
}

constexpr CommandSpec row(Bytes name, Handler handler, int arity, uint32_t flags, Bytes summary,
                          Bytes complexity, Bytes syntax, Bytes tips = {}) {
  CommandSpec made =
      keyless_row("hash", name, handler, arity, flags, "8.10.0", summary, complexity, syntax, tips);
  made.categories = kCategoryHash;
  return made;
}
constexpr CommandSpec with_key(CommandSpec of, KeySpec key) {
  of.keys[0] = key;
  return of;
}

constexpr Bytes kPerSet = "O(N) for N field sets of the connection";
constexpr Bytes kOnEachShard = "request_policy:all_shards";

constexpr CommandSpec kRows[] = {
    row("himport", nullptr, -2, 0, "Makes hashes that share their fields.",
        "Depends on subcommand.", {}),
    row("himport|discard", discard_command, 3, 0, "Forgets fields that were declared.", kPerSet,
        "fieldset-name", kOnEachShard),
    row("himport|discardall", discardall_command, 2, 0,
        "Forgets all fields that the connection declared.", kPerSet, {}, kOnEachShard),
    row("himport|prepare", prepare_command, -4, kDenyOom,
        "Declares the fields of hashes to come, for this connection.", "O(N*log(N)) for N fields",
        "fieldset-name field [field ...]"),
    with_key(row("himport|set", set_command, -5, kWrite | kDenyOom,
                 "Makes a hash of declared fields and the values for them.", "O(N) for N fields",
                 "key fieldset-name value [value ...]"),
             key_at(2, kKeyOW | kKeyUpdate)),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_import_commands() {
  return kRows;
}

}  // namespace sorrel
