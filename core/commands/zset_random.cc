// ZRANDMEMBER.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/zset_reply.h"

#include <limits>
#include <unordered_set>

namespace sorrel {
namespace {

constexpr int64_t kCountMax = std::numeric_limits<int64_t>::max();
constexpr Bytes kCountOutOfRange =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

void reply_one(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  if (!set) return context.reply.null();
  const uint64_t rank = context.db().values().random.below(set->size());
  set->for_each({rank, rank + 1}, false, [&](Bytes member, double) { context.reply.bulk(member); });
}

/// Any of them, each time anew.
void reply_repeated(Context& context, const Zset& set, uint64_t count, bool with_scores) {
  ZsetReply reply(context, with_scores);
  reply.begin(count);
  Random& random = context.db().values().random;
  for (; count != 0 && !context.exceeds_output_limit(); --count) {
    const uint64_t rank = random.below(set.size());
    set.for_each({rank, rank + 1}, false,
                 [&](Bytes member, double score) { reply.member(member, score); });
  }
}

/// `count` different ones, fewer than there are. Floyd's way: each draw has one rank more to choose
/// from, and takes that one when it meets a rank again.
void reply_distinct(Context& context, const Zset& set, uint64_t count, bool with_scores) {
  ZsetReply reply(context, with_scores);
  reply.begin(count);
  Random& random = context.db().values().random;
  std::unordered_set<uint64_t> taken;
  taken.reserve(count);
  for (uint64_t highest = set.size() - count; highest < set.size(); ++highest) {
    const uint64_t drawn = random.below(highest + 1);
    const uint64_t rank = taken.insert(drawn).second ? drawn : highest;
    taken.insert(rank);
    set.for_each({rank, rank + 1}, false,
                 [&](Bytes member, double score) { reply.member(member, score); });
  }
}

void zrandmember_command(Context& context) {
  if (context.argc() == 2) return reply_one(context);
  const std::optional<int64_t> count = parse_integer(context.arg(2));
  if (!count) return context.error(errors::kNotAnInteger);
  if (*count < -kCountMax) return context.error(kCountOutOfRange);
  const bool with_scores = context.argc() == 4;
  if (context.argc() > 4 || (with_scores && !context.arg_is(3, "WITHSCORES"))) {
    return context.error(errors::kSyntax);
  }
  if (with_scores && (*count < -kCountMax / 2 || *count > kCountMax / 2)) {
    return context.error("ERR value is out of range");
  }
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  if (!set || *count == 0) return context.reply.array(0);
  if (*count < 0)
    return reply_repeated(context, *set, 0 - static_cast<uint64_t>(*count), with_scores);
  const auto wanted = static_cast<uint64_t>(*count);
  if (wanted < set->size()) return reply_distinct(context, *set, wanted, with_scores);
  ZsetReply(context, with_scores).range(*set, set->all(), false);
}

constexpr CommandSpec kRows[] = {
    {.name = "zrandmember",
     .handler = zrandmember_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "6.2.0",
     .summary = "Gives random members of a sorted set: different ones, or with a negative count "
                "any.",
     .complexity = "O(M*log(N)) with N the size of the sorted set and M the members given",
     .syntax = "key [count [WITHSCORES]]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_random_commands() {
  return kRows;
}

}  // namespace sorrel
