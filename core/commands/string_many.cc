// Commands on the strings of several keys.
//
// MSETEX is journaled in words that every server since Redis 7 knows: MSET, or one SET a key with
// KEEPTTL or PXAT, in a transaction.

#include "core/command/arguments.h"
#include "core/command/expire_option.h"
#include "core/command/key_batch.h"
#include "core/command/value_condition.h"
#include "core/commands/commands.h"
#include "core/commands/string_reply.h"

#include <climits>
#include <vector>

namespace sorrel {
namespace {

void mget_command(Context& context) {
  context.reply.array(context.argc() - 1);
  for_each_key(context, 1, context.argc(), 1, [&](size_t i, uint64_t hash) {
    const Entry* entry = context.read_hashed(context.arg(i), hash);
    if (entry == nullptr || entry->type() != Type::kString) return context.reply.null();
    reply_string(context, *entry);
  });
}

/// `key value` pairs from argument `first` to before `end`.
struct Pairs {
  size_t first;
  size_t end;
};

void put_pairs(Context& context, Pairs pairs, Expiry expiry) {
  for_each_key(context, pairs.first, pairs.end, 2, [&](size_t i, uint64_t hash) {
    KeyWriter key = context.write_hashed(context.arg(i), hash);
    key.put_string(context.arg(i + 1), expiry);
    key.notify(kEventString, "set");
    if (expiry.kind == Expiry::Kind::kAt) key.notify(kEventGeneric, "expire");
  });
}

bool all_hold(Context& context, Pairs pairs, const ValueCondition& condition) {
  bool hold = true;
  for_each_key(context, pairs.first, pairs.end, 2, [&](size_t i, uint64_t hash) {
    if (hold) hold = condition.holds(context.write_hashed(context.arg(i), hash).entry());
  });
  return hold;
}

void mset_command(Context& context) {
  if (context.argc() % 2 == 0) return context.wrong_arity();
  put_pairs(context, Pairs{1, context.argc()}, Expiry::none());
  context.reply.ok();
}

void msetnx_command(Context& context) {
  if (context.argc() % 2 == 0) return context.wrong_arity();
  const Pairs pairs{1, context.argc()};
  if (!all_hold(context, pairs, ValueCondition(ValueCondition::Kind::kNx))) {
    return context.reply.integer(0);
  }
  put_pairs(context, pairs, Expiry::none());
  context.reply.integer(1);
}

// ---- MSETEX.

void journal_pairs(Context& context, Pairs pairs, Expiry expiry) {
  if (!context.journaled()) return;
  if (expiry.kind == Expiry::Kind::kNone) {
    std::vector<Bytes> words = {"MSET"};
    for (size_t i = pairs.first; i < pairs.end; ++i) words.push_back(context.arg(i));
    return context.journal_as(words);
  }
  const IntegerText at(expiry.at_ms);
  for (size_t i = pairs.first; i < pairs.end; i += 2) {
    if (expiry.kind == Expiry::Kind::kKeep) {
      context.journal_as({"SET", context.arg(i), context.arg(i + 1), "KEEPTTL"});
    } else {
      context.journal_as({"SET", context.arg(i), context.arg(i + 1), "PXAT", at.view()});
    }
  }
}

std::optional<Pairs> parse_counted_pairs(Context& context) {
  const std::optional<int64_t> count = parse_integer(context.arg(1));
  if (!count || *count < 1 || *count > INT_MAX) {
    context.error("ERR invalid numkeys value");
    return std::nullopt;
  }
  const size_t end = 2 + 2 * static_cast<size_t>(*count);
  if (end > context.argc()) {
    context.error("ERR wrong number of key-value pairs");
    return std::nullopt;
  }
  return Pairs{2, end};
}

void msetex_command(Context& context) {
  const std::optional<Pairs> pairs = parse_counted_pairs(context);
  if (!pairs) return;
  ValueCondition condition;
  ExpireOption option(ExpireOption::Kind::kKeepTtl);
  Arguments arguments(context, pairs->end);
  while (!arguments.done()) {
    if (!condition.take_existence(arguments) && !option.take(arguments)) {
      return context.error(errors::kSyntax);
    }
  }
  Expiry expiry = option.kind() == ExpireOption::Kind::kNone ? Expiry::none() : Expiry::keep();
  if (option.is_time()) {
    const auto at_ms = option.resolve(context);
    if (!at_ms) return;
    expiry = Expiry::at(*at_ms);
  }
  if (!all_hold(context, *pairs, condition)) return context.reply.integer(0);
  put_pairs(context, *pairs, expiry);
  journal_pairs(context, *pairs, expiry);
  context.reply.integer(1);
}

constexpr KeySpec counted_pairs(unsigned flags) {
  KeySpec spec = keys_counted(1, flags);
  spec.step = 2;
  return spec;
}

constexpr CommandSpec kRows[] = {
    {.name = "mget",
     .handler = mget_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .categories = kCategoryString,
     .keys = {keys_from(1, -1, 1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Gives the strings stored at several keys.",
     .complexity = "O(N) for N keys",
     .syntax = "key [key ...]",
     .tips = "request_policy:multi_shard"},
    {.name = "mset",
     .handler = mset_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {keys_from(1, -1, 2, kKeyOW | kKeyUpdate)},
     .group = "string",
     .since = "1.0.1",
     .summary = "Stores strings under several keys at once.",
     .complexity = "O(N) for N keys",
     .syntax = "key value [key value ...]",
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
    {.name = "msetnx",
     .handler = msetnx_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {keys_from(1, -1, 2, kKeyOW | kKeyInsert)},
     .group = "string",
     .since = "1.0.1",
     .summary = "Stores strings under several keys at once, only if none of the keys exists.",
     .complexity = "O(N) for N keys",
     .syntax = "key value [key value ...]",
     .tips = "request_policy:multi_shard response_policy:agg_min"},
    // https://redis.io/docs/latest/commands/msetex/
    {.name = "msetex",
     .handler = msetex_command,
     .arity = -4,
     .flags = kWrite | kDenyOom | kMovableKeys,
     .categories = kCategoryString,
     .keys = {counted_pairs(kKeyOW | kKeyUpdate)},
     .group = "string",
     .since = "8.4.0",
     .summary = "Stores strings under several keys at once, with one expiry for all and only if "
                "none or all of the keys exist.",
     .complexity = "O(N) for N keys",
     .syntax = "numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | "
               "EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_many_commands() {
  return kRows;
}

}  // namespace sorrel
