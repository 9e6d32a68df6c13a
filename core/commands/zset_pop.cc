// Commands that take members from the ends of sorted sets.
//
// ZMPOP, and those that wait, are journaled as the ZPOPMIN or ZPOPMAX that they turned out to be.

#include "core/command/arguments.h"
#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/zset_reply.h"

#include <algorithm>

namespace sorrel {
namespace {

/// The ranks of up to `count` members at one end.
RankRange end_of(const Zset& set, bool highest, uint64_t count) {
  const uint64_t taken = std::min<uint64_t>(count, set.size());
  return highest ? RankRange{set.size() - taken, set.size()} : RankRange{0, taken};
}

void remove_popped(KeyWriter& key, const RankRange& range, bool highest) {
  Zset::erase(key.edit(Type::kZset), range, key.values());
  key.edited(kEventZset, highest ? "zpopmax" : "zpopmin", range.size());
}

// ---- ZPOPMIN and ZPOPMAX.

void reply_popped(Context& context, const Zset& set, const RankRange& range, bool highest,
                  bool counted) {
  if (counted) return ZsetReply(context, true).range(set, range, highest);
  // One member and its score, side by side in either protocol.
  context.reply.array(2);
  set.for_each(range, highest, [&](Bytes member, double score) {
    context.reply.bulk(member);
    context.reply.real(score);
  });
}

void pop(Context& context, bool highest) {
  if (context.argc() > 3) return context.error(errors::kSyntax);
  const bool counted = context.argc() == 3;
  const std::optional<int64_t> count = counted ? parse_integer(context.arg(2)) : 1;
  if (!count || *count < 0) return context.error(errors::kPositive);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kZset)) return;
  if (!key.exists() || *count == 0) return context.reply.array(0);
  const Zset set(*key.entry()->collection());
  const RankRange range = end_of(set, highest, static_cast<uint64_t>(*count));
  reply_popped(context, set, range, highest, counted);
  remove_popped(key, range, highest);
}

void zpopmin_command(Context& context) {
  pop(context, false);
}

void zpopmax_command(Context& context) {
  pop(context, true);
}

// ---- ZMPOP.

struct PopQuery {
  std::span<const Bytes> keys;
  bool highest = false;
  uint64_t count = 1;
};

/// The error's text; empty when all is well.
Bytes parse_pop(const Context& context, size_t at, PopQuery& query) {
  const std::optional<int64_t> keys = parse_integer(context.arg(at));
  if (!keys || *keys < 1) return "ERR numkeys should be greater than 0";
  if (static_cast<uint64_t>(*keys) >= context.argc() - at - 1) return errors::kSyntax;
  query.keys = context.args.subspan(at + 1, static_cast<size_t>(*keys));
  Arguments arguments(context, at + 1 + static_cast<size_t>(*keys));
  query.highest = arguments.take("MAX");
  if (!query.highest && !arguments.take("MIN")) return errors::kSyntax;
  Bytes text;
  if (arguments.take("COUNT", text)) {
    const std::optional<int64_t> count = parse_integer(text);
    if (!count || *count < 1) return "ERR count should be greater than 0";
    query.count = static_cast<uint64_t>(*count);
  }
  return arguments.done() ? Bytes() : errors::kSyntax;
}

void pop_from(Context& context, KeyWriter& key, const PopQuery& query) {
  const Zset set(*key.entry()->collection());
  const RankRange range = end_of(set, query.highest, query.count);
  context.reply.array(2);
  context.reply.bulk(key.key());
  context.reply.array(range.size());
  set.for_each(range, query.highest, [&](Bytes member, double score) {
    context.reply.array(2);
    context.reply.bulk(member);
    context.reply.real(score);
  });
  remove_popped(key, range, query.highest);
  context.journal_as({query.highest ? "ZPOPMAX" : "ZPOPMIN", key.key(),
                      IntegerText(static_cast<int64_t>(range.size())).view()});
}

/// From the first of the keys that has members. False when none has.
bool pop_from_any(Context& context, const PopQuery& query) {
  for (const Bytes name : query.keys) {
    KeyWriter key = context.write(name);
    if (!context.require(key, Type::kZset)) return true;
    if (!key.exists()) continue;
    pop_from(context, key, query);
    return true;
  }
  return false;
}

