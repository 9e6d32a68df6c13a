// Commands on the expiries of a hash's fields. The journal gets the HEXPIRE family as HPEXPIREAT,
// or as HDEL when the time has passed, with the fields that were changed.

#include "core/commands/commands.h"
#include "core/commands/hash_field_expiry.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr Bytes kFieldsMissing =
    "ERR Mandatory argument FIELDS is missing or not at the right position";
constexpr Bytes kNoFields = "ERR Parameter `numFields` should be greater than 0";
constexpr Bytes kFieldsMismatch =
    "ERR The `numfields` parameter must match the number of arguments";

// A field's answer.
constexpr int64_t kNoField = -2;
constexpr int64_t kNoExpiry = -1;
constexpr int64_t kNotMet = 0;
constexpr int64_t kDone = 1;
constexpr int64_t kDeleted = 2;

/// Reads `numfields field [field ...]`; nothing when an error was answered.
std::optional<std::span<const Bytes>> parse_fields(Context& context, Arguments& arguments) {
  const auto count = arguments.done() ? std::nullopt : parse_integer(arguments.next());
  if (!count || *count < 1) {
    context.error(kNoFields);
    return std::nullopt;
  }
  if (static_cast<uint64_t>(*count) > arguments.left()) {
    context.error(kFieldsMismatch);
    return std::nullopt;
  }
  return arguments.next(static_cast<size_t>(*count));
}

/// Reads `FIELDS numfields field [field ...]` from argument 2 to the end.
std::optional<std::span<const Bytes>> parse_only_fields(Context& context) {
  Arguments arguments(context, 2);
  if (!arguments.take("FIELDS")) {
    context.error(kFieldsMissing);
    return std::nullopt;
  }
  const auto fields = parse_fields(context, arguments);
  if (fields && !arguments.done()) {
    context.error(kFieldsMismatch);
    return std::nullopt;
  }
  return fields;
}

// ---- HEXPIRE and its kin.

enum class Condition : uint8_t { kNone, kNx, kXx, kGt, kLt };

bool holds(Condition condition, int64_t current_ms, int64_t at_ms) {
  switch (condition) {
    case Condition::kNone:
      return true;
    case Condition::kNx:
      return current_ms == kNever;
    case Condition::kXx:
      return current_ms != kNever;
    case Condition::kGt:  // never is later than any time
      return at_ms > current_ms;
    case Condition::kLt:
      return at_ms < current_ms;
  }
  return false;
}

struct ExpireOptions {
  Condition condition = Condition::kNone;
  std::span<const Bytes> fields;

  bool take_condition(Arguments& arguments);
};

bool ExpireOptions::take_condition(Arguments& arguments) {
  static constexpr std::pair<Bytes, Condition> kWords[] = {{"NX", Condition::kNx},
                                                           {"XX", Condition::kXx},
                                                           {"GT", Condition::kGt},
                                                           {"LT", Condition::kLt}};
  for (const auto& [word, meaning] : kWords) {
    if (!arguments.take(word)) continue;
    condition = meaning;
    return true;
  }
  return false;
}

// The condition may stand before the fields or behind them.
std::optional<ExpireOptions> parse_expire_options(Context& context) {
  ExpireOptions options;
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    const bool had_condition = options.condition != Condition::kNone;
    if (options.take_condition(arguments)) {
      if (!had_condition) continue;
      context.error("ERR Multiple condition flags specified");
      return std::nullopt;
    }
    if (!options.fields.empty() || !arguments.take("FIELDS")) {
      context.error(options.fields.empty() ? kFieldsMissing : kFieldsMismatch);
      return std::nullopt;
    }
    const auto fields = parse_fields(context, arguments);
    if (!fields) return std::nullopt;
    options.fields = *fields;
  }
  if (!options.fields.empty()) return options;
  context.error(kFieldsMissing);
  return std::nullopt;
}

int64_t expire_field(Context& context, const KeyWriter& key, FieldExpirer& expirer, Bytes field,
                     Condition condition, int64_t at_ms) {
  const auto hash = hash_of(context, key);
  const auto item = hash ? hash->find(field) : std::nullopt;
  if (!item) return kNoField;
  if (!holds(condition, item->expires_ms, at_ms)) return kNotMet;
  expirer.apply(field);
  return expirer.deletes() ? kDeleted : kDone;
}

