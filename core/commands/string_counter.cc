// Commands on strings that hold numbers.
//
// INCRBYFLOAT is journaled as SET key value KEEPTTL and INCREX as SET key value with PXAT, KEEPTTL
// or nothing (or DEL, when its time has passed): sums of floats differ between machines, and times
// pass.

#include "core/command/arguments.h"
#include "core/command/expire_option.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <cfloat>
#include <cmath>

namespace sorrel {
namespace {

/// The number at a key, 0 when absent; nothing when an error was answered.
std::optional<int64_t> stored_integer(Context& context, const KeyWriter& key) {
  if (!key.exists()) return 0;
  if (!context.require(key, Type::kString)) return std::nullopt;
  const StringValue value = key.entry()->string();
  if (value.is_integer()) return value.integer();
  StringValue::Scratch scratch;
  const std::optional<int64_t> integer = parse_integer(value.bytes(scratch));
  if (!integer) context.error(errors::kNotAnInteger);
  return integer;
}

std::optional<long double> stored_real(Context& context, const KeyWriter& key) {
  if (!key.exists()) return 0.0L;
  if (!context.require(key, Type::kString)) return std::nullopt;
  const StringValue value = key.entry()->string();
  if (value.is_integer()) return static_cast<long double>(value.integer());
  StringValue::Scratch scratch;
  const std::optional<long double> real = parse_long_real(value.bytes(scratch));
  if (!real) context.error(errors::kNotAFloat);
  return real;
}

void add(Context& context, int64_t increment) {
  KeyWriter key = context.write(context.arg(1));
  const std::optional<int64_t> before = stored_integer(context, key);
  if (!before) return;
  int64_t after;
  if (__builtin_add_overflow(*before, increment, &after)) return context.error(errors::kOverflow);
  key.change_integer(after);
  key.notify(kEventString, "incrby");
  context.reply.integer(after);
}

void incr_command(Context& context) {
  add(context, 1);
}

void decr_command(Context& context) {
  add(context, -1);
}

void incrby_command(Context& context) {
  const std::optional<int64_t> increment = parse_integer(context.arg(2));
  if (!increment) return context.error(errors::kNotAnInteger);
  add(context, *increment);
}

void decrby_command(Context& context) {
  const std::optional<int64_t> decrement = parse_integer(context.arg(2));
  if (!decrement) return context.error(errors::kNotAnInteger);
  if (*decrement == INT64_MIN) return context.error(errors::kDecrementOverflow);
  add(context, -*decrement);
}

void incrbyfloat_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  const std::optional<long double> before = stored_real(context, key);
  if (!before) return;
  const std::optional<long double> increment = parse_long_real(context.arg(2));
  if (!increment) return context.error(errors::kNotAFloat);
  const long double after = *before + *increment;
  if (!std::isfinite(after)) return context.error(errors::kNotFinite);
  const std::string text = format_human_long_real(after);
  key.change_text(text);
  key.notify(kEventString, "incrbyfloat");
  context.reply.bulk(text);
  context.journal_as({"SET", key.key(), text, "KEEPTTL"});
}

// ---- INCREX.

struct IncrexOptions {
  ExpireOption expire{ExpireOption::Kind::kPersist};
  bool by_float = false;
  std::optional<Bytes> increment;
  std::optional<Bytes> lower;
  std::optional<Bytes> upper;
  bool saturate = false;
  bool only_without_expiry = false;  // ENX

