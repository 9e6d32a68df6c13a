// Commands that combine sets: union, intersection, difference; replied, stored or counted.

#include "core/command/arguments.h"
#include "core/command/key_batch.h"
#include "core/commands/commands.h"
#include "core/commands/set_reply.h"
#include "core/engine.h"
#include "core/value/hyperloglog.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace sorrel {
namespace {

/// The sets of a call, in its order; nothing for a key that is absent. Valid until the next change.
using Sources = std::vector<std::optional<SetValue>>;

/// The sets of arguments `first` to `end`, or an error was answered.
bool read_sources(Context& context, size_t first, size_t end, Sources& sources) {
  bool sets = true;
  const bool stores = (context.command.spec->flags & kWrite) != 0;
  sources.reserve(end - first);
  for_each_key(context, first, end, 1, [&](size_t i, uint64_t hash) {
    if (!sets) return;
    const Entry* entry = context.read_hashed(context.arg(i), hash);
    if (stores) entry = context.db().settle(context.books(), entry);
    sets = entry == nullptr || entry->type() == Type::kSet;
    if (!sets) return context.error(errors::kWrongType);
    sources.push_back(entry == nullptr ? std::nullopt : std::optional(set_of(context, *entry)));
  });
  return sets;
}

// ---- The three operations. Each gives the members of the result to `visit`, as long as that says
// true; a member comes once.

/// Goes over the smallest set and asks the others, smaller ones first.
template <class Visit>
void intersect(const Sources& sources, Visit&& visit) {
  std::vector<SetValue> sets;
  for (const std::optional<SetValue>& source : sources) {
    if (!source) return;
    sets.push_back(*source);
  }
  std::stable_sort(sets.begin(), sets.end(), [](const SetValue& left, const SetValue& right) {
    return left.size() < right.size();
  });
  const std::span<const SetValue> others = std::span(sets).subspan(1);
  sets[0].walk([&](const SetElement& member) {
    for (const SetValue& other : others) {
      if (!other.contains(member)) return true;
    }
    return visit(member);
  });
}

/// Whether it is less work to ask all sets for each member of the first, or to take the members of
/// all out of a copy of the first. The former is preferred: it stops at the first set that has the
/// member.
bool asking_is_cheaper(const Sources& sources) {
  size_t asked = 0;
  size_t taken_out = 0;
  for (const std::optional<SetValue>& source : sources) {
    if (!source) continue;
    asked += sources[0]->size();
    taken_out += source->size();
  }
  return asked / 2 <= taken_out;
}

/// The sets that are taken from the first, bigger ones first: they are more likely to have a
/// member.
std::vector<SetValue> subtracted(const Sources& sources) {
  std::vector<SetValue> sets;
  for (size_t i = 1; i < sources.size(); ++i) {
    if (sources[i]) sets.push_back(*sources[i]);
  }
  std::stable_sort(sets.begin(), sets.end(), [](const SetValue& left, const SetValue& right) {
    return left.size() > right.size();
  });
  return sets;
}

template <class Visit>
void subtract(Context& context, const Sources& sources, Visit&& visit) {
  if (!sources[0]) return;
  const std::vector<SetValue> others = subtracted(sources);
  if (asking_is_cheaper(sources)) {
    sources[0]->walk([&](const SetElement& member) {
      for (const SetValue& other : others) {
        if (other.contains(member)) return true;
      }
      return visit(member);
    });
    return;
  }
  SetBuilder rest(context.db().values());
  sources[0]->for_each([&](const SetElement& member) { rest.add(member); });
  for (const SetValue& other : others) {
    const bool more = other.walk([&](const SetElement& member) {
      rest.remove(member);
      return rest.size() != 0;
    });
    if (!more) return;
  }
  rest.value().walk(visit);
}

template <class Visit>
void unite(Context& context, const Sources& sources, Visit&& visit) {
  const size_t present = static_cast<size_t>(
      std::count_if(sources.begin(), sources.end(), [](const auto& set) { return bool(set); }));
  SetBuilder seen(context.db().values());
  for (const std::optional<SetValue>& source : sources) {
    if (!source) continue;
    const bool more = source->walk([&](const SetElement& member) {
      if (present > 1 && !seen.add(member)) return true;
      return visit(member);
    });
    if (!more) return;
  }
}

enum class Operation : uint8_t { kUnion, kIntersection, kDifference };

template <class Visit>
void combine(Context& context, Operation operation, const Sources& sources, Visit&& visit) {
  switch (operation) {
    case Operation::kUnion:
      return unite(context, sources, visit);
    case Operation::kIntersection:
      return intersect(sources, visit);
    case Operation::kDifference:
      return subtract(context, sources, visit);
  }
}

// ---- SUNION, SINTER, SDIFF.

// Integers ascend in the reply, as they do in SMEMBERS.
void reply_union(Context& context, const SetBuilder& result) {
  context.reply.set(result.size());
  result.value().for_each([&](const SetElement& member) { reply_member(context, member); });
}

void collect(Context& context, Operation operation, const Sources& sources, SetBuilder& result) {
  if (operation == Operation::kUnion) {
    for (const std::optional<SetValue>& source : sources) {
      if (source) source->for_each([&](const SetElement& member) { result.add(member); });
    }
    return;
  }
  combine(context, operation, sources, [&](const SetElement& member) {
    result.add(member);
    return true;
  });
}

void reply_combined(Context& context, Operation operation) {
  Sources sources;
  if (!read_sources(context, 1, context.argc(), sources)) return;
  if (operation == Operation::kUnion) {
    SetBuilder result(context.db().values());
    collect(context, operation, sources, result);
    return reply_union(context, result);
  }
  size_t members = 0;
  const auto mark = context.reply.begin_set();
  combine(context, operation, sources, [&](const SetElement& member) {
    reply_member(context, member);
    ++members;
    return true;
  });
  context.reply.end_set(mark, members);
}

void sunion_command(Context& context) {
  reply_combined(context, Operation::kUnion);
}
void sinter_command(Context& context) {
  reply_combined(context, Operation::kIntersection);
}
void sdiff_command(Context& context) {
  reply_combined(context, Operation::kDifference);
}

// ---- SUNIONSTORE, SINTERSTORE, SDIFFSTORE.

void store_combined(Context& context, Operation operation, Bytes event) {
  Sources sources;
  if (!read_sources(context, 2, context.argc(), sources)) return;
  SetBuilder result(context.db().values());
  collect(context, operation, sources, result);
  const size_t members = result.size();
  KeyWriter key = context.write(context.arg(1), Touch::kPeek);
  if (members != 0) {
    key.put_collection(Type::kSet, std::move(result.made()));
    key.notify(kEventSet, event);
  } else if (key.erase()) {
    key.notify(kEventGeneric, "del");
  }
  context.reply.integer(static_cast<int64_t>(members));
}

void sunionstore_command(Context& context) {
  store_combined(context, Operation::kUnion, "sunionstore");
}
void sinterstore_command(Context& context) {
  store_combined(context, Operation::kIntersection, "sinterstore");
}
void sdiffstore_command(Context& context) {
  store_combined(context, Operation::kDifference, "sdiffstore");
}

// ---- SINTERCARD, SUNIONCARD, SDIFFCARD.

struct CountOptions {
  size_t keys_end = 0;
  uint64_t limit = 0;  // 0: none
  bool approximate = false;
};

/// How many keys there are; nothing when an error was answered.
std::optional<size_t> parse_key_count(Context& context) {
  const std::optional<int64_t> keys = parse_integer(context.arg(1));
  if (!keys || *keys < 1) {
    context.error("ERR numkeys should be greater than 0");
    return std::nullopt;
  }
  if (static_cast<uint64_t>(*keys) <= context.argc() - 2) return static_cast<size_t>(*keys);
  context.error("ERR Number of keys can't be greater than number of args");
  return std::nullopt;
}

/// `numkeys key… [LIMIT limit]`, and `[APPROX]` of a union; nothing when an error was answered.
std::optional<CountOptions> parse_count_options(Context& context, Operation operation) {
  const std::optional<size_t> keys = parse_key_count(context);
  if (!keys) return std::nullopt;
  CountOptions options;
  options.keys_end = 2 + *keys;
  Arguments arguments(context, options.keys_end);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("LIMIT", value)) {
      const std::optional<int64_t> limit = parse_integer(value);
      if (!limit || *limit < 0) {
        context.error("ERR LIMIT can't be negative");
        return std::nullopt;
      }
      options.limit = static_cast<uint64_t>(*limit);
    } else if (operation == Operation::kUnion && arguments.take("APPROX")) {
      options.approximate = true;
    } else {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

/// The members of the biggest set, and those of the others that it hasn't: the members to be
/// remembered are the fewest.
uint64_t count_union(Context& context, Sources& sources, uint64_t limit) {
  const auto biggest =
      std::max_element(sources.begin(), sources.end(), [](const auto& left, const auto& right) {
        return (left ? left->size() : 0) < (right ? right->size() : 0);
      });
  if (!*biggest) return 0;
  const SetValue base = **biggest;
  biggest->reset();
  uint64_t members = base.size();
  if (limit != 0 && members >= limit) return members;
  unite(context, sources, [&](const SetElement& member) {
    members += base.contains(member) ? 0 : 1;
    return members != limit;
  });
  return members;
}

/// With the registers of a HyperLogLog: no memory by the number of members, and an error of about
/// 0.8 %. https://redis.io/docs/latest/commands/sunioncard/
uint64_t estimate_union(const Sources& sources) {
  const auto registers = std::make_unique<HyperLogLog::Registers>();
  for (const std::optional<SetValue>& source : sources) {
    if (!source) continue;
    source->for_each([&](const SetElement& member) {
      SetElement::Scratch scratch;
      const HyperLogLog::Element element = HyperLogLog::element(member.bytes(scratch));
      uint8_t& rank = (*registers)[element.index];
      rank = std::max(rank, element.rank);
    });
  }
  return HyperLogLog::cardinality_of(*registers);
}

uint64_t count_members(Context& context, Operation operation, Sources& sources,
                       const CountOptions& options) {
  if (options.approximate) return estimate_union(sources);
  if (operation == Operation::kUnion) return count_union(context, sources, options.limit);
  uint64_t members = 0;
  combine(context, operation, sources,
          [&](const SetElement&) { return ++members != options.limit; });
  return members;
}

void count_combined(Context& context, Operation operation) {
  const std::optional<CountOptions> options = parse_count_options(context, operation);
  if (!options) return;
  Sources sources;
  if (!read_sources(context, 2, options->keys_end, sources)) return;
  const uint64_t members = count_members(context, operation, sources, *options);
  const uint64_t shown = options->limit == 0 ? members : std::min(members, options->limit);
  context.reply.integer(static_cast<int64_t>(shown));
}

void sintercard_command(Context& context) {
  count_combined(context, Operation::kIntersection);
}
void sunioncard_command(Context& context) {
  count_combined(context, Operation::kUnion);
}
void sdiffcard_command(Context& context) {
  count_combined(context, Operation::kDifference);
}

constexpr CommandSpec combine_row(Bytes name, Handler handler, Bytes summary, Bytes complexity) {
  return {.name = name,
          .handler = handler,
          .arity = -2,
          .flags = kReadonly,
          .categories = kCategorySet,
          .keys = {keys_from(1, -1, 1, kKeyRO | kKeyAccess)},
          .group = "set",
          .since = "1.0.0",
          .summary = summary,
          .complexity = complexity,
          .syntax = "key [key ...]",
          .tips = "nondeterministic_output_order"};
}

constexpr CommandSpec store_row(Bytes name, Handler handler, unsigned key_flags, Bytes summary,
                                Bytes complexity) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kWrite | kDenyOom,
          .categories = kCategorySet,
          .keys = {key_at(1, key_flags), keys_from(2, -1, 1, kKeyRO | kKeyAccess)},
          .group = "set",
          .since = "1.0.0",
          .summary = summary,
          .complexity = complexity,
          .syntax = "destination key [key ...]"};
}

