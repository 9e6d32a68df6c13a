// Commands that answer, or store, a part of a sorted set: ZRANGE in all its forms, and the older
// commands that it replaces.

#include "core/command/arguments.h"
#include "core/command/zset_bounds.h"
#include "core/commands/commands.h"
#include "core/commands/zset_reply.h"
#include "core/commands/zset_store.h"
#include "core/value/zset_builder.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr Bytes kLimitWithoutRange =
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
constexpr Bytes kScoresByLex =
    "ERR syntax error, WITHSCORES not supported in combination with BYLEX";

enum class By : uint8_t { kRank, kScore, kLex };

/// What a command of the family leaves open.
struct Form {
  std::optional<By> by;         // nothing: the options say
  std::optional<bool> reverse;  // likewise
  bool stores = false;
  size_t first = 2;  // where the ends of the range stand
};

struct RangeQuery {
  By by = By::kRank;
  bool reverse = false;
  bool with_scores = false;
  int64_t offset = 0;
  int64_t limit = -1;
  // By what `by` says.
  int64_t start = 0;
  int64_t stop = 0;
  ScoreRange scores;
  LexRange texts;
};

/// False when an error was answered.
bool parse_range_limit(Context& context, Arguments& arguments, RangeQuery& query) {
  const std::optional<int64_t> offset = parse_integer(arguments.next());
  const std::optional<int64_t> limit = parse_integer(arguments.next());
  if (!offset || !limit) {
    context.error(errors::kNotAnInteger);
    return false;
  }
  query.offset = *offset;
  query.limit = *limit;
  return true;
}

/// False when an error was answered.
bool parse_range_options(Context& context, const Form& form, RangeQuery& query) {
  std::optional<By> by = form.by;
  std::optional<bool> reverse = form.reverse;
  Arguments arguments(context, form.first + 2);
  while (!arguments.done()) {
    if (!form.stores && arguments.take("WITHSCORES")) {
      query.with_scores = true;
    } else if (arguments.left() >= 3 && arguments.take("LIMIT")) {
      if (!parse_range_limit(context, arguments, query)) return false;
    } else if (!reverse && arguments.take("REV")) {
      reverse = true;
    } else if (!by && arguments.take("BYLEX")) {
      by = By::kLex;
    } else if (!by && arguments.take("BYSCORE")) {
      by = By::kScore;
    } else {
      context.error(errors::kSyntax);
      return false;
    }
  }
  query.by = by.value_or(By::kRank);
  query.reverse = reverse.value_or(false);
  return true;
}

/// The error's text; empty when all is well.
Bytes check_range_options(const RangeQuery& query) {
  if (query.limit != -1 && query.by == By::kRank) return kLimitWithoutRange;
  if (query.with_scores && query.by == By::kLex) return kScoresByLex;
  return {};
}

/// Reverse ranges by score or text name their upper end first. The error's text, or nothing.
Bytes parse_range_ends(Bytes first, Bytes second, RangeQuery& query) {
  if (query.by == By::kRank) {
    const std::optional<int64_t> start = parse_integer(first);
    const std::optional<int64_t> stop = parse_integer(second);
    if (!start || !stop) return errors::kNotAnInteger;
    query.start = *start;
    query.stop = *stop;
    return {};
  }
  const Bytes min = query.reverse ? second : first;
  const Bytes max = query.reverse ? first : second;
  if (query.by == By::kScore) {
    const std::optional<ScoreRange> scores = parse_score_range(min, max);
    if (!scores) return errors::kNotAScoreRange;
    query.scores = *scores;
  } else {
    const std::optional<LexRange> texts = parse_lex_range(min, max);
    if (!texts) return errors::kNotALexRange;
    query.texts = *texts;
  }
  return {};
}

std::optional<RangeQuery> parse_range(Context& context, const Form& form) {
  RangeQuery query;
  if (!parse_range_options(context, form, query)) return std::nullopt;
  Bytes problem = check_range_options(query);
  if (problem.empty()) {
    problem = parse_range_ends(context.arg(form.first), context.arg(form.first + 1), query);
  }
  if (problem.empty()) return query;
  context.error(problem);
  return std::nullopt;
}

/// The part of the range that LIMIT leaves, counted from the end that comes first.
RankRange limited(RankRange range, const RangeQuery& query) {
  if (query.offset < 0 || static_cast<uint64_t>(query.offset) >= range.size()) return {};
  const auto offset = static_cast<uint64_t>(query.offset);
  uint64_t count = range.size() - offset;
  if (query.limit >= 0) count = std::min(count, static_cast<uint64_t>(query.limit));
  if (query.reverse) return {range.last - offset - count, range.last - offset};
  return {range.first + offset, range.first + offset + count};
}

RankRange ranks_of(const Zset& set, const RangeQuery& query) {
  if (query.by == By::kScore) return limited(set.ranks(query.scores), query);
  if (query.by == By::kLex) return limited(set.ranks(query.texts), query);
  const RankRange range = indexes_to_ranks(query.start, query.stop, set.size());
  if (!query.reverse) return range;
  return {set.size() - range.last, set.size() - range.first};
}

