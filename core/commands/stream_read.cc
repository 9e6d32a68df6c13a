// XREAD: entries behind given IDs, of several streams, now or as soon as there are any.
//
// "$" and "+" mean what is the last entry when the command comes: a call that waits is kept with
// the IDs that they stood for.

#include "core/command/arguments.h"
#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_read_bounds.h"
#include "core/commands/stream_words.h"
#include "core/value/stream_cursor.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sorrel {
namespace {

struct Reading : StreamReadBounds {
  std::span<const Bytes> keys;
  std::span<const Bytes> from;  // for each key, as it was written
  std::optional<int64_t> timeout_ms;
};

/// The keys and their IDs, behind STREAMS; or the error was answered.
bool parse_streams(Context& context, Arguments& arguments, Reading& parsed) {
  const size_t left = arguments.left();
  if (left % 2 != 0) {
    context.error(
        "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must "
        "be specified.");
    return false;
  }
  parsed.keys = arguments.next(left / 2);
  parsed.from = arguments.next(left / 2);
  return true;
}

bool parse(Context& context, Reading& parsed) {
  for (Arguments arguments(context, 1); !arguments.done();) {
    Bytes text;
    Bytes fault;
    if (arguments.take("BLOCK", text)) {
      parsed.timeout_ms = parse_block_timeout_ms(context, text);
      if (!parsed.timeout_ms) return false;
    } else if (parsed.take(arguments, fault)) {
      if (!fault.empty()) return context.fail(fault);
    } else if (arguments.left() > 1 && arguments.take("STREAMS")) {
      if (!parsed.fault().empty()) return context.fail(parsed.fault());
      return parse_streams(context, arguments, parsed);
    } else if (arguments.left() > 2 && arguments.take("GROUP")) {
      return context.fail(
          "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    } else if (arguments.take("NOACK")) {
      return context.fail(
          "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    } else {
      return context.fail(errors::kSyntax);
    }
  }
  return context.fail(errors::kSyntax);
}

/// The ID behind which is to be read. `stream` may be nullptr.
std::optional<StreamId> resolve(Context& context, const Stream* stream, Bytes text) {
  if (text == "$") return stream == nullptr ? StreamId{} : stream->last_id();
  if (text == "+") {
    // The last entry itself is to be read.
    StreamId id = stream == nullptr ? StreamId{} : stream->last_entry_id();
    id.decrement();
    return id;
  }
  if (text != ">") return parse_one_stream_id(context, text);
  context.error(
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
      "<consumer> option.");
  return std::nullopt;
}

struct Source {
  const Stream* stream;  // nullptr: the key is absent
  StreamId behind;
};

/// What is to be read; or the error was answered.
std::optional<std::vector<Source>> look_up(Context& context, const Reading& wanted) {
  std::vector<Source> sources;
  sources.reserve(wanted.keys.size());
  for (size_t i = 0; i < wanted.keys.size(); ++i) {
    const Entry* entry;
    if (!context.read(wanted.keys[i], Type::kStream, entry)) return std::nullopt;
    const Stream* stream = entry == nullptr ? nullptr : &Stream::of(*entry->collection());
    const auto behind = resolve(context, stream, wanted.from[i]);
    if (!behind) return std::nullopt;
    sources.push_back({stream, *behind});
  }
  return sources;
}

bool has_more(const Source& source) {
  return source.stream != nullptr && source.stream->last_entry_id() > source.behind;
}

/// The entries of one stream, at most `most`, until the output has reached `bytes_end`, but one at
/// least; gives how many.
uint64_t reply_source(ReplyWriter& reply, const Source& source, uint64_t most, uint64_t bytes_end) {
  StreamId first = source.behind;
  first.increment();
  const ReplyWriter::Mark mark = reply.begin_array();
  uint64_t replied = 0;
  auto at = StreamCursor::at_or_after(*source.stream, first);
  for (; at && replied < most; at.next()) {
    if (replied != 0 && reply.output().end_offset() >= bytes_end) break;
    reply_entry(reply, at);
    ++replied;
  }
  reply.end_array(mark, replied);
  return replied;
}

/// False when there is nothing to read.
bool reply_sources(Context& context, const Reading& wanted, const std::vector<Source>& sources) {
  if (std::none_of(sources.begin(), sources.end(), has_more)) return false;
  ReplyWriter& reply = context.reply;
  const uint64_t bytes_begin = reply.output().end_offset();
  const uint64_t bytes_end =
      wanted.max_bytes < UINT64_MAX - bytes_begin ? bytes_begin + wanted.max_bytes : UINT64_MAX;
  const ReplyWriter::Mark mark = reply.resp3() ? reply.begin_map() : reply.begin_array();
  uint64_t left = wanted.max_count;
  size_t streams = 0;
  for (size_t i = 0; i < sources.size() && left != 0; ++i) {
    if (!has_more(sources[i])) continue;
    if (streams != 0 && reply.output().end_offset() >= bytes_end) break;
    if (!reply.resp3()) reply.array(2);
    reply.bulk(wanted.keys[i]);
    left -= reply_source(reply, sources[i], std::min(wanted.count, left), bytes_end);
    ++streams;
  }
  reply.resp3() ? reply.end_map(mark, streams) : reply.end_array(mark, streams);
  return true;
}

/// Waits with the IDs written out.
void wait(Context& context, const Reading& wanted, const std::vector<Source>& sources) {
  std::vector<std::string> ids;
  ids.reserve(sources.size());
  for (const Source& source : sources) ids.emplace_back(StreamIdText(source.behind).view());
  std::vector<Bytes> call(context.args.begin(), context.args.end());
  std::copy(ids.begin(), ids.end(), call.end() - static_cast<ptrdiff_t>(ids.size()));
  BlockRequest request{.type = Type::kStream, .keys = wanted.keys};
  request.timeout_ms = *wanted.timeout_ms;
  request.call = call;
  for (const Source& source : sources) {
    if (source.stream == nullptr) continue;
    request.again_ms = std::min(request.again_ms, source.stream->next_delayed_ms());
  }
  // What is due and not added yet will be, in the next turn.
  request.again_ms = std::max(request.again_ms, context.now_ms() + 1);
  context.block(request);
}

void xread_command(Context& context) {
  Reading wanted;
  if (!parse(context, wanted)) return;
  const auto sources = look_up(context, wanted);
  if (!sources || reply_sources(context, wanted, *sources)) return;
  if (!wanted.timeout_ms) return context.reply.null_array();
  wait(context, wanted, *sources);
}

constexpr KeySpec keys_behind(Bytes keyword) {
  KeySpec spec;
  spec.flags = kKeyRO | kKeyAccess;
  spec.begin = KeySpec::Begin::kKeyword;
  spec.index = 1;
  spec.keyword = keyword;
  spec.last = -1;
  spec.limit = 2;
  return spec;
}

constexpr CommandSpec kRows[] = {
    {.name = "xread",
     .handler = xread_command,
     .arity = -4,
     .flags = kReadonly | kBlocking | kMovableKeys,
     .categories = kCategoryStream,
     .keys = {keys_behind("STREAMS")},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Gives the entries of streams behind given IDs, or waits for some.",
     .complexity = "O(log N + M) for each stream of N entries, M of which are given",
     .syntax = "[COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] STREAMS "
               "key [key ...] id [id ...]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_read_commands() {
  return kRows;
}

}  // namespace sorrel
