// Commands on fields that hold numbers. The field's expiry stays.
//
// HINCRBYFLOAT is journaled as HSET key field value, or, when the field expires, as HSETEX with
// KEEPTTL: sums of floats differ between machines.

#include "core/commands/commands.h"
#include "core/commands/hash_access.h"

#include <cmath>

namespace sorrel {
namespace {

using FieldExpiry = HashWriter::FieldExpiry;

constexpr Bytes kNotAnInteger = "ERR hash value is not an integer";
constexpr Bytes kNotAFloat = "ERR hash value is not a float";
constexpr Bytes kNotFinite = "ERR value is NaN or Infinity";

/// The integer that a field holds, 0 when absent; nothing when it is none.
std::optional<int64_t> integer_of(const std::optional<HashItem>& item) {
  if (!item) return 0;
  if (item->value.is_integer()) return item->value.integer();
  PackElement::Scratch scratch;
  return parse_integer(item->value.bytes(scratch));
}

std::optional<long double> real_of(const std::optional<HashItem>& item) {
  if (!item) return 0.0L;
  if (item->value.is_integer()) return static_cast<long double>(item->value.integer());
  PackElement::Scratch scratch;
  return parse_long_real(item->value.bytes(scratch));
}

void hincrby_command(Context& context) {
  const std::optional<int64_t> increment = parse_integer(context.arg(3));
  if (!increment) return context.error(errors::kNotAnInteger);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  key.settle(context.args.subspan(2, 1));
  const auto hash = hash_of(context, key);
  const auto before = integer_of(hash ? hash->find(context.arg(2)) : std::nullopt);
  if (!before) return context.error(kNotAnInteger);
  int64_t after;
  if (__builtin_add_overflow(*before, *increment, &after)) return context.error(errors::kOverflow);
  const IntegerText text(after);
  edit_hash(context, key).set(context.arg(2), text.view(), FieldExpiry::keep());
  key.edited(kEventHash, "hincrby");
  context.reply.integer(after);
}

void journal_value(Context& context, Bytes value, bool expires) {
  const Bytes key = context.arg(1);
  const Bytes field = context.arg(2);
  if (expires) return context.journal_as({"HSETEX", key, "KEEPTTL", "FIELDS", "1", field, value});
  context.journal_as({"HSET", key, field, value});
}

void hincrbyfloat_command(Context& context) {
  const std::optional<long double> increment = parse_long_real(context.arg(3));
  if (!increment) return context.error(errors::kNotAFloat);
  if (!std::isfinite(*increment)) return context.error(kNotFinite);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kHash)) return;
  const auto hash = hash_of(context, key);
  const auto item = hash ? hash->find(context.arg(2)) : std::nullopt;
  const bool expires = item && item->expires_ms != kNever;
  const auto before = real_of(item);
  if (!before) return context.error(kNotAFloat);
  const long double after = *before + *increment;
  if (!std::isfinite(after)) return context.error(errors::kNotFinite);
  const std::string text = format_human_long_real(after);
  edit_hash(context, key).set(context.arg(2), text, FieldExpiry::keep());
  key.edited(kEventHash, "hincrbyfloat");
  context.reply.bulk(text);
  journal_value(context, text, expires);
}

constexpr uint32_t kCounting = kWrite | kDenyOom | kFast;
constexpr unsigned kCounted = kKeyRW | kKeyAccess | kKeyUpdate;

constexpr CommandSpec kRows[] = {
    hash_row("hincrby", hincrby_command, 4, kCounting, kCounted, "2.0.0",
             "Adds an integer to the one in a field; an absent field counts as 0.", "O(1)",
             "key field increment"),
    hash_row("hincrbyfloat", hincrbyfloat_command, 4, kCounting, kCounted, "2.6.0",
             "Adds a floating point number to the number in a field; an absent field counts as 0.",
             "O(1)", "key field increment:double"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_counter_commands() {
  return kRows;
}

}  // namespace sorrel
