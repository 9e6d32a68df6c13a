// Commands on several sorted sets, or sets: union, intersection, difference.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/zset_input.h"
#include "core/commands/zset_reply.h"
#include "core/commands/zset_store.h"
#include "core/value/zset_builder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sorrel {
namespace {

enum class Operation : uint8_t { kUnion, kIntersection, kDifference };
enum class Outcome : uint8_t { kReply, kStore, kCount };
enum class Aggregate : uint8_t { kSum, kMin, kMax, kCount };

struct Form {
  Operation operation;
  Outcome outcome;

  size_t numkeys_at() const { return outcome == Outcome::kStore ? 2 : 1; }
  bool weighs() const { return operation != Operation::kDifference && outcome != Outcome::kCount; }
};

struct Query {
  std::vector<ZsetInput> inputs;
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  uint64_t limit = 0;  // 0: none
};

// ---- Arguments.

/// False when an error was answered.
bool read_inputs(Context& context, size_t numkeys_at, Query& query) {
  const std::optional<int64_t> count = parse_integer(context.arg(numkeys_at));
  if (!count) {
    context.error(errors::kNotAnInteger);
    return false;
  }
  if (*count < 1) {
    context.error("ERR at least 1 input key is needed for '" +
                  std::string(context.command.spec->name) + "' command");
    return false;
  }
  const size_t after = context.argc() - numkeys_at - 1;
  if (static_cast<uint64_t>(*count) > after) {
    context.error(errors::kSyntax);
    return false;
  }
  const bool stores = (context.command.spec->flags & kWrite) != 0;
  query.inputs.reserve(static_cast<size_t>(*count));
  for (const Bytes key : context.args.subspan(numkeys_at + 1, static_cast<size_t>(*count))) {
    const Entry* entry = context.read(key);
    if (stores) entry = context.db().settle(context.books(), entry);
    if (entry != nullptr && !ZsetInput::accepts(entry->type())) {
      context.error(errors::kWrongType);
      return false;
    }
    query.inputs.push_back(entry == nullptr ? ZsetInput()
                                            : ZsetInput(*entry, context.books().expired_until_ms));
  }
  return true;
}

/// The error's text; empty when all is well.
Bytes parse_weights(Arguments& arguments, std::vector<ZsetInput>& inputs) {
  for (ZsetInput& input : inputs) {
    const std::optional<double> weight = parse_real(arguments.next());
    if (!weight) return "ERR weight value is not a float";
    input.weight = *weight;
  }
  return {};
}

Bytes parse_aggregate(Bytes word, Aggregate& aggregate) {
  struct Name {
    Bytes word;
    Aggregate aggregate;
  };
  constexpr Name kNames[] = {{"SUM", Aggregate::kSum},
                             {"MIN", Aggregate::kMin},
                             {"MAX", Aggregate::kMax},
                             {"COUNT", Aggregate::kCount}};
  for (const Name& name : kNames) {
    if (!equals_ignore_case(word, name.word)) continue;
    aggregate = name.aggregate;
    return {};
  }
  return errors::kSyntax;
}

Bytes parse_limit(Bytes text, uint64_t& limit) {
  const std::optional<int64_t> value = parse_integer(text);
  if (!value || *value < 0) return "ERR LIMIT can't be negative";
  limit = static_cast<uint64_t>(*value);
  return {};
}

/// The error's text; empty when all is well.
Bytes parse_options(Arguments& arguments, const Form& form, Query& query) {
  while (!arguments.done()) {
    Bytes problem;
    Bytes value;
    if (form.weighs() && arguments.left() > query.inputs.size() && arguments.take("WEIGHTS")) {
      problem = parse_weights(arguments, query.inputs);
    } else if (form.weighs() && arguments.take("AGGREGATE", value)) {
      problem = parse_aggregate(value, query.aggregate);
    } else if (form.outcome == Outcome::kReply && arguments.take("WITHSCORES")) {
      query.with_scores = true;
    } else if (form.outcome == Outcome::kCount && arguments.take("LIMIT", value)) {
      problem = parse_limit(value, query.limit);
    } else {
      problem = errors::kSyntax;
    }
    if (!problem.empty()) return problem;
  }
  return {};
}

std::optional<Query> parse(Context& context, const Form& form) {
  Query query;
  if (!read_inputs(context, form.numkeys_at(), query)) return std::nullopt;
  Arguments arguments(context, form.numkeys_at() + 1 + query.inputs.size());
  const Bytes problem = parse_options(arguments, form, query);
  if (!problem.empty()) {
    context.error(problem);
    return std::nullopt;
  }
  // The order decides how scores are rounded when they are added: smallest first, as in Redis.
  if (form.operation != Operation::kDifference) {
    std::stable_sort(query.inputs.begin(), query.inputs.end(),
                     [](const ZsetInput& a, const ZsetInput& b) { return a.size() < b.size(); });
  }
  return query;
}

// ---- Scores.

double not_nan(double score) {
  return std::isnan(score) ? 0 : score;
}

/// What an input adds for a member.
double weighted(Aggregate aggregate, double weight, double score) {
  return aggregate == Aggregate::kCount ? weight : weight * score;
}

double combined(Aggregate aggregate, double a, double b) {
  switch (aggregate) {
    case Aggregate::kSum:
    case Aggregate::kCount:
      return not_nan(a + b);
    case Aggregate::kMin:
      return b < a ? b : a;
    case Aggregate::kMax:
      return b > a ? b : a;
  }
  return a;
}

// ---- The operations.

void unite(const Query& query, ZsetBuilder& result) {
  for (const ZsetInput& input : query.inputs) {
    const bool first = result.size() == 0;
    input.for_each([&](Bytes member, double score) {
      const double mine = not_nan(weighted(query.aggregate, input.weight, score));
      if (first) return result.add(member, mine);
      result.combine(member, mine,
                     [&](double present) { return combined(query.aggregate, present, mine); });
    });
  }
}

/// `visit(Bytes member, double score)` for the members that all inputs have, until it says false.
template <class Visit>
void intersect(const Query& query, Visit&& visit) {
  const ZsetInput& smallest = query.inputs.front();
  const std::span<const ZsetInput> others = std::span(query.inputs).subspan(1);
  smallest.walk([&](Bytes member, double score) {
    double total = not_nan(weighted(query.aggregate, smallest.weight, score));
    for (const ZsetInput& other : others) {
      const std::optional<double> theirs = other.score(member);
      if (!theirs) return true;
      total = combined(query.aggregate, total, weighted(query.aggregate, other.weight, *theirs));
    }
    return visit(member, total);
  });
}

void subtract(const Query& query, ZsetBuilder& result) {
  const std::span<const ZsetInput> others = std::span(query.inputs).subspan(1);
  query.inputs.front().for_each([&](Bytes member, double score) {
    const bool elsewhere = std::any_of(others.begin(), others.end(), [&](const ZsetInput& other) {
      return other.score(member).has_value();
    });
    if (!elsewhere) result.add(member, score);
  });
}

void compute(const Query& query, Operation operation, ZsetBuilder& result) {
  switch (operation) {
    case Operation::kUnion:
      return unite(query, result);
    case Operation::kIntersection:
      return intersect(query, [&](Bytes member, double score) {
        result.add(member, score);
        return true;
      });
    case Operation::kDifference:
      return subtract(query, result);
  }
}

void reply_operation(Context& context, Operation operation) {
  const std::optional<Query> query = parse(context, Form{operation, Outcome::kReply});
  if (!query) return;
  ZsetBuilder result(context.db().values());
  compute(*query, operation, result);
  ZsetReply reply(context, query->with_scores);
  reply.begin(result.size());
  result.for_each([&](Bytes member, double score) { reply.member(member, score); });
}

void store_operation(Context& context, Operation operation, Bytes event) {
  const std::optional<Query> query = parse(context, Form{operation, Outcome::kStore});
  if (!query) return;
  ZsetBuilder result(context.db().values());
  compute(*query, operation, result);
  store_zset(context, context.arg(1), result, event);
}

void zunion_command(Context& context) {
  reply_operation(context, Operation::kUnion);
}
void zinter_command(Context& context) {
  reply_operation(context, Operation::kIntersection);
}
void zdiff_command(Context& context) {
  reply_operation(context, Operation::kDifference);
}
void zunionstore_command(Context& context) {
  store_operation(context, Operation::kUnion, "zunionstore");
}
void zinterstore_command(Context& context) {
  store_operation(context, Operation::kIntersection, "zinterstore");
}
void zdiffstore_command(Context& context) {
  store_operation(context, Operation::kDifference, "zdiffstore");
}

void zintercard_command(Context& context) {
  const std::optional<Query> query =
      parse(context, Form{Operation::kIntersection, Outcome::kCount});
  if (!query) return;
  uint64_t members = 0;
  intersect(*query, [&](Bytes, double) { return ++members != query->limit; });
  context.reply.integer(static_cast<int64_t>(members));
}

constexpr Bytes kCombineComplexity =
    "O(N)+O(M*log(M)) with N the sum of the sizes of the inputs and M the members of the result";
constexpr Bytes kIntersectComplexity =
    "O(N*K)+O(M*log(M)) with N the size of the smallest input, K the inputs and M the members of "
    "the result";
constexpr Bytes kSubtractComplexity =
    "O(N*K)+O(M*log(M)) with N the size of the first input, K the inputs and M the members of the "
    "result";

constexpr Bytes kCombineSyntax =
    "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE (SUM | MIN | MAX | COUNT)] "
    "[WITHSCORES]";
constexpr Bytes kCombineStoreSyntax =
    "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE (SUM | MIN | MAX | "
    "COUNT)]";

constexpr CommandSpec reading_row(Bytes name, Handler handler, Bytes since, Bytes summary,
                                  Bytes complexity, Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kReadonly | kMovableKeys,
          .categories = kCategorySortedSet,
          .keys = {keys_counted(1, kKeyRO | kKeyAccess)},
          .group = "sorted-set",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}
constexpr CommandSpec storing_row(Bytes name, Handler handler, Bytes since, Bytes summary,
                                  Bytes complexity, Bytes syntax) {
  CommandSpec row = reading_row(name, handler, since, summary, complexity, syntax);
  row.arity = -4;
  row.flags = kWrite | kDenyOom | kMovableKeys;
  row.keys[0] = key_at(1, kKeyOW | kKeyUpdate);
  row.keys[1] = keys_counted(2, kKeyRO | kKeyAccess);
  return row;
}

constexpr CommandSpec kRows[] = {
    reading_row("zunion", zunion_command, "6.2.0",
                "Gives the members that any of several sorted sets has.", kCombineComplexity,
                kCombineSyntax),
    reading_row("zinter", zinter_command, "6.2.0",
                "Gives the members that all of several sorted sets have.", kIntersectComplexity,
                kCombineSyntax),
    reading_row("zdiff", zdiff_command, "6.2.0",
                "Gives the members of the first sorted set that no other one has.",
                kSubtractComplexity, "numkeys key [key ...] [WITHSCORES]"),
    storing_row("zunionstore", zunionstore_command, "2.0.0",
                "Stores the members that any of several sorted sets has.", kCombineComplexity,
                kCombineStoreSyntax),
    storing_row("zinterstore", zinterstore_command, "2.0.0",
                "Stores the members that all of several sorted sets have.", kIntersectComplexity,
                kCombineStoreSyntax),
    storing_row("zdiffstore", zdiffstore_command, "6.2.0",
                "Stores the members of the first sorted set that no other one has.",
                kSubtractComplexity, "destination numkeys key [key ...]"),
    reading_row("zintercard", zintercard_command, "7.0.0",
                "Counts the members that all of several sorted sets have, up to a limit.",
                "O(N*K) with N the size of the smallest input and K the inputs",
                "numkeys key [key ...] [LIMIT limit]"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> zset_operation_commands() {
  return kRows;
}

}  // namespace sorrel
