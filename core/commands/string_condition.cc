// Commands that delete a string under a condition, and DIGEST, which serves the conditions.
//
// The journal gets a DEL.

#include "core/command/arguments.h"
#include "core/command/value_condition.h"
#include "core/commands/commands.h"
#include "core/value/digest.h"

namespace sorrel {
namespace {

void delete_if(Context& context, const ValueCondition& condition) {
  if (!condition.valid(context)) return;
  KeyWriter key = context.write(context.arg(1));
  if (condition.compares() && !context.require(key, Type::kString)) return;
  if (!key.exists() || !condition.holds(key.entry())) return context.reply.integer(0);
  key.erase();
  key.notify(kEventGeneric, "del");
  context.journal_as({"DEL", key.key()});
  context.reply.integer(1);
}

void delex_command(Context& context) {
  if (context.argc() != 2 && context.argc() != 4) return context.wrong_arity();
  ValueCondition condition;
  Arguments arguments(context, 2);
  if (!arguments.done() && !condition.take_comparison(arguments)) {
    return context.error(errors::kSyntax);
  }
  delete_if(context, condition);
}

void delifeq_command(Context& context) {
  delete_if(context, ValueCondition(ValueCondition::Kind::kIfeq, context.arg(2)));
}

void digest_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.null();
  StringValue::Scratch scratch;
  char text[kDigestChars];
  format_digest(text, string_digest(entry->string().bytes(scratch)));
  context.reply.bulk(Bytes(text, sizeof text));
}

/// Without a condition the value isn't looked at.
uint16_t delex_key_flags(std::span<const Bytes> args) {
  return args.size() > 2 ? kKeyRW | kKeyAccess | kKeyDelete : kKeyRM | kKeyDelete;
}

constexpr CommandSpec kRows[] = {
    // https://redis.io/docs/latest/commands/delex/
    {.name = "delex",
     .handler = delex_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRW | kKeyDelete | kKeyVariableFlags)},
     .key_flags_of = delex_key_flags,
     .group = "string",
     .since = "8.4.0",
     .summary =
         "Deletes a key if its value, or the digest of its value, is or isn't the given one.",
     .complexity = "O(1) for IFEQ and IFNE, O(N) in the length of the value for IFDEQ and IFDNE",
     .syntax = "key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]"},
    // https://valkey.io/commands/delifeq/
    {.name = "delifeq",
     .handler = delifeq_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRM | kKeyDelete)},
     .group = "string",
     .since = "9.0.0",
     .summary = "Deletes a key if its value is the given one.",
     .complexity = "O(1)",
     .syntax = "key value"},
    // https://redis.io/docs/latest/commands/digest/
    {.name = "digest",
     .handler = digest_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryString,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "8.4.0",
     .summary = "Gives the XXH3 digest of the string stored at a key, in hexadecimal.",
     .complexity = "O(N) in the length of the string",
     .syntax = "key"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_condition_commands() {
  return kRows;
}

}  // namespace sorrel