void zmpop_command(Context& context) {
  PopQuery query;
  const Bytes problem = parse_pop(context, 1, query);
  if (!problem.empty()) return context.error(problem);
  if (!pop_from_any(context, query)) context.reply.null_array();
}

// ---- Waiting for a member.

void bzmpop_command(Context& context) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.arg(1));
  if (!timeout_ms) return;
  PopQuery query;
  const Bytes problem = parse_pop(context, 2, query);
  if (!problem.empty()) return context.error(problem);
  if (!pop_from_any(context, query)) context.block({Type::kZset, query.keys, *timeout_ms});
}

void pop_or_wait(Context& context, bool highest) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.args.back());
  if (!timeout_ms) return;
  const std::span<const Bytes> keys = context.args.subspan(1, context.argc() - 2);
  for (const Bytes name : keys) {
    KeyWriter key = context.write(name);
    if (!context.require(key, Type::kZset)) return;
    if (!key.exists()) continue;
    const Zset set(*key.entry()->collection());
    const RankRange range = end_of(set, highest, 1);
    context.reply.array(3);
    context.reply.bulk(name);
    set.for_each(range, highest, [&](Bytes member, double score) {
      context.reply.bulk(member);
      context.reply.real(score);
    });
    remove_popped(key, range, highest);
    return context.journal_as({highest ? "ZPOPMAX" : "ZPOPMIN", name});
  }
  context.block({Type::kZset, keys, *timeout_ms});
}

void bzpopmin_command(Context& context) {
  pop_or_wait(context, false);
}

void bzpopmax_command(Context& context) {
  pop_or_wait(context, true);
}

constexpr CommandSpec pop_row(Bytes name, Handler handler, int arity, uint32_t flags, KeySpec keys,
                              Bytes since, Bytes summary, Bytes complexity, Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = arity,
          .flags = flags | kWrite,
          .categories = kCategorySortedSet,
          .keys = {keys},
          .group = "sorted-set",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}

constexpr unsigned kPopped = kKeyRW | kKeyAccess | kKeyDelete;

constexpr CommandSpec waiting_pop_row(Bytes name, Handler handler, Bytes summary) {
  return pop_row(name, handler, -3, kNoscript | kBlocking | kFast, keys_from(1, -2, 1, kPopped),
                 "5.0.0", summary, "O(log(N)) with N the size of the sorted set",
                 "key [key ...] timeout:double");
}
constexpr CommandSpec one_pop_row(Bytes name, Handler handler, Bytes summary) {
  return pop_row(name, handler, -2, kFast, key_at(1, kPopped), "5.0.0", summary,
                 "O(log(N)*M) with N the size of the sorted set and M the members removed",
                 "key [count]");
}

constexpr Bytes kManyComplexity =
    "O(K)+O(M*log(N)) with K the keys given, N the size of the sorted set and M the members "
    "removed";

constexpr CommandSpec kRows[] = {
    waiting_pop_row("bzpopmin", bzpopmin_command,
                    "Removes the member with the lowest score from the first sorted set that there "
                    "is, or waits for one."),
    waiting_pop_row("bzpopmax", bzpopmax_command,
                    "Removes the member with the highest score from the first sorted set that "
                    "there is, or waits for one."),
    pop_row("bzmpop", bzmpop_command, -5, kBlocking | kMovableKeys, keys_counted(2, kPopped),
            "7.0.0",
            "Removes members from one end of the first sorted set that there is, or waits for one.",
            kManyComplexity, "timeout:double numkeys key [key ...] (MIN | MAX) [COUNT count]"),
    one_pop_row("zpopmin", zpopmin_command,
                "Removes the members with the lowest scores and gives them."),
    one_pop_row("zpopmax", zpopmax_command,
                "Removes the members with the highest scores and gives them."),
    pop_row("zmpop", zmpop_command, -4, kMovableKeys, keys_counted(1, kPopped), "7.0.0",
            "Removes members from one end of the first sorted set that there is, and gives them.",
            kManyComplexity, "numkeys key [key ...] (MIN | MAX) [COUNT count]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_pop_commands() {
  return kRows;
}

}  // namespace sorrel
