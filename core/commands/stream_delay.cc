// XDELAYED: entries that were handed in by XADD with DELAY or AT, and are still to be added. The
// journal says with ADD and DUE what became of them, so that who reads it goes by no clock.

#include "core/commands/stream_delay.h"

#include "core/command/arguments.h"
#include "core/command/help.h"
#include "core/commands/commands.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_words.h"
#include "core/structure/drop_on_throw.h"
#include "core/value/stream_schedule.h"

#include <algorithm>
#include <utility>

namespace sorrel {

std::optional<int64_t> parse_delay(Context& context, Bytes text, int64_t from_ms) {
  const std::optional<int64_t> ms = parse_integer(text);
  if (ms && *ms >= 0 && *ms <= INT64_MAX - from_ms) return from_ms + *ms;
  context.error(ms ? "ERR invalid delay in 'xadd' command" : errors::kNotAnInteger);
  return std::nullopt;
}

Stream& delay_entry(KeyWriter& key, StreamId delayed, StreamFields entry) {
  Epoch& epoch = key.values().epoch;
  Owned<Collection>& reference = key.edit_expiring(Type::kStream);
  if (reference) {
    Stream::thaw(reference, epoch).delay(delayed, entry, epoch);
  } else {
    Owned<Collection> made = Stream::make(epoch);
    const DropOnThrow guard(made, epoch);
    Stream::thaw(made, epoch).delay(delayed, entry, epoch);
    reference = std::move(made);
  }
  key.edited(kEventStream, "xdelay");
  // Who waits for the stream is to look again when this is due.
  key.has_grown();
  return Stream::thaw(reference, epoch);
}

namespace {

const StreamSchedule* schedule_of(const KeyWriter& key) {
  return key.exists() ? Stream::of(*key.entry()->collection()).schedule() : nullptr;
}

/// Of a delayed entry: its time is one, and there may be another of the same.
std::optional<StreamId> parse_delayed_id(Context& context, Bytes text) {
  const std::optional<StreamId> id = parse_one_stream_id(context, text);
  if (!id) return std::nullopt;
  if (id->ms <= INT64_MAX && id->seq != UINT64_MAX) return id;
  context.error(errors::kStreamId);
  return std::nullopt;
}

void xdelayed_add_command(Context& context) {
  if (context.argc() % 2 == 1) return context.wrong_arity();
  const auto delayed = parse_delayed_id(context, context.arg(3));
  if (!delayed) return;
  const StreamFields entry = context.args.subspan(4);
  uint64_t text_bytes = 0;
  for (const Bytes text : entry) text_bytes += text.size();
  if (text_bytes > StreamBlock::kEntryTextMax) {
    return context.error("ERR Elements are too large to be stored");
  }
  KeyWriter key = context.write(context.arg(2));
  if (!context.require(key, Type::kStream)) return;
  const StreamSchedule* schedule = schedule_of(key);
  if (schedule != nullptr && schedule->contains(*delayed)) {
    return context.error("ERR an entry is delayed under that ID already");
  }
  delay_entry(key, *delayed, entry);
  context.reply.ok();
}

void xdelayed_due_command(Context& context) {
  const auto delayed = parse_delayed_id(context, context.arg(3));
  if (!delayed) return;
  const auto id = parse_one_stream_id(context, context.arg(4));
  if (!id) return;
  KeyWriter key = context.write(context.arg(2));
  if (!context.require(key, Type::kStream)) return;
  const StreamSchedule* schedule = schedule_of(key);
  if (schedule == nullptr || !schedule->contains(*delayed)) {
    return context.error("ERR no entry is delayed under that ID");
  }
  if (*id <= Stream::of(*key.entry()->collection()).last_id()) {
    return context.error(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item");
  }
  ValueContext& values = key.values();
  Stream::thaw(key.edit(Type::kStream), values.epoch)
      .add_delayed(*delayed, *id, values.limits, values.epoch);
  context.reply.ok();
  key.edited(kEventStream, "xadd");
  key.has_grown();
}

void xdelayed_cancel_command(Context& context) {
  const auto ids = parse_stream_ids(context, 3);
  if (!ids) return;
  KeyWriter key = context.write(context.arg(2));
  if (!context.require(key, Type::kStream)) return;
  uint64_t cancelled = 0;
  if (schedule_of(key) != nullptr) {
    Epoch& epoch = key.values().epoch;
    Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
    for (const StreamId id : *ids) cancelled += stream.cancel_delayed(id, epoch) ? 1 : 0;
  }
  context.reply.integer(static_cast<int64_t>(cancelled));
  if (cancelled != 0) key.edited(kEventStream, "xdelay-cancel", cancelled);
}

void reply_delayed(Context& context, const Stream& stream, const StreamRange& range,
                   uint64_t count) {
  ReplyWriter& reply = context.reply;
  const ReplyWriter::Mark mark = reply.begin_array();
  size_t replied = 0;
  auto at = stream.schedule()->delayed().lower_bound(range.first);
  for (; at && replied < count && at->first <= range.last; at.next()) {
    const StreamBlock::Place place = at->block->begin();
    reply.array(2);
    reply_id(reply, at->first);
    reply.array(2 * size_t{place.pairs});
    at->block->for_each_pair(place, [&](Bytes field, const PackElement& value) {
      PackElement::Scratch scratch;
      reply.bulk(field);
      reply.bulk(value.bytes(scratch));
    });
    ++replied;
  }
  reply.end_array(mark, replied);
}

void xdelayed_range_command(Context& context) {
  const auto range = parse_stream_range(context, context.arg(3), context.arg(4));
  if (!range) return;
  std::optional<int64_t> count = INT64_MAX;
  if (context.argc() > 5) {
    if (context.argc() != 7 || !context.arg_is(5, "COUNT")) return context.error(errors::kSyntax);
    count = parse_integer(context.arg(6));
    if (!count) return context.error(errors::kNotAnInteger);
  }
  const Entry* entry;
  if (!context.read(context.arg(2), Type::kStream, entry)) return;
  const Stream* stream = entry == nullptr ? nullptr : &Stream::of(*entry->collection());
  if (stream == nullptr || stream->schedule() == nullptr) return context.reply.array(0);
  reply_delayed(context, *stream, *range, static_cast<uint64_t>(std::max<int64_t>(*count, 0)));
}

constexpr CommandSpec kRows[] = {
    {.name = "xdelayed",
     .arity = -2,
     .group = "stream",
     .since = "8.8.0",
     .summary = "Entries that are to be added to a stream later. Sorrel's own.",
     .complexity = "Depends on subcommand."},
    {.name = "xdelayed|add",
     .handler = xdelayed_add_command,
     .arity = -6,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.8.0",
     .summary =
         "Hands in an entry that is to be added later. For files and replicas. Sorrel's own.",
     .complexity = "O(log(N)) with N the entries that are delayed",
     .syntax = "key delayed-id field value [field value ...]"},
    {.name = "xdelayed|cancel",
     .handler = xdelayed_cancel_command,
     .arity = -4,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "8.8.0",
     .summary = "Entries that are delayed are never added. Sorrel's own.",
     .complexity = "O(log(N)) for each ID, with N the entries that are delayed",
     .syntax = "key delayed-id [delayed-id ...]"},
    {.name = "xdelayed|due",
     .handler = xdelayed_due_command,
     .arity = 5,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.8.0",
     .summary = "Adds a delayed entry now. For files and replicas. Sorrel's own.",
     .complexity = "O(log(N)) with N the entries that are delayed",
     .syntax = "key delayed-id id"},
    {.name = "xdelayed|help",
     .handler = help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCategoryStream,
     .group = "stream",
     .since = "8.8.0",
     .summary = "Lists the subcommands. Sorrel's own.",
     .complexity = "O(1)"},
    {.name = "xdelayed|range",
     .handler = xdelayed_range_command,
     .arity = -5,
     .flags = kReadonly,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRO | kKeyAccess)},
     .group = "stream",
     .since = "8.8.0",
     .summary = "Tells which entries are delayed. Sorrel's own.",
     .complexity = "O(log(N)+M) with N the entries that are delayed and M those shown",
     .syntax = "key start end [COUNT count]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_delay_commands() {
  return kRows;
}

}  // namespace sorrel
