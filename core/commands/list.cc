// Commands on lists: pushing and reading. Its neighbours: list_pop.cc, list_edit.cc (changes in the
// middle) and list_move.cc (between two lists).

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/list_words.h"

#include <algorithm>

namespace sorrel {
namespace {

// ---- Pushing.

void push(Context& context, ListEnd end, bool only_existing) {
  const std::span<const Bytes> elements = context.args.subspan(2);
  if (!check_list_elements(context, elements)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (only_existing && !key.exists()) return context.reply.integer(0);
  Owned<Collection>& list = key.edit(Type::kList);
  List::push(list, end, elements, key.values());
  const size_t size = List::size(*list);
  key.edited(kEventList, push_event(end), elements.size());
  context.list_grew(key.key());
  context.reply.integer(static_cast<int64_t>(size));
}

void lpush_command(Context& context) {
  push(context, ListEnd::kHead, false);
}
void rpush_command(Context& context) {
  push(context, ListEnd::kTail, false);
}
void lpushx_command(Context& context) {
  push(context, ListEnd::kHead, true);
}
void rpushx_command(Context& context) {
  push(context, ListEnd::kTail, true);
}

// ---- Reading.

void llen_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kList, entry)) return;
  const size_t size = entry == nullptr ? 0 : List::size(*entry->collection());
  context.reply.integer(static_cast<int64_t>(size));
}

void lindex_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kList, entry)) return;
  if (entry == nullptr) return context.reply.null();
  const std::optional<int64_t> given = parse_integer(context.arg(2));
  if (!given) return context.error(errors::kNotAnInteger);
  const Collection& list = *entry->collection();
  const int64_t index = from_head(*given, List::size(list));
  if (index < 0) return context.reply.null();
  const ListCursor at(list, static_cast<size_t>(index));
  at ? reply_element(context, at.get()) : context.reply.null();
}

void lrange_command(Context& context) {
  const std::optional<int64_t> start = parse_integer(context.arg(2));
  const std::optional<int64_t> stop = start ? parse_integer(context.arg(3)) : start;
  if (!stop) return context.error(errors::kNotAnInteger);
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kList, entry)) return;
  if (entry == nullptr) return context.reply.array(0);
  const Collection& list = *entry->collection();
  const auto size = static_cast<int64_t>(List::size(list));
  const int64_t first = std::max<int64_t>(from_head(*start, List::size(list)), 0);
  const int64_t last = std::min(from_head(*stop, List::size(list)), size - 1);
  if (first > last) return context.reply.array(0);

  const auto count = static_cast<size_t>(last - first + 1);
  context.reply.array(count);
  ListCursor at(list, static_cast<size_t>(first));
  for (size_t i = 0; i < count; ++i, at.next()) reply_element(context, at.get());
}

// ---- LPOS.

struct PositionOptions {
  int64_t rank = 1;
  std::optional<int64_t> count;
  int64_t most_compared = 0;  // 0: all
};