constexpr CommandSpec count_row(Bytes name, Handler handler, Bytes since, Bytes summary,
                                Bytes complexity, Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kReadonly | kMovableKeys,
          .categories = kCategorySet,
          .keys = {keys_counted(1, kKeyRO | kKeyAccess)},
          .group = "set",
          .since = since,
          .summary = summary,
          .complexity = complexity,
          .syntax = syntax};
}

constexpr Bytes kAllMembers = "O(N) for N members of all sets";
constexpr Bytes kSmallest = "O(N*M) for M sets, of which the smallest has N members";
constexpr Bytes kCountSyntax = "numkeys key [key ...] [LIMIT limit]";

constexpr CommandSpec kRows[] = {
    combine_row("sunion", sunion_command, "Gives the members that any of the sets has.",
                kAllMembers),
    combine_row("sinter", sinter_command, "Gives the members that all of the sets have.",
                kSmallest),
    combine_row("sdiff", sdiff_command,
                "Gives the members of the first set that none of the others has.", kAllMembers),
    store_row("sunionstore", sunionstore_command, kKeyOW | kKeyUpdate,
              "Stores the members that any of the sets has.", kAllMembers),
    store_row("sinterstore", sinterstore_command, kKeyRW | kKeyUpdate,
              "Stores the members that all of the sets have.", kSmallest),
    store_row("sdiffstore", sdiffstore_command, kKeyOW | kKeyUpdate,
              "Stores the members of the first set that none of the others has.", kAllMembers),
    count_row("sintercard", sintercard_command, "7.0.0",
              "Counts the members that all of the sets have, up to a limit.", kSmallest,
              kCountSyntax),
    count_row("sunioncard", sunioncard_command, "8.10.0",
              "Counts the members that any of the sets has, up to a limit, or estimates them.",
              kAllMembers, "numkeys key [key ...] [APPROX] [LIMIT limit]"),
    count_row("sdiffcard", sdiffcard_command, "8.10.0",
              "Counts the members of the first set that none of the others has, up to a limit.",
              kAllMembers, kCountSyntax),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> set_operation_commands() {
  return kRows;
}

}  // namespace sorrel
