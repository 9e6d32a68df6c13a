// Commands that change a list in its middle.

#include "core/commands/commands.h"
#include "core/commands/list_words.h"

#include <algorithm>

namespace sorrel {
namespace {

void lset_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!key.exists()) return context.error(errors::kNoSuchKey);
  if (!context.require(key, Type::kList)) return;
  const std::optional<int64_t> given = parse_integer(context.arg(2));
  if (!given) return context.error(errors::kNotAnInteger);
  if (!check_list_elements(context, context.args.subspan(3))) return;
  const size_t size = List::size(*key.entry()->collection());
  const int64_t index = from_head(*given, size);
  if (index < 0 || static_cast<size_t>(index) >= size) return context.error(errors::kOutOfRange);
  List::replace(key.edit(Type::kList), static_cast<size_t>(index), context.arg(3), key.values());
  key.edited(kEventList, "lset");
  context.reply.ok();
}

/// Where `element` stands first.
std::optional<size_t> index_of(const Collection& list, Bytes element) {
  std::optional<size_t> found;
  List::for_each_match(list, element, ListEnd::kHead, SIZE_MAX, [&](size_t index) {
    found = index;
    return false;
  });
  return found;
}

void linsert_command(Context& context) {
  const bool after = context.arg_is(2, "AFTER");
  if (!after && !context.arg_is(2, "BEFORE")) return context.error(errors::kSyntax);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (!key.exists()) return context.reply.integer(0);
  if (!check_list_elements(context, context.args.subspan(4))) return;
  const std::optional<size_t> pivot = index_of(*key.entry()->collection(), context.arg(3));
  if (!pivot) return context.reply.integer(-1);
  Owned<Collection>& list = key.edit(Type::kList);
  List::insert(list, *pivot + (after ? 1 : 0), context.arg(4), key.values());
  const size_t size = List::size(*list);
  key.edited(kEventList, "linsert");
  context.list_grew(key.key());
  context.reply.integer(static_cast<int64_t>(size));
}

void lrem_command(Context& context) {
  const std::optional<int64_t> count = parse_integer(context.arg(2));
  if (!count) return context.error(errors::kNotAnInteger);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (!key.exists()) return context.reply.integer(0);
  const ListEnd from = *count < 0 ? ListEnd::kTail : ListEnd::kHead;
  const auto given = static_cast<uint64_t>(*count);
  const uint64_t most = *count == 0 ? UINT64_MAX : *count < 0 ? 0 - given : given;
  // Looked for first: what isn't there costs no copy while a snapshot lives.
  size_t removed = 0;
  if (index_of(*key.entry()->collection(), context.arg(3))) {
    removed = List::remove(key.edit(Type::kList), context.arg(3), from, most, key.values());
  }
  key.edited(kEventList, "lrem", removed);
  context.reply.integer(static_cast<int64_t>(removed));
}

void ltrim_command(Context& context) {
  const std::optional<int64_t> start = parse_integer(context.arg(2));
  const std::optional<int64_t> stop = start ? parse_integer(context.arg(3)) : start;
  if (!stop) return context.error(errors::kNotAnInteger);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kList)) return;
  if (!key.exists()) return context.reply.ok();
  const size_t size = List::size(*key.entry()->collection());
  const int64_t first = std::max<int64_t>(from_head(*start, size), 0);
  const int64_t last = std::min(from_head(*stop, size), static_cast<int64_t>(size) - 1);
  const bool none = first > last;
  const size_t before = none ? size : static_cast<size_t>(first);
  const size_t behind = none ? 0 : size - 1 - static_cast<size_t>(last);
  if (before + behind != 0) {
    Owned<Collection>& list = key.edit(Type::kList);
    List::erase(list, size - behind, behind, key.values());
    List::erase(list, 0, before, key.values());
  }
  // Announced even if nothing was to be trimmed, as Redis does.
  key.seem_changed();
  key.count_edit(before + behind);
  key.notify(kEventList, "ltrim");
  key.close_edit();
  context.reply.ok();
}

constexpr CommandSpec kRows[] = {
    {.name = "lset",
     .handler = lset_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "list",
     .since = "1.0.0",
     .summary = "Puts an element in the place of the one at an index.",
     .complexity = "O(log N) for N elements",
     .syntax = "key index element"},
    {.name = "linsert",
     .handler = linsert_command,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRW | kKeyInsert)},
     .group = "list",
     .since = "2.2.0",
     .summary = "Puts an element before or after the first one that equals a pivot.",
     .complexity =
         "O(N) for N elements before the pivot, which is looked for; the insertion itself "
         "O(log N)",
     .syntax = "key (BEFORE | AFTER) pivot element"},
    {.name = "lrem",
     .handler = lrem_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "list",
     .since = "1.0.0",
     .summary =
         "Takes the elements that equal a given one out of a list: all, or some from an end.",
     .complexity = "O(N) for N elements",
     .syntax = "key count element"},
    {.name = "ltrim",
     .handler = ltrim_command,
     .arity = 4,
     .flags = kWrite,
     .categories = kCategoryList,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "list",
     .since = "1.0.0",
     .summary = "Takes everything out of a list but the elements from one index to another.",
     .complexity = "O(log N) for N elements; what goes is freed a little at a time",
     .syntax = "key start stop"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> list_edit_commands() {
  return kRows;
}

}  // namespace sorrel