  bool take(Arguments& arguments);
  bool take_once(Arguments& arguments, Bytes word, std::optional<Bytes>& value);
  bool take_once(Arguments& arguments, Bytes word, bool& flag);
};

bool IncrexOptions::take_once(Arguments& arguments, Bytes word, std::optional<Bytes>& value) {
  Bytes text;
  if (value || !arguments.take(word, text)) return false;
  value = text;
  return true;
}

bool IncrexOptions::take_once(Arguments& arguments, Bytes word, bool& flag) {
  if (flag || !arguments.take(word)) return false;
  flag = true;
  return true;
}

// Unlike SET's, these options may stand only once each.
bool IncrexOptions::take(Arguments& arguments) {
  if (take_once(arguments, "BYINT", increment)) return true;
  if (take_once(arguments, "BYFLOAT", increment)) return by_float = true;
  if (expire.kind() == ExpireOption::Kind::kNone && expire.take(arguments)) return true;
  return take_once(arguments, "LBOUND", lower) || take_once(arguments, "UBOUND", upper) ||
         take_once(arguments, "SATURATE", saturate) ||
         take_once(arguments, "ENX", only_without_expiry);
}

bool parse_increx(Context& context, IncrexOptions& options) {
  Arguments arguments(context, 2);
  bool understood = true;
  while (understood && !arguments.done()) understood = options.take(arguments);
  const bool persist = options.expire.kind() == ExpireOption::Kind::kPersist;
  if (!understood || (options.only_without_expiry && persist)) {
    context.error(errors::kSyntax);
    return false;
  }
  if (options.only_without_expiry && !options.expire.is_time()) {
    context.error("ERR ENX flag requires an expiration");
    return false;
  }
  return true;
}

/// What INCREX computes with: 64-bit integers or long doubles.
struct Integers {
  using Number = int64_t;
  static constexpr Number kMin = INT64_MIN;
  static constexpr Number kMax = INT64_MAX;
  static constexpr Number kStep = 1;
  static constexpr Bytes kNoNumber = " is not an integer or out of range";
  static constexpr Bytes kEvent = "incrby";
  static constexpr Bytes kUnrepresentable = errors::kOverflow;

  static bool is_finite(Number) { return true; }
  static std::optional<Number> parse(Bytes text) { return parse_integer(text); }
  static std::optional<Number> stored(Context& context, const KeyWriter& key) {
    return stored_integer(context, key);
  }
  /// False on overflow, with the limit it passed.
  static bool sum(Number a, Number b, Number& result) {
    if (!__builtin_add_overflow(a, b, &result)) return true;
    result = b > 0 ? kMax : kMin;
    return false;
  }
  static bool difference(Number a, Number b, Number& result) {
    return !__builtin_sub_overflow(a, b, &result);
  }
  static std::string text(Number number) { return std::string(IntegerText(number).view()); }
  static void put(KeyWriter& key, Number number) { key.change_integer(number); }
  static void reply(Context& context, Number number) { context.reply.integer(number); }
};

struct Reals {
  using Number = long double;
  static constexpr Number kMin = -LDBL_MAX;
  static constexpr Number kMax = LDBL_MAX;
  static constexpr Number kStep = 1;
  static constexpr Bytes kNoNumber = " is not a valid float";
  static constexpr Bytes kEvent = "incrbyfloat";
  static constexpr Bytes kUnrepresentable = errors::kNotFinite;

