// What the files of stream commands share: IDs as a client writes them, and the reply of a range.
#pragma once

#include "core/command/context.h"
#include "core/value/stream.h"

#include <optional>
#include <vector>

namespace sorrel {

/// One ID, or the error was answered.
inline std::optional<StreamId> parse_one_stream_id(Context& context, Bytes text,
                                                   uint64_t missing_seq = 0) {
  const std::optional<StreamId> id = parse_stream_id(text, missing_seq);
  if (!id) context.error(errors::kStreamId);
  return id;
}

/// The IDs of all arguments from `from` on, or the error was answered.
std::optional<std::vector<StreamId>> parse_stream_ids(Context& context, size_t from);

/// From one ID to another, both included.
struct StreamRange {
  StreamId first;
  StreamId last;
};
/// A range of which each end may be "-", "+", incomplete, or left out by "("; or the error was
/// answered.
std::optional<StreamRange> parse_stream_range(Context& context, Bytes first, Bytes last);

/// The entries of a range, at most `count`; and the same from the last one back.
void reply_entries(ReplyWriter& reply, const Stream& stream, const StreamRange& range,
                   uint64_t count);
void reply_entries_back(ReplyWriter& reply, const Stream& stream, const StreamRange& range,
                        uint64_t count);

}  // namespace sorrel
