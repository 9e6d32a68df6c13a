// Commands on strings: reading and replacing one. Its neighbours: string_many.cc (several keys),
// string_counter.cc, string_range.cc, string_condition.cc and string_lcs.cc.
//
// What the journal gets in the place of a command that another server, at another time or with
// another idea of a condition, might carry out differently:
//   SET with options, SETEX, PSETEX, GETSET   SET key value [PXAT milliseconds | KEEPTTL]
//   GETEX                                     PEXPIREAT, PERSIST, or DEL when the time has passed
//   GETDEL                                    DEL (UNLINK, if lazyfree-lazy-user-del)

#include "core/command/arguments.h"
#include "core/command/expire_option.h"
#include "core/command/value_condition.h"
#include "core/commands/commands.h"
#include "core/commands/string_reply.h"
#include "core/engine.h"

namespace sorrel {
namespace {

void get_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.null();
  reply_string(context, *entry);
}

// ---- SET and its older forms.

struct SetOptions {
  ValueCondition condition;
  ExpireOption expire{ExpireOption::Kind::kKeepTtl};
  bool get = false;
};

bool parse_set_options(Context& context, SetOptions& options) {
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    if (options.condition.take_existence(arguments)) continue;
    if (options.expire.take(arguments)) continue;
    if (options.condition.take_comparison(arguments)) continue;
    if (!arguments.take("GET")) {
      context.error(errors::kSyntax);
      return false;
    }
    options.get = true;
  }
  return true;
}

void journal_set(Context& context, Bytes key, Bytes value, Expiry expiry) {
  if (!context.journaled()) return;
  switch (expiry.kind) {
    case Expiry::Kind::kNone:
      return context.journal_as({"SET", key, value});
    case Expiry::Kind::kKeep:
      return context.journal_as({"SET", key, value, "KEEPTTL"});
    case Expiry::Kind::kAt:
      return context.journal_as({"SET", key, value, "PXAT", IntegerText(expiry.at_ms).view()});
  }
}

/// What became of a SET with options.
enum class Stored : uint8_t { kYes, kNo, kFailed };

// With GET the old value has been answered, whatever becomes of the new one.
Stored store(Context& context, Bytes value, const SetOptions& options) {
  Expiry expiry = Expiry::none();
  if (options.expire.is_time()) {
    const auto at_ms = options.expire.resolve(context);
    if (!at_ms) return Stored::kFailed;
    expiry = Expiry::at(*at_ms);
  } else if (options.expire.kind() == ExpireOption::Kind::kKeepTtl) {
    expiry = Expiry::keep();
  }
  if (!options.condition.valid(context)) return Stored::kFailed;
  if (options.get) {
    get_command(context);
    if (context.failed()) return Stored::kFailed;
  }
  KeyWriter key = context.write(context.arg(1));
  if (options.condition.compares() && !context.require(key, Type::kString)) return Stored::kFailed;
  if (!options.condition.holds(key.entry())) return Stored::kNo;
  key.put_string(value, expiry);
  key.notify(kEventString, "set");
  if (expiry.kind == Expiry::Kind::kAt) key.notify(kEventGeneric, "expire");
  journal_set(context, key.key(), value, expiry);
  return Stored::kYes;
}

void set_with_options(Context& context) {
  SetOptions options;
  if (!parse_set_options(context, options)) return;
  const Stored stored = store(context, context.arg(2), options);
  if (stored == Stored::kFailed || options.get) return;
  stored == Stored::kYes ? context.reply.ok() : context.reply.null();
}

void set_command(Context& context) {
  if (context.argc() > 3) return set_with_options(context);
  KeyWriter key = context.write(context.arg(1));
  key.put_string(context.arg(2), Expiry::none());
  key.notify(kEventString, "set");
  context.reply.ok();
}

void setnx_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (key.exists()) return context.reply.integer(0);
  key.put_string(context.arg(2), Expiry::none());
  key.notify(kEventString, "set");
  context.reply.integer(1);
}

void set_with_time(Context& context, ExpireOption::Kind kind) {
  SetOptions options;
  options.expire = ExpireOption(kind, context.arg(2));
  if (store(context, context.arg(3), options) == Stored::kYes) context.reply.ok();
}

void setex_command(Context& context) {
  set_with_time(context, ExpireOption::Kind::kSeconds);
}

void psetex_command(Context& context) {
  set_with_time(context, ExpireOption::Kind::kMilliseconds);
}

// ---- Reading and changing in one step.

void getset_command(Context& context) {
  get_command(context);
  if (context.failed()) return;
  KeyWriter key = context.write(context.arg(1));
  key.put_string(context.arg(2), Expiry::none());
  key.notify(kEventString, "set");
  journal_set(context, key.key(), context.arg(2), Expiry::none());
}

