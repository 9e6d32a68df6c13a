// Commands that take elements from the ends of lists, those included that wait for one.
//
// The journal gets LPOP or RPOP for the others, with the key that had elements and how many they
// were.

#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/list_words.h"
#include "core/commands/multi_pop.h"

#include <algorithm>

namespace sorrel {
namespace {

void pop_one(Context& context, ListEnd end) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (!key.exists()) return context.reply.null();
  const Collection& list = *key.entry()->collection();
  const ListCursor at(list, end == ListEnd::kHead ? 0 : List::size(list) - 1);
  reply_element(context, at.get());
  take_elements(key, end, 1);
  key.edited(kEventList, pop_event(end));
}

/// Replies the elements and takes them out; gives how many.
size_t pop_many(Context& context, KeyWriter& key, ListEnd end, uint64_t most) {
  const Collection& list = *key.entry()->collection();
  const auto count = static_cast<size_t>(std::min<uint64_t>(most, List::size(list)));
  reply_elements(context, list, end, count);
  take_elements(key, end, count);
  key.edited(kEventList, pop_event(end), count);
  return count;
}

void pop(Context& context, ListEnd end) {
  if (context.argc() == 2) return pop_one(context, end);
  if (context.argc() > 3) return context.wrong_arity();
  const std::optional<int64_t> count = parse_integer(context.arg(2));
  if (!count || *count < 0) return context.error(errors::kPositive);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (!key.exists()) return context.reply.null_array();
  if (*count == 0) return context.reply.array(0);
  pop_many(context, key, end, static_cast<uint64_t>(*count));
}

void lpop_command(Context& context) {
  pop(context, ListEnd::kHead);
}
void rpop_command(Context& context) {
  pop(context, ListEnd::kTail);
}

// ---- LMPOP.

std::optional<MultiPop> parse_lists(Context& context, size_t at) {
  return parse_multi_pop(context, at, "LEFT", "RIGHT");
}

Bytes pop_name(ListEnd end) {
  return end == ListEnd::kHead ? "LPOP" : "RPOP";
}

/// False when none of the keys has elements.
bool pop_from_any(Context& context, const MultiPop& wanted) {
  const ListEnd end = wanted.last ? ListEnd::kTail : ListEnd::kHead;
  return pop_from_first(context, Type::kList, wanted.keys, [&](KeyWriter& key) {
    context.reply.array(2);
    context.reply.bulk(key.key());
    const size_t count = pop_many(context, key, end, wanted.count);
    context.journal_as({pop_name(end), key.key(), IntegerText(static_cast<int64_t>(count)).view()});
  });
}

void lmpop_command(Context& context) {
  const std::optional<MultiPop> wanted = parse_lists(context, 1);
  if (wanted && !pop_from_any(context, *wanted)) context.reply.null_array();
}

// ---- Waiting for an element.

void blmpop_command(Context& context) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.arg(1));
  if (!timeout_ms) return;
  const std::optional<MultiPop> wanted = parse_lists(context, 2);
  if (!wanted || pop_from_any(context, *wanted)) return;
  context.block({Type::kList, wanted->keys, *timeout_ms});
}

void pop_or_wait(Context& context, ListEnd end) {
  const std::optional<int64_t> timeout_ms = parse_block_timeout(context, context.args.back());
  if (!timeout_ms) return;
  const std::span<const Bytes> keys = context.args.subspan(1, context.argc() - 2);
  const bool popped = pop_from_first(context, Type::kList, keys, [&](KeyWriter& key) {
    const Collection& list = *key.entry()->collection();
    const ListCursor at(list, end == ListEnd::kHead ? 0 : List::size(list) - 1);
    context.reply.array(2);
    context.reply.bulk(key.key());
    reply_element(context, at.get());
    take_elements(key, end, 1);
    key.edited(kEventList, pop_event(end));
    context.journal_as({pop_name(end), key.key()});
  });
  if (!popped) context.block({Type::kList, keys, *timeout_ms});
}

void blpop_command(Context& context) {
  pop_or_wait(context, ListEnd::kHead);
}
void brpop_command(Context& context) {
  pop_or_wait(context, ListEnd::kTail);
}

constexpr CommandSpec pop_row(Bytes name, Handler handler, Bytes summary) {
  return {.name = name,
          .handler = handler,
          .arity = -2,
          .flags = kWrite | kFast,
          .categories = kCategoryList,
          .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyDelete)},
          .group = "list",
          .since = "1.0.0",
          .summary = summary,
          .complexity = "O(N) for N elements taken",
          .syntax = "key [count]"};
}

constexpr CommandSpec waiting_pop_row(Bytes name, Handler handler, Bytes summary) {
  return {.name = name,
          .handler = handler,
          .arity = -3,
          .flags = kWrite | kNoscript | kBlocking,
          .categories = kCategoryList,
          .keys = {keys_from(1, -2, 1, kKeyRW | kKeyAccess | kKeyDelete)},
          .group = "list",
          .since = "2.0.0",
          .summary = summary,
          .complexity = "O(N) for N keys",
          .syntax = "key [key ...] timeout:double"};
}

constexpr CommandSpec kRows[] = {
    waiting_pop_row("blpop", blpop_command,
                    "Takes the first element out of the first of several lists that has any, or "
                    "waits for one."),
    waiting_pop_row("brpop", brpop_command,
                    "Takes the last element out of the first of several lists that has any, or "
                    "waits for one."),
    {.name = "blmpop",
     .handler = blmpop_command,
     .arity = -5,
     .flags = kWrite | kBlocking | kMovableKeys,
     .categories = kCategoryList,
     .keys = {keys_counted(2, kKeyRW | kKeyAccess | kKeyDelete)},
     .group = "list",
     .since = "7.0.0",
     .summary = "Takes elements out of the first of several lists that has any, or waits for one.",
     .complexity = "O(N + M) for N keys and M elements taken",
     .syntax = "timeout:double numkeys key [key ...] (LEFT | RIGHT) [COUNT count]"},
    pop_row("lpop", lpop_command,
            "Takes the first elements out of a list and gives them; the list goes with its last."),
    pop_row("rpop", rpop_command,
            "Takes the last elements out of a list and gives them; the list goes with its last."),
    {.name = "lmpop",
     .handler = lmpop_command,
     .arity = -4,
     .flags = kWrite | kMovableKeys,
     .categories = kCategoryList,
     .keys = {keys_counted(1, kKeyRW | kKeyAccess | kKeyDelete)},
     .group = "list",
     .since = "7.0.0",
     .summary = "Takes elements out of the first of several lists that has any, and gives them.",
     .complexity = "O(N + M) for N keys and M elements taken",
     .syntax = "numkeys key [key ...] (LEFT | RIGHT) [COUNT count]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> list_pop_commands() {
  return kRows;
}

}  // namespace sorrel
