// Commands on sorted sets: adding, removing and looking up members. Its neighbours: zset_range.cc
// (a part of a set), zset_interval.cc (counting and removing parts), zset_pop.cc, zset_random.cc
// and zset_operation.cc (several sets).

#include "core/command/arguments.h"
#include "core/command/scan_options.h"
#include "core/commands/commands.h"
#include "core/commands/zset_add.h"
#include "core/commands/zset_reply.h"

#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kBothNewAndThere = "ERR XX and NX options at the same time are not compatible";
constexpr Bytes kTwoComparisons =
    "ERR GT, LT, and/or NX options at the same time are not compatible";
constexpr Bytes kOneIncrement = "ERR INCR option supports a single increment-element pair";

// ---- ZADD and ZINCRBY.

/// Up to the first pair of score and member.
ZsetAdd parse_add_options(const Context& context) {
  ZsetAdd add;
  Zset::AddRule& rule = add.rule;
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    if (arguments.take("NX")) {
      rule.only_new = true;
    } else if (arguments.take("XX")) {
      rule.only_there = true;
    } else if (arguments.take("GT")) {
      rule.only_greater = true;
    } else if (arguments.take("LT")) {
      rule.only_less = true;
    } else if (arguments.take("CH")) {
      add.count_changed = true;
    } else if (arguments.take("INCR")) {
      rule.increment = true;
    } else {
      break;
    }
  }
  add.member_at = context.argc() - arguments.left() + 1;
  return add;
}

/// The error's text; empty when all is well.
Bytes check_add(const Zset::AddRule& rule, size_t words) {
  if (words == 0 || words % 2 != 0) return errors::kSyntax;
  if (rule.only_new && rule.only_there) return kBothNewAndThere;
  if ((rule.only_greater && rule.only_new) || (rule.only_less && rule.only_new) ||
      (rule.only_greater && rule.only_less)) {
    return kTwoComparisons;
  }
  if (rule.increment && words > 2) return kOneIncrement;
  return {};
}

void zadd_command(Context& context) {
  ZsetAdd add = parse_add_options(context);
  const size_t first = add.member_at - 1;
  const size_t words = context.argc() - first;
  const Bytes problem = check_add(add.rule, words);
  if (!problem.empty()) return context.error(problem);
  // One pair is the rule, and needs no memory.
  double one;
  std::vector<double> many(words > 2 ? words / 2 : 0);
  const std::span<double> scores = many.empty() ? std::span<double>(&one, 1) : std::span(many);
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::optional<double> score = parse_real(context.arg(first + 2 * i));
    if (!score) return context.error(errors::kNotAFloat);
    scores[i] = *score;
  }
  add.scores = scores;
  add_to_zset(context, add);
}

void zincrby_command(Context& context) {
  const std::optional<double> increment = parse_real(context.arg(2));
  if (!increment) return context.error(errors::kNotAFloat);
  ZsetAdd add;
  add.rule.increment = true;
  add.member_at = 3;
  add.scores = {&*increment, 1};
  add_to_zset(context, add);
}

// ---- Removing.

void zrem_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kZset)) return;
  if (!key.exists()) return context.reply.integer(0);
  Owned<Collection>& set = key.edit(Type::kZset);
  uint64_t removed = 0;
  size_t left = Zset(*set).size();
  for (size_t i = 2; i < context.argc() && left != 0; ++i) {
    if (!Zset::erase(set, context.arg(i), key.values())) continue;
    ++removed;
    --left;
  }
  key.edited(kEventZset, "zrem", removed);
  context.reply.integer(static_cast<int64_t>(removed));
}

// ---- Looking up.

void zcard_command(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  context.reply.integer(set ? static_cast<int64_t>(set->size()) : 0);
}

void reply_score(Context& context, const std::optional<Zset>& set, Bytes member) {
  const std::optional<double> score = set ? set->score(member) : std::nullopt;
  score ? context.reply.real(*score) : context.reply.null();
}

void zscore_command(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  reply_score(context, set, context.arg(2));
}

