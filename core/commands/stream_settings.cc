// XCFGSET: what a stream remembers of its producers, and the bounds that it keeps by itself.

#include "core/commands/stream_settings.h"

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/value/stream_schedule.h"

#include <string>
#include <vector>

namespace sorrel {

StreamProducers& edit_producers(Context& context, Stream& stream) {
  const bool is_new = stream.producers() == nullptr;
  StreamProducers& producers = stream.edit_producers(context.db().epoch());
  if (is_new) {
    const SettingValues& values = context.engine.values();
    producers.configure(static_cast<uint32_t>(values.stream_idmp_duration),
                        static_cast<uint32_t>(values.stream_idmp_maxsize));
  }
  return producers;
}

void journal_producers(Context& context, Bytes key, const StreamProducers& producers) {
  const IntegerText duration(producers.duration_s());
  const IntegerText receipts(producers.receipts_max());
  context.journal_as(
      {"XCFGSET", key, "IDMP-DURATION", duration.view(), "IDMP-MAXSIZE", receipts.view()});
}

namespace {

struct Configuration {
  std::optional<uint32_t> duration_s;
  std::optional<uint32_t> receipts_max;
  std::optional<uint64_t> max_length;
  std::optional<uint64_t> max_bytes;
  std::optional<int64_t> max_age_ms;
  std::optional<bool> acknowledged;

  bool about_producers() const { return duration_s || receipts_max; }
  bool about_retention() const { return max_length || max_bytes || max_age_ms || acknowledged; }
};

/// A number from 1 to `most`; or the error was answered.
bool read_bounded(Context& context, Bytes text, uint32_t most, Bytes error,
                  std::optional<uint32_t>& out) {
  const std::optional<int64_t> value = parse_integer(text);
  const bool right = value && *value >= 1 && *value <= most;
  if (right) out = static_cast<uint32_t>(*value);
  if (!right) context.error(error);
  return right;
}

/// A number that isn't negative; or the error was answered.
template <class Number>
bool read_bound(Context& context, Bytes name, Bytes text, std::optional<Number>& out) {
  const std::optional<int64_t> value = parse_integer(text);
  const bool right = value && *value >= 0;
  if (right) out = static_cast<Number>(*value);
  if (!value) context.error(errors::kNotAnInteger);
  if (value && !right) context.error("ERR " + std::string(name) + " must be >= 0");
  return right;
}

bool read_option(Context& context, Arguments& arguments, Configuration& parsed) {
  Bytes text;
  if (arguments.take("IDMP-DURATION", text)) {
    return read_bounded(context, text, StreamProducers::kDurationMax,
                        "ERR invalid duration: it must be between 1 and 86400 seconds",
                        parsed.duration_s);
  }
  if (arguments.take("IDMP-MAXSIZE", text)) {
    return read_bounded(context, text, StreamProducers::kReceiptsMax,
                        "ERR invalid maxsize: it must be between 1 and 10000 entries",
                        parsed.receipts_max);
  }
  if (arguments.take("MAXLEN", text)) return read_bound(context, "MAXLEN", text, parsed.max_length);
  if (arguments.take("MAXBYTES", text)) {
    return read_bound(context, "MAXBYTES", text, parsed.max_bytes);
  }
  if (arguments.take("MAXAGE", text)) return read_bound(context, "MAXAGE", text, parsed.max_age_ms);
  if (arguments.take("RETAIN", text)) {
    const bool acknowledged = equals_ignore_case(text, "ACKED");
    if (acknowledged || equals_ignore_case(text, "ALL")) {
      parsed.acknowledged = acknowledged;
      return true;
    }
  }
  context.error(errors::kSyntax);
  return false;
}

bool parse(Context& context, Configuration& parsed) {
  for (Arguments arguments(context, 2); !arguments.done();) {
    if (!read_option(context, arguments, parsed)) return false;
  }
  if (parsed.about_producers() || parsed.about_retention()) return true;
  context.error(errors::kSyntax);
  return false;
}

StreamRetention merged(const Stream& stream, const Configuration& wanted) {
  StreamRetention retention;
  if (stream.schedule() != nullptr) retention = stream.schedule()->retention();
  retention.max_length = wanted.max_length.value_or(retention.max_length);
  retention.max_bytes = wanted.max_bytes.value_or(retention.max_bytes);
  retention.max_age_ms = wanted.max_age_ms.value_or(retention.max_age_ms);
  retention.acknowledged = wanted.acknowledged.value_or(retention.acknowledged);
  return retention;
}

void journal_retention(Context& context, const StreamRetention& retention) {
  const IntegerText length(static_cast<int64_t>(retention.max_length));
  const IntegerText bytes(static_cast<int64_t>(retention.max_bytes));
  const IntegerText age(retention.max_age_ms);
  context.journal_as({"XCFGSET", context.arg(1), "MAXLEN", length.view(), "MAXBYTES", bytes.view(),
                      "MAXAGE", age.view(), "RETAIN", retention.acknowledged ? "ACKED" : "ALL"});
}

void xcfgset_command(Context& context) {
  Configuration wanted;
  if (!parse(context, wanted)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!key.exists()) return context.error(errors::kNoSuchKey);
  if (!context.require(key, Type::kStream)) return;
  Epoch& epoch = key.values().epoch;
  Owned<Collection>& reference =
      wanted.about_retention() ? key.edit_expiring(Type::kStream) : key.edit(Type::kStream);
  Stream& stream = Stream::thaw(reference, epoch);
  if (wanted.about_producers()) {
    StreamProducers& producers = edit_producers(context, stream);
    producers.configure(wanted.duration_s, wanted.receipts_max);
    journal_producers(context, context.arg(1), producers);
  }
  if (wanted.about_retention()) {
    const StreamRetention retention = merged(stream, wanted);
    stream.set_retention(retention, epoch);
    journal_retention(context, retention);
  }
  context.reply.ok();
  key.edited(kEventStream, "xcfgset");
}

constexpr CommandSpec kRows[] = {
    {.name = "xcfgset",
     .handler = xcfgset_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.6.0",
     .summary = "Sets how much a stream keeps, and how long, and how many, messages of its "
                "idempotent producers it remembers; it forgets those that it does.",
     .complexity = "O(1), and O(N) for N blocks of entries where MAXBYTES comes to be bounded",
     .syntax = "key [IDMP-DURATION seconds] [IDMP-MAXSIZE count] [MAXLEN count] [MAXBYTES bytes] "
               "[MAXAGE milliseconds] [RETAIN (ALL | ACKED)]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_settings_commands() {
  return kRows;
}

}  // namespace sorrel
