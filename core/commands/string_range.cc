// Commands on parts of a string.

#include "core/command/string_limit.h"
#include "core/commands/commands.h"
#include "core/commands/string_reply.h"

#include <algorithm>

namespace sorrel {
namespace {

void append_command(Context& context) {
  const Bytes added = context.arg(2);
  KeyWriter key = context.write(context.arg(1));
  size_t total = added.size();
  if (!key.exists()) {
    key.put_string(added, Expiry::none());
  } else {
    if (!context.require(key, Type::kString)) return;
    const size_t before = key.entry()->string().size();
    if (!check_string_limit(context, before, added.size())) return;
    total += before;
    key.write_string(total, before, added);
  }
  key.notify(kEventString, "append");
  context.reply.integer(static_cast<int64_t>(total));
}

void strlen_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  context.reply.integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->string().size()));
}

struct Part {
  size_t offset = 0;
  size_t size = 0;
};

// Bytes `start` to `end` inclusive of a string; negative ones count from its end.
Part part_of(size_t bytes, int64_t start, int64_t end) {
  const int64_t size = static_cast<int64_t>(bytes);
  if (start < 0 && end < 0 && start > end) return {};
  if (start < 0) start = std::max<int64_t>(start + size, 0);
  if (end < 0) end = std::max<int64_t>(end + size, 0);
  end = std::min(end, size - 1);
  if (start > end) return {};
  return {static_cast<size_t>(start), static_cast<size_t>(end - start + 1)};
}

void getrange_command(Context& context) {
  const std::optional<int64_t> start = parse_integer(context.arg(2));
  const std::optional<int64_t> end = start ? parse_integer(context.arg(3)) : std::nullopt;
  if (!end) return context.error(errors::kNotAnInteger);
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.bulk(Bytes());
  const StringValue string = entry->string();
  const Part part = part_of(string.size(), *start, *end);
  reply_part(context, string, part.offset, part.size);
}

void setrange_command(Context& context) {
  const std::optional<int64_t> offset = parse_integer(context.arg(2));
  if (!offset) return context.error(errors::kNotAnInteger);
  if (*offset < 0) return context.error(errors::kOffset);
  const Bytes bytes = context.arg(3);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kString)) return;
  const size_t before = key.exists() ? key.entry()->string().size() : 0;
  if (bytes.empty()) return context.reply.integer(static_cast<int64_t>(before));
  const size_t from = static_cast<size_t>(*offset);
  if (!check_string_limit(context, from, bytes.size())) return;
  const size_t size = std::max(before, from + bytes.size());
  key.write_string(size, from, bytes);
  key.notify(kEventString, "setrange");
  context.reply.integer(static_cast<int64_t>(size));
}

constexpr CommandSpec kRows[] = {
    {.name = "append",
     .handler = append_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyInsert)},
     .group = "string",
     .since = "2.0.0",
     .summary = "Adds bytes to the end of a string; an absent key counts as empty.",
     .complexity = "O(1) amortised: the string's room doubles as it grows",
     .syntax = "key value"},
    {.name = "strlen",
     .handler = strlen_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO)},
     .group = "string",
     .since = "2.2.0",
     .summary = "Gives the length of a string in bytes.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "getrange",
     .handler = getrange_command,
     .arity = 4,
     .flags = kReadonly,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "2.4.0",
     .summary = "Gives a part of a string.",
     .complexity = "O(N) for N bytes given",
     .syntax = "key start end"},
    {.name = "substr",
     .handler = getrange_command,
     .arity = 4,
     .flags = kReadonly,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Gives a part of a string: the old name of GETRANGE.",
     .complexity = "O(N) for N bytes given",
     .syntax = "key start end",
     .deprecated_since = "2.0.0",
     .replaced_by = "GETRANGE"},
    {.name = "setrange",
     .handler = setrange_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "string",
     .since = "2.2.0",
     .summary = "Overwrites bytes of a string from an offset on; zero bytes fill what is missing.",
     .complexity = "O(N) for N bytes written, and the bytes between the end and the offset",
     .syntax = "key offset value"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_range_commands() {
  return kRows;
}

}  // namespace sorrel
