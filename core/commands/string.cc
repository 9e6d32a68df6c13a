// Commands on strings.

#include "core/command/arguments.h"
#include "core/command/expire_time.h"
#include "core/commands/commands.h"

namespace sorrel {
namespace {

void reply_string(Context& context, const Entry& entry) {
  StringValue::Scratch scratch;
  context.reply.bulk(entry.string().bytes(scratch));
}

void get_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.null();
  reply_string(context, *entry);
}

void set_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  key.put_string(context.arg(2), Expiry::none());
  key.notify(kEventString, "set");
  context.reply.ok();
}

constexpr CommandSpec kRows[] = {
    {.name = "get",
     .handler = get_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Gives the value of a key.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "set",
     .handler = set_command,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate | kKeyVariableFlags)},
     .group = "string",
     .since = "1.0.0",
     .summary = "Stores a string under a key, whatever was there.",
     .complexity = "O(1)",
     .syntax = "key value"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_commands() {
  return kRows;
}

}  // namespace sorrel