void getdel_command(Context& context) {
  get_command(context);
  if (context.failed()) return;
  KeyWriter key = context.write(context.arg(1), Touch::kPeek);
  if (!key.erase()) return;
  key.notify(kEventGeneric, "del");
  const bool lazily = context.engine.values().lazyfree_lazy_user_del;
  context.journal_as({lazily ? "UNLINK" : "DEL", key.key()});
}

void delete_expired(Context& context, KeyWriter& key) {
  key.erase();
  key.notify(kEventGeneric, "del");
  const bool lazily = context.engine.values().lazyfree_lazy_expire;
  context.journal_as({lazily ? "UNLINK" : "DEL", key.key()});
}

void apply_getex(Context& context, const ExpireOption& option, int64_t at_ms) {
  KeyWriter key = context.write(context.arg(1), Touch::kPeek);
  if (option.kind() == ExpireOption::Kind::kPersist) {
    if (!key.clear_expiry()) return;
    key.notify(kEventGeneric, "persist");
    return context.journal_as({"PERSIST", key.key()});
  }
  if (option.is_absolute() && context.has_come(at_ms)) return delete_expired(context, key);
  key.set_expiry(at_ms);
  key.notify(kEventGeneric, "expire");
  context.journal_as({"PEXPIREAT", key.key(), IntegerText(at_ms).view()});
}

void getex_command(Context& context) {
  ExpireOption option(ExpireOption::Kind::kPersist);
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    if (!option.take(arguments)) return context.error(errors::kSyntax);
  }
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.null();
  int64_t at_ms = 0;
  if (option.is_time()) {
    const auto resolved = option.resolve(context);
    if (!resolved) return;
    at_ms = *resolved;
  }
  reply_string(context, *entry);
  if (option.kind() != ExpireOption::Kind::kNone) apply_getex(context, option, at_ms);
}

/// The old value is read for a reply, or to compare it.
uint16_t set_key_flags(std::span<const Bytes> args) {
  constexpr Bytes kReading[] = {"GET", "IFEQ", "IFNE", "IFDEQ", "IFDNE"};
  for (const Bytes option : args.subspan(3)) {
    for (const Bytes word : kReading) {
      if (equals_ignore_case(option, word)) return kKeyRW | kKeyAccess | kKeyUpdate;
    }
  }
  return kKeyOW | kKeyUpdate;
}

constexpr CommandSpec kRows[] = {
    {.name = "get",
     .handler = get_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Gives the string stored at a key.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "set",
     .handler = set_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate | kKeyVariableFlags)},
     .key_flags_of = set_key_flags,
     .group = "string",
     .since = "1.0.0",
     .summary = "Stores a string under a key, whatever was there; with options only under a "
                "condition, with an expiry, or answering the old value.",
     .complexity = "O(1); O(N) in the length of the old value with IFDEQ and IFDNE",
     .syntax = "key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | "
               "IFDNE ifdne-digest] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
               "PXAT unix-time-milliseconds | KEEPTTL]"},
    {.name = "setnx",
     .handler = setnx_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyOW | kKeyInsert)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Stores a string only if the key is absent.",
     .complexity = "O(1)",
     .syntax = "key value",
     .deprecated_since = "2.6.12",
     .replaced_by = "SET with the NX argument"},
    {.name = "setex",
     .handler = setex_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyOW | kKeyUpdate)},
     .group = "string",
     .since = "2.0.0",
     .summary = "Stores a string that expires after some seconds.",
     .complexity = "O(1)",
     .syntax = "key seconds value",
     .deprecated_since = "2.6.12",
     .replaced_by = "SET with the EX argument"},
    {.name = "psetex",
     .handler = psetex_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyOW | kKeyUpdate)},
     .group = "string",
     .since = "2.6.0",
     .summary = "Stores a string that expires after some milliseconds.",
     .complexity = "O(1)",
     .syntax = "key milliseconds value",
     .deprecated_since = "2.6.12",
     .replaced_by = "SET with the PX argument"},
    {.name = "getset",
     .handler = getset_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Stores a string and gives the one that was there.",
     .complexity = "O(1)",
     .syntax = "key value",
     .deprecated_since = "6.2.0",
     .replaced_by = "SET with the GET argument"},
    {.name = "getdel",
     .handler = getdel_command,
     .arity = 2,
     .flags = kWrite | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete)},
     .group = "string",
     .since = "6.2.0",
     .summary = "Gives the string stored at a key and deletes the key.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "getex",
     .handler = getex_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate)},
     .group = "string",
     .since = "6.2.0",
     .summary = "Gives the string stored at a key and sets or removes its expiry.",
     .complexity = "O(1)",
     .syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | "
               "PXAT unix-time-milliseconds | PERSIST]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_commands() {
  return kRows;
}

}  // namespace sorrel
