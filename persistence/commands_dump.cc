// DUMP and RESTORE: a value out of a key and into one, as bytes that Redis knows.

#include "persistence/commands_dump.h"

#include "core/command/arguments.h"
#include "core/engine.h"
#include "core/keyspace/access_clock.h"
#include "persistence/dump_payload.h"

#include <optional>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kWrongPayload = "ERR DUMP payload version or checksum are wrong";
constexpr Bytes kBadFormat = "ERR Bad data format";
constexpr Bytes kBusyKey = "BUSYKEY Target key name already exists.";
constexpr Bytes kNegativeTtl = "ERR Invalid TTL value, must be >= 0";
constexpr Bytes kNegativeIdle = "ERR Invalid IDLETIME value, must be >= 0";
constexpr Bytes kWrongFrequency = "ERR Invalid FREQ value, must be >= 0 and <= 255";

constexpr size_t kKey = 1;
constexpr size_t kTtl = 2;
constexpr size_t kPayload = 3;
constexpr size_t kOptions = 4;

void dump_command(Context& context) {
  const Entry* entry = context.read(context.arg(kKey));
  if (entry == nullptr) return context.reply.null();
  const SettingValues& settings = context.engine.values();
  context.reply.bulk(
      make_dump_payload(*entry, static_cast<int>(settings.rdb_version), settings.rdbcompression));
}

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  std::optional<int64_t> idle_s = std::nullopt;
  std::optional<int64_t> frequency = std::nullopt;
};

// False: an error was answered.
bool parse_number(Context& context, Bytes text, Bytes out_of_range, int64_t most,
                  std::optional<int64_t>& number) {
  number = parse_integer(text);
  if (!number) {
    context.error(errors::kNotAnInteger);
    return false;
  }
  if (*number >= 0 && *number <= most) return true;
  context.error(out_of_range);
  return false;
}

std::optional<RestoreOptions> parse_restore(Context& context) {
  RestoreOptions options;
  for (Arguments arguments(context, kOptions); !arguments.done();) {
    Bytes number;
    if (arguments.take("REPLACE")) {
      options.replace = true;
    } else if (arguments.take("ABSTTL")) {
      options.absolute = true;
    } else if (!options.frequency && arguments.take("IDLETIME", number)) {
      if (!parse_number(context, number, kNegativeIdle, INT64_MAX, options.idle_s)) return {};
    } else if (!options.idle_s && arguments.take("FREQ", number)) {
      if (!parse_number(context, number, kWrongFrequency, UINT8_MAX, options.frequency)) return {};
    } else {
      context.error(errors::kSyntax);
      return {};
    }
  }
  return options;
}

// The effective form has the time itself.
void journal_restore(Context& context, const RestoreOptions& options, int64_t expires_ms) {
  if (options.absolute || expires_ms == kNever || !context.journaled()) return;
  const IntegerText time(expires_ms);
  std::vector<Bytes> words(context.args.begin(), context.args.end());
  words[0] = "RESTORE";
  words[kTtl] = time.view();
  words.push_back("ABSTTL");
  context.journal_as(words);
}

// A time that has come: nothing is made, and what REPLACE was to replace goes.
void restore_expired(Context& context, KeyWriter& writer) {
  context.journal_nothing();
  if (writer.erase()) {
    writer.notify(kEventGeneric, "del");
    context.journal_as({"DEL", context.arg(kKey)});
  }
  context.reply.ok();
}

void set_clock(Context& context, const Entry& entry, const RestoreOptions& options) {
  uint32_t clock = entry.access_clock();
  if (options.idle_s) {
    clock = clock_of_idle(context.books(), static_cast<uint64_t>(*options.idle_s), clock);
  }
  if (options.frequency) {
    clock = clock_of_counter(context.books(), static_cast<uint8_t>(*options.frequency), clock);
  }
  entry.set_access_clock(clock);
}

// The value takes the key; one change, whatever it replaces.
void put_restored(Context& context, KeyWriter& writer, RdbValue& value, int64_t expires_ms) {
  const uint64_t dirty = context.books().dirty;
  writer.erase();
  value.put(writer, expires_ms == kNever ? Expiry::none() : Expiry::at(expires_ms));
  context.books().dirty = dirty + 1;
}

void restore_command(Context& context) {
  const std::optional<RestoreOptions> options = parse_restore(context);
  if (!options) return;
  KeyWriter writer = context.write(context.arg(kKey), Touch::kPeek);
  if (!options->replace && writer.exists()) return context.error(kBusyKey);
  std::optional<int64_t> ttl;
  if (!parse_number(context, context.arg(kTtl), kNegativeTtl, INT64_MAX, ttl)) return;
  const Bytes payload = context.arg(kPayload);
  if (!is_dump_payload(payload)) return context.error(kWrongPayload);
  RdbValue value(context.engine.epoch());
  if (!read_dump_payload(payload, context.engine.value_context(), value)) {
    return context.error(kBadFormat);
  }
  int64_t expires_ms = *ttl == 0 ? kNever : *ttl;
  if (*ttl != 0 && !options->absolute &&
      __builtin_add_overflow(context.now_ms(), *ttl, &expires_ms)) {
    expires_ms = kNever - 1;
  }
  if (expires_ms != kNever && context.has_come(expires_ms)) {
    return restore_expired(context, writer);
  }
  put_restored(context, writer, value, expires_ms);
  set_clock(context, *writer.entry(), *options);
  writer.notify(kEventGeneric, "restore");
  journal_restore(context, *options, expires_ms);
  context.reply.ok();
}

constexpr CommandSpec restore_row(Bytes name, uint32_t flags, Bytes group, Bytes since,
                                  Bytes summary) {
  return {.name = name,
          .handler = restore_command,
          .arity = -4,
          .flags = kWrite | kDenyOom | flags,
          .categories = kCategoryKeyspace | kCategoryDangerous,
          .keys = {key_at(1, kKeyOW | kKeyUpdate)},
          .group = group,
          .since = since,
          .summary = summary,
          .complexity =
              "O(1) for the key, and O(N*M) for a value of N elements of M bytes each; "
              "O(N*M*log(N)) for a sorted set.",
          .syntax =
              "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] "
              "[FREQ frequency]"};
}

constexpr CommandSpec kRows[] = {
    {.name = "dump",
     .handler = dump_command,
     .arity = 2,
     .flags = kReadonly,
     .categories = kCategoryKeyspace,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "generic",
     .since = "2.6.0",
     .summary = "Gives a key's value in the form of RDB files.",
     .complexity = "O(1) for the key, and O(N*M) for a value of N elements of M bytes each.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    restore_row("restore", 0, "generic", "2.6.0", "Makes a key out of what DUMP gave."),
    restore_row("restore-asking", kAsking, "server", "3.0.0",
                "What a cluster's node sends to move a key."),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> dump_commands() {
  return kRows;
}

}  // namespace sorrel