bool parse_rank(Context& context, Bytes word, int64_t& rank) {
  const std::optional<int64_t> given = parse_integer(word);
  if (!given) {
    context.error(errors::kNotAnInteger);
  } else if (*given == INT64_MIN) {
    context.error(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
  } else if (*given == 0) {
    context.error(
        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
        "negative to start from the end of the list");
  } else {
    rank = *given;
    return true;
  }
  return false;
}

/// An option that mustn't be negative, or the error that says so.
std::optional<int64_t> parse_not_negative(Context& context, Bytes word, Bytes error) {
  const std::optional<int64_t> given = parse_integer(word);
  if (given && *given >= 0) return given;
  context.error(error);
  return std::nullopt;
}

std::optional<PositionOptions> parse_position_options(Context& context) {
  PositionOptions options;
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("RANK", value)) {
      if (!parse_rank(context, value, options.rank)) return std::nullopt;
    } else if (arguments.take("COUNT", value)) {
      options.count = parse_not_negative(context, value, "ERR COUNT can't be negative");
      if (!options.count) return std::nullopt;
    } else if (arguments.take("MAXLEN", value)) {
      const auto most = parse_not_negative(context, value, "ERR MAXLEN can't be negative");
      if (!most) return std::nullopt;
      options.most_compared = *most;
    } else {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

/// Calls `found(index)` for the matches that count, until it answers false.
template <class Found>
void find_positions(const Collection& list, Bytes element, const PositionOptions& options,
                    Found&& found) {
  const ListEnd from = options.rank > 0 ? ListEnd::kHead : ListEnd::kTail;
  const size_t size = List::size(list);
  int64_t to_skip = (options.rank > 0 ? options.rank : -options.rank) - 1;
  const size_t most =
      options.most_compared == 0 ? size : static_cast<size_t>(options.most_compared);
  List::for_each_match(list, element, from, most, [&](size_t index) {
    const size_t compared = from == ListEnd::kHead ? index : size - 1 - index;
    return compared < most && (to_skip-- > 0 || found(index));
  });
}

void reply_positions(Context& context, const Collection& list, const PositionOptions& options) {
  const auto most = static_cast<size_t>(*options.count);
  size_t count = 0;
  const auto mark = context.reply.begin_array();
  find_positions(list, context.arg(2), options, [&](size_t index) {
    context.reply.integer(static_cast<int64_t>(index));
    return ++count != most;
  });
  context.reply.end_array(mark, count);
}

void lpos_command(Context& context) {
  const std::optional<PositionOptions> options = parse_position_options(context);
  if (!options) return;
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kList, entry)) return;
  if (entry == nullptr) return options->count ? context.reply.array(0) : context.reply.null();
  if (options->count) return reply_positions(context, *entry->collection(), *options);
  std::optional<size_t> first;
  find_positions(*entry->collection(), context.arg(2), *options, [&](size_t index) {
    first = index;
    return false;
  });
  first ? context.reply.integer(static_cast<int64_t>(*first)) : context.reply.null();
}

constexpr CommandSpec push_row(Bytes name, Handler handler, Bytes since, Bytes summary) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kWrite | kDenyOom | kFast,
          .categories = kCategoryList,
          .keys = {key_at(1, kKeyRW | kKeyInsert)},
          .group = "list",
          .since = since,
          .summary = summary,
          .complexity = "O(1) an element",
          .syntax = "key element [element ...]"};
}

constexpr CommandSpec kRows[] = {
    push_row("lpush", lpush_command, "1.0.0",
             "Puts elements at the head of a list, one after the other."),
    push_row("rpush", rpush_command, "1.0.0",
             "Puts elements at the tail of a list, one after the other."),
    push_row("lpushx", lpushx_command, "2.2.0",
             "Puts elements at the head of a list, if there is one."),
    push_row("rpushx", rpushx_command, "2.2.0",
             "Puts elements at the tail of a list, if there is one."),
    {.name = "llen",
     .handler = llen_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRO)},
     .group = "list",
     .since = "1.0.0",
     .summary = "Counts the elements of a list.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "lindex",
     .handler = lindex_command,
     .arity = 3,
     .flags = kReadonly,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "list",
     .since = "1.0.0",
     .summary = "Gives the element at an index, counted from either end.",
     .complexity = "O(log N) for N elements",
     .syntax = "key index"},
    {.name = "lrange",
     .handler = lrange_command,
     .arity = 4,
     .flags = kReadonly,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "list",
     .since = "1.0.0",
     .summary = "Gives the elements from one index to another.",
     .complexity = "O(log N + M) for M of N elements",
     .syntax = "key start stop"},
    {.name = "lpos",
     .handler = lpos_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "list",
     .since = "6.0.6",
     .summary = "Finds the indexes of an element.",
     .complexity = "O(N) for N elements",
     .syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> list_commands() {
  return kRows;
}

}  // namespace sorrel