void zmscore_command(Context& context) {
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  context.reply.array(context.argc() - 2);
  for (const Bytes member : context.args.subspan(2)) reply_score(context, set, member);
}

void reply_rank(Context& context, bool reverse) {
  if (context.argc() > 4) return context.wrong_arity();
  const bool with_score = context.argc() == 4;
  if (with_score && !context.arg_is(3, "WITHSCORE")) return context.error(errors::kSyntax);
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  const auto standing = set ? set->standing(context.arg(2)) : std::nullopt;
  if (!standing) return with_score ? context.reply.null_array() : context.reply.null();
  const uint64_t rank = reverse ? set->size() - 1 - standing->rank : standing->rank;
  if (with_score) context.reply.array(2);
  context.reply.integer(static_cast<int64_t>(rank));
  if (with_score) context.reply.real(standing->score);
}

void zrank_command(Context& context) {
  reply_rank(context, false);
}

void zrevrank_command(Context& context) {
  reply_rank(context, true);
}

void zscan_command(Context& context) {
  const std::optional<uint64_t> cursor = parse_scan_cursor(context, context.arg(2));
  if (!cursor) return;
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(1), set)) return;
  if (!set) {
    reply_scan_cursor(context, 0);
    return context.reply.array(0);
  }
  const auto options = parse_scan_options(context, 3, Scanned::kMembers);
  if (!options) return;
  // Gathered first: the next cursor stands before them in the reply.
  std::vector<std::string> found;
  const uint64_t next = set->scan(*cursor, options->count, [&](Bytes member, Bytes score) {
    if (!options->matches(member)) return;
    found.emplace_back(member);
    found.emplace_back(score);
  });
  reply_scan_cursor(context, next);
  context.reply.array(found.size());
  for (const std::string& text : found) context.reply.bulk(text);
}

constexpr CommandSpec kRows[] = {
    {.name = "zadd",
     .handler = zadd_command,
     .arity = -4,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Adds members to a sorted set, or gives them other scores; on conditions, and "
                "with INCR by adding to the score.",
     .complexity = "O(log(N)) for each member, with N the size of the sorted set",
     .syntax = "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]"},
    {.name = "zincrby",
     .handler = zincrby_command,
     .arity = 4,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Adds to a member's score; a member that isn't there counts as 0.",
     .complexity = "O(log(N)) with N the size of the sorted set",
     .syntax = "key increment member"},
    {.name = "zrem",
     .handler = zrem_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Removes members from a sorted set; the key goes with the last one.",
     .complexity = "O(M*log(N)) with N the size of the sorted set and M the members removed",
     .syntax = "key member [member ...]"},
    {.name = "zcard",
     .handler = zcard_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Gives the number of members of a sorted set.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "zscore",
     .handler = zscore_command,
     .arity = 3,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Gives a member's score.",
     .complexity = "O(1)",
     .syntax = "key member"},
    {.name = "zmscore",
     .handler = zmscore_command,
     .arity = -3,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "6.2.0",
     .summary = "Gives the scores of several members.",
     .complexity = "O(N) with N the number of members asked for",
     .syntax = "key member [member ...]"},
    {.name = "zrank",
     .handler = zrank_command,
     .arity = -3,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.0.0",
     .summary = "Gives how many members stand before one, from the lowest score on.",
     .complexity = "O(log(N))",
     .syntax = "key member [WITHSCORE]"},
    {.name = "zrevrank",
     .handler = zrevrank_command,
     .arity = -3,
     .flags = kReadonly | kFast,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.0.0",
     .summary = "Gives how many members stand before one, from the highest score down.",
     .complexity = "O(log(N))",
     .syntax = "key member [WITHSCORE]"},
    {.name = "zscan",
     .handler = zscan_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.8.0",
     .summary = "Goes over the members and scores of a sorted set, some at a time.",
     .complexity = "O(1) for every call; O(N) for going over all N members",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_commands() {
  return kRows;
}

}  // namespace sorrel
