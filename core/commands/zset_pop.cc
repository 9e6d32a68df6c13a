// Commands that take members from the ends of sorted sets.
//
// ZMPOP, and those that wait, are journaled as the ZPOPMIN or ZPOPMAX that they turned out to be.

#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/multi_pop.h"
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

Bytes pop_name(bool highest) {
  return highest ? "ZPOPMAX" : "ZPOPMIN";
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

std::optional<MultiPop> parse_zsets(Context& context, size_t at) {
  return parse_multi_pop(context, at, "MIN", "MAX");
}

void pop_from(Context& context, KeyWriter& key, const MultiPop& wanted) {
  const Zset set(*key.entry()->collection());
  const RankRange range = end_of(set, wanted.last, wanted.count);
  context.reply.array(2);
  context.reply.bulk(key.key());
  context.reply.array(range.size());
  set.for_each(range, wanted.last, [&](Bytes member, double score) {
    context.reply.array(2);
    context.reply.bulk(member);
    context.reply.real(score);
  });
  remove_popped(key, range, wanted.last);
  context.journal_as(
      {pop_name(wanted.last), key.key(), IntegerText(static_cast<int64_t>(range.size())).view()});
}

/// False when none of the keys has members.
bool pop_from_any(Context& context, const MultiPop& wanted) {
  return pop_from_first(context, Type::kZset, wanted.keys,
                        [&](KeyWriter& key) { pop_from(context, key, wanted); });
}

void zmpop_command(Context& context) {
  const std::optional<MultiPop> wanted = parse_zsets(context, 1);
  if (wanted && !pop_from_any(context, *wanted)) context.reply.null_array();
}

// ---- Waiting for a member.

void bzmpop_command(Context& context) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.arg(1));
  if (!timeout_ms) return;
  const std::optional<MultiPop> wanted = parse_zsets(context, 2);
  if (!wanted || pop_from_any(context, *wanted)) return;
  context.block({Type::kZset, wanted->keys, *timeout_ms});
}

void pop_or_wait(Context& context, bool highest) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.args.back());
  if (!timeout_ms) return;
  const std::span<const Bytes> keys = context.args.subspan(1, context.argc() - 2);
  const bool popped = pop_from_first(context, Type::kZset, keys, [&](KeyWriter& key) {
    const Zset set(*key.entry()->collection());
    const RankRange range = end_of(set, highest, 1);
    context.reply.array(3);
    context.reply.bulk(key.key());
    set.for_each(range, highest, [&](Bytes member, double score) {
      context.reply.bulk(member);
      context.reply.real(score);
    });
    remove_popped(key, range, highest);
    context.journal_as({pop_name(highest), key.key()});
  });
  if (!popped) context.block({Type::kZset, keys, *timeout_ms});
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