void expire_generic(Context& context, TimeUnit unit) {
  const std::optional<int64_t> at_ms = parse_field_time(context, context.arg(2), unit);
  if (!at_ms) return;
  const std::optional<ExpireOptions> options = parse_expire_options(context);
  if (!options) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  FieldExpirer expirer(context, key, *at_ms);
  context.reply.array(options->fields.size());
  for (const Bytes field : options->fields) {
    context.reply.integer(expire_field(context, key, expirer, field, options->condition, *at_ms));
  }
  expirer.finish();
}

void hexpire_command(Context& context) {
  expire_generic(context, kEx);
}
void hpexpire_command(Context& context) {
  expire_generic(context, kPx);
}
void hexpireat_command(Context& context) {
  expire_generic(context, kExat);
}
void hpexpireat_command(Context& context) {
  expire_generic(context, kPxat);
}

void hpersist_command(Context& context) {
  const auto fields = parse_only_fields(context);
  if (!fields) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  uint64_t persisted = 0;
  context.reply.array(fields->size());
  for (const Bytes field : *fields) {
    const auto hash = hash_of(context, key);
    const auto item = hash ? hash->find(field) : std::nullopt;
    const bool expires = item && item->expires_ms != kNever;
    if (expires) edit_hash(context, key).set_expiry(field, kNever);
    persisted += expires;
    context.reply.integer(!item ? kNoField : expires ? kDone : kNoExpiry);
  }
  if (persisted != 0) key.edited(kEventHash, "hpersist", persisted);
}

// ---- HTTL and its kin.

int64_t time_of(Context& context, const HashItem& item, TimeUnit unit) {
  if (item.expires_ms == kNever) return kNoExpiry;
  const int64_t from_ms = unit.absolute ? 0 : context.now_ms();
  // An import source sees what is past.
  const int64_t ms = std::max<int64_t>(item.expires_ms - from_ms, 0);
  // A second that has begun counts.
  return unit.seconds ? ms / 1000 + (ms % 1000 != 0) : ms;
}

void ttl_generic(Context& context, TimeUnit unit) {
  const auto fields = parse_only_fields(context);
  if (!fields) return;
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  context.reply.array(fields->size());
  for (const Bytes field : *fields) {
    const auto item = hash ? hash->find(field) : std::nullopt;
    context.reply.integer(item ? time_of(context, *item, unit) : kNoField);
  }
}

void httl_command(Context& context) {
  ttl_generic(context, kEx);
}
void hpttl_command(Context& context) {
  ttl_generic(context, kPx);
}
void hexpiretime_command(Context& context) {
  ttl_generic(context, kExat);
}
void hpexpiretime_command(Context& context) {
  ttl_generic(context, kPxat);
}

constexpr Bytes kPerField = "O(N) for N fields";

constexpr CommandSpec expire_row(Bytes name, Handler handler, Bytes summary, Bytes syntax) {
  return hash_row(name, handler, -6, kWrite | kFast, kKeyRW | kKeyUpdate, "7.4.0", summary,
                  kPerField, syntax);
}
constexpr CommandSpec ttl_row(Bytes name, Handler handler, Bytes summary, Bytes tips) {
  return hash_row(name, handler, -5, kReadonly | kFast, kKeyRO | kKeyAccess, "7.4.0", summary,
                  kPerField, "key FIELDS numfields field [field ...]", tips);
}

constexpr CommandSpec kRows[] = {
    expire_row("hexpire", hexpire_command, "Lets fields expire after so many seconds.",
               "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpire", hpexpire_command, "Lets fields expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hexpireat", hexpireat_command, "Lets fields expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]"),
    expire_row("hpexpireat", hpexpireat_command,
               "Lets fields expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field "
               "[field ...]"),
    ttl_row("httl", httl_command, "Tells in how many seconds fields expire.",
            "nondeterministic_output"),
    ttl_row("hpttl", hpttl_command, "Tells in how many milliseconds fields expire.",
            "nondeterministic_output"),
    ttl_row("hexpiretime", hexpiretime_command,
            "Tells at which Unix time in seconds fields expire.", ""),
    ttl_row("hpexpiretime", hpexpiretime_command,
            "Tells at which Unix time in milliseconds fields expire.", ""),
    hash_row("hpersist", hpersist_command, -5, kWrite | kFast, kKeyRW | kKeyUpdate, "7.4.0",
             "Takes the expiry of fields away.", kPerField,
             "key FIELDS numfields field [field ...]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_expire_commands() {
  return kRows;
}

}  // namespace sorrel
