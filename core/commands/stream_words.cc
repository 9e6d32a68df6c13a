#include "core/commands/stream_words.h"

#include "core/commands/stream_entry_reply.h"

namespace sorrel {

std::optional<std::vector<StreamId>> parse_stream_ids(Context& context, size_t from) {
  std::vector<StreamId> ids;
  ids.reserve(context.argc() - from);
  for (const Bytes text : context.args.subspan(from)) {
    const std::optional<StreamId> id = parse_one_stream_id(context, text);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

std::optional<StreamRange> parse_stream_range(Context& context, Bytes first, Bytes last) {
  auto from = parse_stream_bound(first, 0);
  if (!from) return context.fail(errors::kStreamId);
  if (from->exclusive && !from->id.increment()) {
    return context.fail("ERR invalid start ID for the interval");
  }
  auto to = parse_stream_bound(last, UINT64_MAX);
  if (!to) return context.fail(errors::kStreamId);
  if (to->exclusive && !to->id.decrement()) {
    return context.fail("ERR invalid end ID for the interval");
  }
  return StreamRange{from->id, to->id};
}

void reply_entries(ReplyWriter& reply, const Stream& stream, const StreamRange& range,
                   uint64_t count) {
  const ReplyWriter::Mark mark = reply.begin_array();
  size_t replied = 0;
  auto at = StreamCursor::at_or_after(stream, range.first);
  for (; replied < count && at && at.id() <= range.last; at.next()) {
    reply_entry(reply, at);
    ++replied;
  }
  reply.end_array(mark, replied);
}

void reply_entries_back(ReplyWriter& reply, const Stream& stream, const StreamRange& range,
                        uint64_t count) {
  const ReplyWriter::Mark mark = reply.begin_array();
  size_t replied = 0;
  auto at = StreamCursor::at_or_before(stream, range.last);
  for (; replied < count && at && at.id() >= range.first; at.previous()) {
    reply_entry(reply, at);
    ++replied;
  }
  reply.end_array(mark, replied);
}

}  // namespace sorrel
