// XINFO STREAM: what a stream is and remembers.

#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_group_info.h"
#include "core/commands/stream_nodes.h"
#include "core/commands/stream_words.h"
#include "core/value/stream_cursor.h"
#include "core/value/stream_groups.h"
#include "core/value/stream_producers.h"
#include "core/value/stream_schedule.h"

namespace sorrel {
namespace {

struct InfoOptions {
  bool full = false;
  uint64_t count = 10;
};

/// [FULL [COUNT count]]; or the error was answered.
std::optional<InfoOptions> parse_options(Context& context) {
  InfoOptions options;
  Arguments arguments(context, 3);
  if (arguments.done()) return options;
  options.full = true;
  Bytes text;
  const bool right = arguments.take("FULL") &&
                     (arguments.done() || (arguments.take("COUNT", text) && arguments.done()));
  if (!right) {
    context.wrong_subcommand();
    return std::nullopt;
  }
  if (text.data() == nullptr) return options;
  const std::optional<int64_t> count = parse_integer(text);
  if (!count) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if (*count >= 0) options.count = static_cast<uint64_t>(*count);
  return options;
}

class StreamReport {
 public:
  StreamReport(Context& context, const Stream& stream)
      : context_(context), reply_(context.reply), stream_(stream) {}

  void plain() {
    reply_.map(10 + more());
    common();
    number("groups", stream_.groups() == nullptr ? 0 : stream_.groups()->size());
    entry("first-entry", StreamCursor::at_or_after(stream_, StreamId::min()));
    entry("last-entry", StreamCursor::at_or_before(stream_, StreamId::max()));
    idempotency();
    retention();
    delays();
  }
  void full(uint64_t count) {
    reply_.map(9 + more());
    common();
    reply_.bulk("entries");
    reply_entries(reply_, stream_, {StreamId::min(), StreamId::max()},
                  count == 0 ? UINT64_MAX : count);
    reply_.bulk("groups");
    reply_groups_in_full(context_, stream_, count);
    idempotency();
    retention();
    delays();
  }

 private:
  void common() {
    number("length", stream_.size());
    number("radix-tree-keys", stream_.blocks().slots());
    number("radix-tree-nodes", count_radix_nodes(stream_));
    id("last-generated-id", stream_.last_id());
    id("max-deleted-entry-id", stream_.max_deleted_id());
    number("entries-added", stream_.entries_added());
    id("recorded-first-entry-id", stream_.first_id());
  }
  /// Fields behind those of Redis 7.2: only where there is something to tell.
  size_t more() const {
    return (stream_.producers() == nullptr ? 0 : 6) + (has_retention() ? 4 : 0) +
           (has_delays() ? 2 : 0);
  }
  bool has_retention() const {
    return stream_.schedule() != nullptr && stream_.schedule()->retention() != StreamRetention();
  }
  bool has_delays() const {
    return stream_.schedule() != nullptr && !stream_.schedule()->delayed().empty();
  }
  void idempotency() {
    if (stream_.producers() == nullptr) return;
    const StreamProducers& producers = *stream_.producers();
    const auto count = producers.count(static_cast<uint64_t>(context_.now_ms()));
    number("idmp-duration", producers.duration_s());
    number("idmp-maxsize", producers.receipts_max());
    number("pids-tracked", count.producers);
    number("iids-tracked", count.receipts);
    number("iids-added", producers.added());
    number("iids-duplicates", producers.repeated());
  }
  void retention() {
    if (!has_retention()) return;
    const StreamRetention& retention = stream_.schedule()->retention();
    number("max-length", retention.max_length);
    number("max-bytes", retention.max_bytes);
    number("max-age", static_cast<uint64_t>(retention.max_age_ms));
    reply_.bulk("retain");
    reply_.bulk(retention.acknowledged ? "acked" : "all");
  }
  void delays() {
    if (!has_delays()) return;
    const StreamSchedule::Delayed& delayed = stream_.schedule()->delayed();
    number("delayed", delayed.slots());
    number("next-delayed", delayed.begin()->first.ms);
  }
  void number(Bytes name, uint64_t value) {
    reply_.bulk(name);
    reply_.integer(static_cast<int64_t>(value));
  }
  void id(Bytes name, StreamId value) {
    reply_.bulk(name);
    reply_id(reply_, value);
  }
  void entry(Bytes name, const StreamCursor& at) {
    reply_.bulk(name);
    at ? reply_entry(reply_, at) : reply_.null();
  }

  Context& context_;
  ReplyWriter& reply_;
  const Stream& stream_;
};

void xinfo_stream_command(Context& context) {
  const Entry* entry = context.read(context.arg(2));
  if (entry == nullptr) return context.error(errors::kNoSuchKey);
  if (entry->type() != Type::kStream) return context.error(errors::kWrongType);
  const auto options = parse_options(context);
  if (!options) return;
  StreamReport report(context, Stream::of(*entry->collection()));
  options->full ? report.full(options->count) : report.plain();
}

constexpr CommandSpec kRows[] = {
    {.name = "xinfo",
     .arity = -2,
     .group = "stream",
     .since = "5.0.0",
     .summary = "What streams, their groups and consumers are.",
     .complexity = "Depends on subcommand."},
    {.name = "xinfo|help",
     .handler = help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCategoryStream,
     .group = "stream",
     .since = "5.0.0",
     .summary = "Lists the subcommands.",
     .complexity = "O(1)"},
    {.name = "xinfo|stream",
     .handler = xinfo_stream_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRO | kKeyAccess)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Tells a stream's length, what it remembers, and its first and last entries.",
     .complexity = "O(N) for N blocks of entries, up to some thousands",
     .syntax = "key [FULL [COUNT count]]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_info_commands() {
  return kRows;
}

}  // namespace sorrel