  static bool is_finite(Number number) { return std::isfinite(number); }
  static std::optional<Number> parse(Bytes text) { return parse_long_real(text); }
  static std::optional<Number> stored(Context& context, const KeyWriter& key) {
    return stored_real(context, key);
  }
  static bool sum(Number a, Number b, Number& result) {
    result = a + b;
    if (std::isfinite(result)) return true;
    result = b > 0 ? kMax : kMin;
    return false;
  }
  static bool difference(Number a, Number b, Number& result) {
    result = a - b;
    return std::isfinite(result);
  }
  static std::string text(Number number) { return format_human_long_real(number); }
  static void put(KeyWriter& key, Number number) { key.change_text(text(number)); }
  static void reply(Context& context, Number number) {
    if (context.reply.resp3()) return context.reply.real(static_cast<double>(number));
    context.reply.bulk(text(number));
  }
};

/// Reads an optional operand; false when an error was answered.
template <typename Kind>
bool parse_operand(Context& context, const std::optional<Bytes>& text, Bytes name,
                   typename Kind::Number& number) {
  if (!text) return true;
  const auto parsed = Kind::parse(*text);
  if (parsed) number = *parsed;
  if (!parsed) context.error("ERR " + std::string(name) + std::string(Kind::kNoNumber));
  return parsed.has_value();
}

void journal_increx(Context& context, const KeyWriter& key, const std::string& text) {
  if (!context.journaled()) return;
  if (!key.exists()) return context.journal_as({"DEL", key.key()});
  if (!key.entry()->has_expiry()) return context.journal_as({"SET", key.key(), text});
  const IntegerText at(key.entry()->expiry().at_ms);
  context.journal_as({"SET", key.key(), text, "PXAT", at.view()});
}

void apply_increx_expiry(Context& context, KeyWriter& key, const IncrexOptions& options,
                         int64_t at_ms) {
  if (options.expire.kind() == ExpireOption::Kind::kPersist) {
    if (key.clear_expiry()) key.notify(kEventGeneric, "persist");
  } else if (options.expire.is_time()) {
    if (options.only_without_expiry && key.entry()->has_expiry()) return;
    const bool passed = options.expire.is_absolute() && context.has_come(at_ms);
    passed ? static_cast<void>(key.erase()) : key.set_expiry(at_ms);
    key.notify(kEventGeneric, passed ? "del" : "expire");
  }
}

template <typename Kind>
void increx(Context& context, const IncrexOptions& options) {
  using Number = typename Kind::Number;
  Number increment = Kind::kStep;
  Number lower = Kind::kMin;
  Number upper = Kind::kMax;
  if (!parse_operand<Kind>(context, options.increment, "Increment", increment) ||
      !parse_operand<Kind>(context, options.lower, "LBOUND", lower) ||
      !parse_operand<Kind>(context, options.upper, "UBOUND", upper)) {
    return;
  }
  if (!Kind::is_finite(increment)) return context.error(errors::kNotFinite);
  if (lower > upper) return context.error("ERR LBOUND can't be greater than UBOUND");
  int64_t at_ms = 0;
  if (options.expire.is_time()) {
    const auto resolved = options.expire.resolve(context);
    if (!resolved) return;
    at_ms = *resolved;
  }
  KeyWriter key = context.write(context.arg(1));
  const std::optional<Number> before = Kind::stored(context, key);
  if (!before) return;

  Number after;
  Number applied = increment;
  const bool representable = Kind::sum(*before, increment, after);
  if (!representable || after < lower || after > upper) {
    if (!options.saturate) {
      context.reply.array(2);
      Kind::reply(context, *before);
      return Kind::reply(context, 0);
    }
    after = after > upper ? upper : after < lower ? lower : after;
    if (!Kind::difference(after, *before, applied)) return context.error(Kind::kUnrepresentable);
  }
  Kind::put(key, after);
  key.notify(kEventString, Kind::kEvent);
  apply_increx_expiry(context, key, options, at_ms);
  journal_increx(context, key, Kind::text(after));
  context.reply.array(2);
  Kind::reply(context, after);
  Kind::reply(context, applied);
}

void increx_command(Context& context) {
  IncrexOptions options;
  if (!parse_increx(context, options)) return;
  options.by_float ? increx<Reals>(context, options) : increx<Integers>(context, options);
}

constexpr KeySpec kCounterKey = key_at(1, kKeyRW | kKeyAccess | kKeyUpdate);

constexpr CommandSpec kRows[] = {
    {.name = "incr",
     .handler = incr_command,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "1.0.0",
     .summary = "Adds one to the integer at a key; an absent key counts as 0.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "decr",
     .handler = decr_command,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "1.0.0",
     .summary = "Subtracts one from the integer at a key; an absent key counts as 0.",
     .complexity = "O(1)",
     .syntax = "key"},
    {.name = "incrby",
     .handler = incrby_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "1.0.0",
     .summary = "Adds an integer to the one at a key; an absent key counts as 0.",
     .complexity = "O(1)",
     .syntax = "key increment"},
    {.name = "decrby",
     .handler = decrby_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "1.0.0",
     .summary = "Subtracts an integer from the one at a key; an absent key counts as 0.",
     .complexity = "O(1)",
     .syntax = "key decrement"},
    {.name = "incrbyfloat",
     .handler = incrbyfloat_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "2.6.0",
     .summary = "Adds a floating point number to the number at a key; an absent key counts as 0.",
     .complexity = "O(1)",
     .syntax = "key increment:double"},
    // https://redis.io/docs/latest/commands/increx/
    {.name = "increx",
     .handler = increx_command,
     .arity = -2,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryString,
     .keys = {kCounterKey},
     .group = "string",
     .since = "8.8.0",
     .summary = "Adds to the number at a key within bounds, and sets or removes its expiry.",
     .complexity = "O(1)",
     .syntax = "key [BYFLOAT increment | BYINT increment] [LBOUND lowerbound] "
               "[UBOUND upperbound] [SATURATE] [EX seconds | PX milliseconds | "
               "EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_counter_commands() {
  return kRows;
}

}  // namespace sorrel
