// Commands on a stream as a whole, and on its ranges.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_words.h"

#include <algorithm>

namespace sorrel {
namespace {

/// The stream at the first key; nullptr when there is none. False: WRONGTYPE was answered.
bool read_stream(Context& context, const Stream*& stream) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kStream, entry)) return false;
  stream = entry == nullptr ? nullptr : &Stream::of(*entry->collection());
  return true;
}

void xlen_command(Context& context) {
  const Stream* stream;
  if (!read_stream(context, stream)) return;
  context.reply.integer(stream == nullptr ? 0 : static_cast<int64_t>(stream->size()));
}

// ---- Ranges.

/// COUNT, more than once if need be, the last one counts: UINT64_MAX when there is none. Nothing:
/// the error was answered.
std::optional<uint64_t> parse_count(Context& context) {
  uint64_t count = UINT64_MAX;
  for (Arguments arguments(context, 4); !arguments.done();) {
    Bytes text;
    if (!arguments.take("COUNT", text)) {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
    const std::optional<int64_t> given = parse_integer(text);
    if (!given) {
      context.error(errors::kNotAnInteger);
      return std::nullopt;
    }
    count = static_cast<uint64_t>(std::max<int64_t>(*given, 0));
  }
  return count;
}

void range(Context& context, bool back) {
  const auto wanted =
      parse_stream_range(context, context.arg(back ? 3 : 2), context.arg(back ? 2 : 3));
  if (!wanted) return;
  const auto count = parse_count(context);
  const Stream* stream;
  if (!count || !read_stream(context, stream)) return;
  if (stream == nullptr) return context.reply.array(0);
  if (*count == 0) return context.reply.null_array();
  back ? reply_entries_back(context.reply, *stream, *wanted, *count)
       : reply_entries(context.reply, *stream, *wanted, *count);
}

void xrange_command(Context& context) {
  range(context, false);
}
void xrevrange_command(Context& context) {
  range(context, true);
}

// ---- What the stream remembers.

struct Settings {
  StreamId last_id;
  std::optional<uint64_t> entries_added;
  StreamId max_deleted_id;
};

bool parse_settings(Context& context, Settings& parsed) {
  const auto id = parse_one_stream_id(context, context.arg(2));
  if (!id) return false;
  parsed.last_id = *id;
  for (Arguments arguments(context, 3); !arguments.done();) {
    Bytes text;
    if (arguments.take("ENTRIESADDED", text)) {
      const std::optional<int64_t> added = parse_integer(text);
      if (!added) return context.fail(errors::kNotAnInteger);
      if (*added < 0) return context.fail("ERR entries_added must be positive");
      parsed.entries_added = static_cast<uint64_t>(*added);
    } else if (arguments.take("MAXDELETEDID", text)) {
      const auto deleted = parse_one_stream_id(context, text);
      if (!deleted) return false;
      parsed.max_deleted_id = *deleted;
      if (parsed.last_id >= parsed.max_deleted_id) continue;
      return context.fail(
          "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
    } else {
      return context.fail(errors::kSyntax);
    }
  }
  return true;
}

/// Why the stream can't have them; empty when it can.
Bytes settings_fault(const Stream& stream, const Settings& wanted) {
  if (wanted.last_id < stream.max_deleted_id()) {
    return "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
  }
  if (stream.size() == 0) return {};
  if (wanted.last_id < stream.last_entry_id()) {
    return "ERR The ID specified in XSETID is smaller than the target stream top item";
  }
  if (wanted.entries_added && *wanted.entries_added < stream.size()) {
    return "ERR The entries_added specified in XSETID is smaller than the target stream length";
  }
  return {};
}

void xsetid_command(Context& context) {
  Settings wanted;
  if (!parse_settings(context, wanted)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!key.exists()) return context.error(errors::kNoSuchKey);
  if (!context.require(key, Type::kStream)) return;
  const Bytes fault = settings_fault(Stream::of(*key.entry()->collection()), wanted);
  if (!fault.empty()) return context.error(fault);
  Stream& stream = Stream::thaw(key.edit(Type::kStream), key.values().epoch);
  stream.set_last_id(wanted.last_id);
  if (wanted.entries_added) stream.set_entries_added(*wanted.entries_added);
  if (!wanted.max_deleted_id.is_zero()) stream.set_max_deleted_id(wanted.max_deleted_id);
  context.reply.ok();
  // As in Redis, nobody who watches the key hears of it.
  key.count_changes(1);
  key.notify(kEventStream, "xsetid");
}

constexpr CommandSpec range_row(Bytes name, Handler handler, Bytes summary, Bytes syntax) {
  return {.name = name,
          .handler = handler,
          .arity = -4,
          .flags = kReadonly,
          .categories = kCategoryStream,
          .keys = {key_at(1, kKeyRO | kKeyAccess)},
          .group = "stream",
          .since = "5.0.0",
          .summary = summary,
          .complexity = "O(log N + M) for M entries of N",
          .syntax = syntax};
}

constexpr CommandSpec kRows[] = {
    {.name = "xlen",
     .handler = xlen_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRO)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Counts the entries of a stream.",
     .complexity = "O(1)",
     .syntax = "key"},
    range_row("xrange", xrange_command, "Gives the entries between two IDs.",
              "key start:string end:string [COUNT count]"),
    range_row("xrevrange", xrevrange_command, "Gives the entries between two IDs, the last first.",
              "key end:string start:string [COUNT count]"),
    {.name = "xsetid",
     .handler = xsetid_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Sets what a stream remembers: its last ID, and what was added and deleted.",
     .complexity = "O(1)",
     .syntax = "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_commands() {
  return kRows;
}

}  // namespace sorrel
