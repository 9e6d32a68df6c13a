// Commands that count, or remove, a part of a sorted set.

#include "core/base/number.h"
#include "core/command/zset_bounds.h"
#include "core/commands/commands.h"
#include "core/commands/zset_reply.h"
#include "core/commands/zset_store.h"

namespace sorrel {
namespace {

/// Nothing when an error was answered.
std::optional<ScoreRange> score_range_of(Context& context) {
  const auto range = parse_score_range(context.arg(2), context.arg(3));
  if (!range) context.error(errors::kNotAScoreRange);
  return range;
}
std::optional<LexRange> lex_range_of(Context& context) {
  const auto range = parse_lex_range(context.arg(2), context.arg(3));
  if (!range) context.error(errors::kNotALexRange);
  return range;
}

template <class Range>
void reply_count(Context& context, const std::optional<Range>& range) {
  if (!range) return;
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  context.reply.integer(set ? static_cast<int64_t>(set->ranks(*range).size()) : 0);
}

void zcount_command(Context& context) {
  reply_count(context, score_range_of(context));
}

void zlexcount_command(Context& context) {
  reply_count(context, lex_range_of(context));
}

/// `ranks_in(const Zset&)` says which go.
template <class RanksIn>
void remove_range(Context& context, Bytes event, RanksIn&& ranks_in) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kZset)) return;
  if (!key.exists()) return context.reply.integer(0);
  const RankRange range = ranks_in(Zset(*key.entry()->collection()));
  if (!range.empty()) {
    Zset::erase(key.edit(Type::kZset), range, key.values());
    key.edited(kEventZset, event, range.size());
  }
  context.reply.integer(static_cast<int64_t>(range.size()));
}

void zremrangebyrank_command(Context& context) {
  const std::optional<int64_t> start = parse_integer(context.arg(2));
  const std::optional<int64_t> stop = parse_integer(context.arg(3));
  if (!start || !stop) return context.error(errors::kNotAnInteger);
  remove_range(context, "zremrangebyrank",
               [&](const Zset& set) { return indexes_to_ranks(*start, *stop, set.size()); });
}

void zremrangebyscore_command(Context& context) {
  const auto range = score_range_of(context);
  if (!range) return;
  remove_range(context, "zremrangebyscore", [&](const Zset& set) { return set.ranks(*range); });
}

void zremrangebylex_command(Context& context) {
  const auto range = lex_range_of(context);
  if (!range) return;
  remove_range(context, "zremrangebylex", [&](const Zset& set) { return set.ranks(*range); });
}

constexpr CommandSpec kRows[] = {
    {.name = "zcount",
     .handler = zcount_command,
     .arity = 4,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.0.0",
     .summary = "Counts the members in a range of scores.",
     .complexity = "O(log(N)) with N the size of the sorted set",
     .syntax = "key min:double max:double"},
    {.name = "zlexcount",
     .handler = zlexcount_command,
     .arity = 4,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.8.9",
     .summary = "Counts the members in a range of texts, where all have one score.",
     .complexity = "O(log(N)) with N the size of the sorted set",
     .syntax = "key min max"},
    {.name = "zremrangebyrank",
     .handler = zremrangebyrank_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "sorted-set",
     .since = "2.0.0",
     .summary = "Removes the members in a range of ranks.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members removed",
     .syntax = "key start stop"},
    {.name = "zremrangebyscore",
     .handler = zremrangebyscore_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Removes the members in a range of scores.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members removed",
     .syntax = "key min:double max:double"},
    {.name = "zremrangebylex",
     .handler = zremrangebylex_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "sorted-set",
     .since = "2.8.9",
     .summary = "Removes the members in a range of texts, where all have one score.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members removed",
     .syntax = "key min max"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_interval_commands() {
  return kRows;
}

}  // namespace sorrel
