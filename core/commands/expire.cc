// Commands on a key's expiry.

#include "core/command/arguments.h"
#include "core/command/expire_time.h"
#include "core/commands/commands.h"
#include "core/engine.h"

namespace sorrel {
namespace {

struct Condition {
  bool nx = false;  // only if it has none
  bool xx = false;  // only if it has one
  bool gt = false;  // only if later than now set; none counts as never
  bool lt = false;

  bool allows(const Entry& entry, int64_t at_ms) const {
    const bool has = entry.has_expiry();
    const int64_t current = has ? entry.expiry().at_ms : 0;
    if (nx && has) return false;
    if (xx && !has) return false;
    if (gt && (!has || at_ms <= current)) return false;
    if (lt && has && at_ms >= current) return false;
    return true;
  }
};

std::optional<Condition> parse_condition(Context& context) {
  Condition condition;
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    if (arguments.take("NX")) {
      condition.nx = true;
    } else if (arguments.take("XX")) {
      condition.xx = true;
    } else if (arguments.take("GT")) {
      condition.gt = true;
    } else if (arguments.take("LT")) {
      condition.lt = true;
    } else {
      context.error("ERR Unsupported option " + errors::shown(arguments.peek()));
      return std::nullopt;
    }
  }
  if (condition.nx && (condition.xx || condition.gt || condition.lt)) {
    context.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return std::nullopt;
  }
  if (condition.gt && condition.lt) {
    context.error("ERR GT and LT options at the same time are not compatible");
    return std::nullopt;
  }
  return condition;
}

// Unlike the options of SET, a time that has passed is no error here: it deletes the key.
std::optional<int64_t> parse_any_time(Context& context, Bytes text, TimeUnit unit) {
  const std::optional<int64_t> given = parse_integer(text);
  if (!given) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  int64_t ms = *given;
  const bool out_of_range = unit.seconds && (ms > INT64_MAX / 1000 || ms < INT64_MIN / 1000);
  if (unit.seconds && !out_of_range) ms *= 1000;
  const int64_t base = unit.absolute ? 0 : context.now_ms();
  if (out_of_range || ms > INT64_MAX - base) {
    context.error(invalid_expire_time(context));
    return std::nullopt;
  }
  return ms + base;
}

void expire_generic(Context& context, TimeUnit unit) {
  const std::optional<Condition> condition = parse_condition(context);
  if (!condition) return;
  const std::optional<int64_t> at_ms = parse_any_time(context, context.arg(2), unit);
  if (!at_ms) return;

  KeyWriter key = context.write(context.arg(1));
  if (!key.exists() || !condition->allows(*key.entry(), *at_ms)) return context.reply.integer(0);
  if (context.has_come(*at_ms)) {
    key.erase();
    key.notify(kEventGeneric, "del");
    context.journal_as(
        {context.books().expiry_unlinks ? Bytes("UNLINK") : Bytes("DEL"), key.key()});
  } else {
    key.set_expiry(*at_ms);
    key.notify(kEventGeneric, "expire");
    if (context.journaled())
      context.journal_as({"PEXPIREAT", key.key(), IntegerText(*at_ms).view()});
  }
  context.reply.integer(1);
}

void expire_command(Context& context) {
  expire_generic(context, kEx);
}
void pexpire_command(Context& context) {
  expire_generic(context, kPx);
}
void expireat_command(Context& context) {
  expire_generic(context, kExat);
}
void pexpireat_command(Context& context) {
  expire_generic(context, kPxat);
}

// -2 without a key, -1 without an expiry.
void ttl_generic(Context& context, TimeUnit unit) {
  const Entry* entry = context.read(context.arg(1), Touch::kLook);
  if (entry == nullptr) return context.reply.integer(-2);
  if (!entry->has_expiry()) return context.reply.integer(-1);
  int64_t ms = entry->expiry().at_ms - (unit.absolute ? 0 : context.now_ms());
  if (ms < 0) ms = 0;
  // Half a second rounds up, without overflow at the end of time.
  context.reply.integer(unit.seconds ? ms / 1000 + (ms % 1000 >= 500 ? 1 : 0) : ms);
}

void ttl_command(Context& context) {
  ttl_generic(context, kEx);
}
void pttl_command(Context& context) {
  ttl_generic(context, kPx);
}
void expiretime_command(Context& context) {
  ttl_generic(context, kExat);
}
void pexpiretime_command(Context& context) {
  ttl_generic(context, kPxat);
}

void persist_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!key.clear_expiry()) return context.reply.integer(0);
  key.notify(kEventGeneric, "persist");
  context.reply.integer(1);
}

constexpr CommandSpec expire_row(Bytes name, Handler handler, Bytes since, Bytes summary,
                                 Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kWrite | kFast,
          .categories = kCategoryKeyspace,
          .keys = {key_at(1, kKeyRW | kKeyUpdate)},
          .group = "generic",
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = syntax};
}

constexpr CommandSpec ttl_row(Bytes name, Handler handler, Bytes since, Bytes summary, Bytes tips) {
  return {.name = name,
          .handler = handler,
          .arity = 2,
          .flags = kReadonly | kFast,
          .categories = kCategoryKeyspace,
          .keys = {key_at(1, kKeyRO | kKeyAccess)},
          .group = "generic",
          .since = since,
          .summary = summary,
          .complexity = "O(1)",
          .syntax = "key",
          .tips = tips};
}

constexpr CommandSpec kRows[] = {
    expire_row("expire", expire_command, "1.0.0", "Lets a key expire after so many seconds.",
               "key seconds [NX | XX | GT | LT]"),
    expire_row("pexpire", pexpire_command, "2.6.0", "Lets a key expire after so many milliseconds.",
               "key milliseconds [NX | XX | GT | LT]"),
    expire_row("expireat", expireat_command, "1.2.0",
               "Lets a key expire at a Unix time in seconds.",
               "key unix-time-seconds [NX | XX | GT | LT]"),
    expire_row("pexpireat", pexpireat_command, "2.6.0",
               "Lets a key expire at a Unix time in milliseconds.",
               "key unix-time-milliseconds [NX | XX | GT | LT]"),
    ttl_row("ttl", ttl_command, "1.0.0", "Tells in how many seconds a key expires.",
            "nondeterministic_output"),
    ttl_row("pttl", pttl_command, "2.6.0", "Tells in how many milliseconds a key expires.",
            "nondeterministic_output"),
    ttl_row("expiretime", expiretime_command, "7.0.0",
            "Tells at which Unix time in seconds a key expires.", ""),
    ttl_row("pexpiretime", pexpiretime_command, "7.0.0",
            "Tells at which Unix time in milliseconds a key expires.", ""),
    {.name = "persist",
     .handler = persist_command,
     .arity = 2,
     .flags = kWrite | kFast,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "generic",
     .since = "2.2.0",
     .summary = "Takes a key's expiry away.",
     .complexity = "O(1)",
     .syntax = "key"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> expire_commands() {
  return kRows;
}

}  // namespace sorrel