void reply_range(Context& context, const Form& form) {
  const std::optional<RangeQuery> query = parse_range(context, form);
  if (!query) return;
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(form.first - 1), set)) return;
  if (!set) return context.reply.array(0);
  ZsetReply(context, query->with_scores).range(*set, ranks_of(*set, *query), query->reverse);
}

void zrange_command(Context& context) {
  reply_range(context, Form{});
}
void zrevrange_command(Context& context) {
  reply_range(context, Form{.by = By::kRank, .reverse = true});
}
void zrangebyscore_command(Context& context) {
  reply_range(context, Form{.by = By::kScore, .reverse = false});
}
void zrevrangebyscore_command(Context& context) {
  reply_range(context, Form{.by = By::kScore, .reverse = true});
}
void zrangebylex_command(Context& context) {
  reply_range(context, Form{.by = By::kLex, .reverse = false});
}
void zrevrangebylex_command(Context& context) {
  reply_range(context, Form{.by = By::kLex, .reverse = true});
}

/// The sign that a zero has in what ZRANGESTORE makes. Redis adds member by member to what begins
/// as a listpack, and that knows no -0; from the first member on that made it a skiplist, zeros
/// keep their sign.
class StoredZeros {
 public:
  /// `expected`: members, as far as Redis knows before.
  StoredZeros(const EncodingLimits& limits, uint64_t expected)
      : limits_(limits), in_pack_(expected <= limits.zset_pack_members_max) {}

  double stored(Bytes member, double score) {
    in_pack_ = in_pack_ && ++members_ <= limits_.zset_pack_members_max &&
               member.size() <= limits_.zset_pack_member_bytes_max;
    return in_pack_ && score == 0 ? 0.0 : score;
  }

 private:
  const EncodingLimits& limits_;
  bool in_pack_;
  size_t members_ = 0;
};

void zrangestore_command(Context& context) {
  const std::optional<RangeQuery> query =
      parse_range(context, Form{.by = {}, .reverse = {}, .stores = true, .first = 3});
  if (!query) return;
  std::optional<Zset> set;
  if (!read_zset(context, context.arg(2), set)) return;
  ZsetBuilder result(context.db().values());
  if (set) {
    const RankRange range = ranks_of(*set, *query);
    StoredZeros zeros(context.db().values().limits, query->by == By::kRank ? range.size() : 0);
    set->for_each(range, query->reverse, [&](Bytes member, double score) {
      result.add(member, zeros.stored(member, score));
    });
  }
  store_zset(context, context.arg(1), result, "zrangestore");
}

constexpr CommandSpec kRows[] = {
    {.name = "zrange",
     .handler = zrange_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Gives the members in a range of ranks, scores or texts.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax =
         "key start:string stop:string [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]"},
    {.name = "zrevrange",
     .handler = zrevrange_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "1.2.0",
     .summary = "Gives the members in a range of ranks that count from the highest score.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax = "key start stop [WITHSCORES]",
     .deprecated_since = "6.2.0",
     .replaced_by = "ZRANGE with the REV argument"},
    {.name = "zrangebyscore",
     .handler = zrangebyscore_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "1.0.5",
     .summary = "Gives the members in a range of scores.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax = "key min:double max:double [WITHSCORES] [LIMIT offset count]",
     .deprecated_since = "6.2.0",
     .replaced_by = "ZRANGE with the BYSCORE argument"},
    {.name = "zrevrangebyscore",
     .handler = zrevrangebyscore_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.2.0",
     .summary = "Gives the members in a range of scores, the highest first.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax = "key max:double min:double [WITHSCORES] [LIMIT offset count]",
     .deprecated_since = "6.2.0",
     .replaced_by = "ZRANGE with the REV and BYSCORE arguments"},
    {.name = "zrangebylex",
     .handler = zrangebylex_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.8.9",
     .summary = "Gives the members in a range of texts, where all have one score.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax = "key min max [LIMIT offset count]",
     .deprecated_since = "6.2.0",
     .replaced_by = "ZRANGE with the BYLEX argument"},
    {.name = "zrevrangebylex",
     .handler = zrevrangebylex_command,
     .arity = -4,
     .flags = kReadonly,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "2.8.9",
     .summary = "Gives the members in a range of texts, the last first, where all have one score.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members given",
     .syntax = "key max min [LIMIT offset count]",
     .deprecated_since = "6.2.0",
     .replaced_by = "ZRANGE with the REV and BYLEX arguments"},
    {.name = "zrangestore",
     .handler = zrangestore_command,
     .arity = -5,
     .flags = kWrite | kDenyOom,
     .categories = kCategorySortedSet,
     .keys = {key_at(1, kKeyOW | kKeyUpdate), key_at(2, kKeyRO | kKeyAccess)},
     .group = "sorted-set",
     .since = "6.2.0",
     .summary = "Stores the members in a range of a sorted set under another key.",
     .complexity = "O(log(N)+M) with N the size of the sorted set and M the members stored",
     .syntax = "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_range_commands() {
  return kRows;
}

}  // namespace sorrel
