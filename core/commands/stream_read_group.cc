// XREADGROUP: entries for a consumer of a group: new ones, what it has pending, or (CLAIM) what
// others have had pending for long.
//
// What the journal gets is said in core/commands/stream_delivery.h.

#include "core/command/arguments.h"
#include "core/command/block_timeout.h"
#include "core/commands/commands.h"
#include "core/commands/stream_delivery.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_group_access.h"
#include "core/commands/stream_read_bounds.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kWhere = " in XREADGROUP with GROUP option";
constexpr Bytes kDollarId =
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "
    "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would "
    "just return an empty result set.";

struct ReadQuery : StreamReadBounds {
  std::optional<Bytes> group;
  Bytes consumer;
  std::span<const Bytes> keys;
  std::span<const Bytes> ids;
  std::optional<int64_t> block_ms;
  std::optional<int64_t> min_idle_ms;
  bool no_ack = false;
};

// ---- Parsing.

Bytes parse_claim(Bytes text, ReadQuery& query) {
  query.min_idle_ms = parse_integer(text);
  if (!query.min_idle_ms) return "ERR min-idle-time is not an integer";
  if (*query.min_idle_ms < 0) return "ERR min-idle-time must be a positive integer";
  return {};
}

Bytes parse_streams(Arguments& arguments, ReadQuery& query) {
  const size_t left = arguments.left();
  if (left % 2 != 0) {
    return "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be "
           "specified.";
  }
  query.keys = arguments.next(left / 2);
  query.ids = arguments.next(left / 2);
  return {};
}

/// One option but BLOCK.
Bytes parse_option(Arguments& arguments, ReadQuery& query) {
  Bytes text;
  Bytes fault;
  if (query.take(arguments, fault)) return fault;
  if (arguments.take("CLAIM", text)) return parse_claim(text, query);
  if (arguments.left() >= 3 && arguments.take("GROUP")) {
    query.group = arguments.next();
    query.consumer = arguments.next();
  } else if (arguments.take("NOACK")) {
    query.no_ack = true;
  } else if (arguments.left() >= 2 && arguments.take("STREAMS")) {
    return parse_streams(arguments, query);
  } else {
    return errors::kSyntax;
  }
  return {};
}

/// False when the error was answered.
bool parse_read(Context& context, ReadQuery& query) {
  Arguments arguments(context, 1);
  while (!arguments.done()) {
    Bytes text;
    if (arguments.take("BLOCK", text)) {
      query.block_ms = parse_block_timeout_ms(context, text);
      if (!query.block_ms) return false;
      continue;
    }
    const Bytes problem = parse_option(arguments, query);
    if (!problem.empty()) return context.error(problem), false;
  }
  if (query.keys.empty()) return context.error(errors::kSyntax), false;
  if (!query.fault().empty()) return context.error(query.fault()), false;
  if (!query.group) return context.error("ERR Missing GROUP option for XREADGROUP"), false;
  return true;
}

/// Where each stream is to be read from; nothing: new entries.
using Positions = std::vector<std::optional<StreamId>>;

/// Each key must hold a stream with the group, and each ID be one. False when the error was
/// answered.
bool look_up(Context& context, const ReadQuery& query, Positions& positions) {
  for (size_t i = 0; i < query.keys.size(); ++i) {
    GroupView view;
    if (!read_group(context, query.keys[i], *query.group, view)) return false;
    if (view.group == nullptr) {
      return answer_no_group(context, query.keys[i], *query.group, kWhere), false;
    }
    const Bytes text = query.ids[i];
    if (text == "$") return context.error(kDollarId), false;
    // No entry is behind the greatest ID there can be: it stands for new ones too.
    const std::optional<StreamId> id = text == ">" ? StreamId::max() : parse_stream_id(text, 0);
    if (!id) return context.error(errors::kStreamId), false;
    positions.push_back(*id == StreamId::max() ? std::nullopt : id);
  }
  return true;
}

// ---- Reading.

/// What may still be answered, and the reply, which begins with the first stream that has entries.
class GroupReply {
 public:
  GroupReply(Context& context, const ReadQuery& query)
      : reply_(context.reply), entries_left_(query.max_count), bytes_left_(query.max_bytes) {}

  bool full() const { return entries_left_ == 0 || bytes_left_ == 0; }
  bool empty() const { return streams_ == 0; }
  /// As many entries as may be answered follow, at least one if there is any.
  void begin_stream(Bytes key) {
    if (streams_++ == 0) mark_ = reply_.resp3() ? reply_.begin_map() : reply_.begin_array();
    if (!reply_.resp3()) reply_.array(2);
    reply_.bulk(key);
    entries_ = reply_.begin_array();
    count_ = 0;
  }
  void end_stream() { reply_.end_array(entries_, count_); }
  void end() {
    reply_.resp3() ? reply_.end_map(mark_, streams_) : reply_.end_array(mark_, streams_);
  }

  size_t count() const { return count_; }
  void entry(const StreamCursor& at) {
    const uint64_t before = reply_.output().end_offset();
    reply_entry(reply_, at);
    add(before);
  }
  void claimed(const StreamCursor& at, int64_t idle_ms, int64_t deliveries) {
    const uint64_t before = reply_.output().end_offset();
    reply_.array(4);
    reply_id(reply_, at.id());
    reply_fields(reply_, at);
    reply_.integer(idle_ms);
    reply_.integer(deliveries);
    add(before);
  }
  void deleted(StreamId id) {
    const uint64_t before = reply_.output().end_offset();
    reply_.array(2);
    reply_id(reply_, id);
    reply_.null_array();
    add(before);
  }

 private:
  void add(uint64_t began_at) {
    const uint64_t bytes = reply_.output().end_offset() - began_at;
    bytes_left_ -= std::min(bytes, bytes_left_);
    --entries_left_;
    ++count_;
  }

  ReplyWriter& reply_;
  ReplyWriter::Mark mark_ = 0;
  ReplyWriter::Mark entries_ = 0;
  uint64_t entries_left_;
  uint64_t bytes_left_;
  size_t streams_ = 0;
  size_t count_ = 0;  // of this stream
};

/// Entries that are let go because they were deleted: so many for one that is asked for, a call.
constexpr uint64_t kLetGoPerEntry = 10;

/// Reads one stream.
class GroupRead {
 public:
  GroupRead(Context& context, KeyWriter& key, const ReadQuery& query, GroupReply& reply)
      : now_ms_(context.now_ms()),
        key_(key),
        query_(query),
        reply_(reply),
        delivery_(context, key, *query.group, query.consumer) {}

  void history(StreamId after) {
    reply_.begin_stream(key_.key());
    if (after.increment()) {
      for (const StreamId id : pending_ids(after)) {
        if (reply_.full()) break;
        read_again(id);
      }
    }
    reply_.end_stream();
    delivery_.finish();
  }

  /// What is idle first, then what is new. Gives the time from which on there may be something to
  /// claim.
  int64_t next() {
    const std::vector<StreamId> idle = idle_ids();
    for (const StreamId id : idle) claim(id);
    read_new();
    if (begun_) reply_.end_stream();
    delivery_.finish();
    if (!query_.min_idle_ms) return INT64_MAX;
    // What is delivered from now on isn't idle for as long.
    const int64_t after_ms = std::max<int64_t>(*query_.min_idle_ms, 1);
    const int64_t latest_ms = now_ms_ > INT64_MAX - after_ms ? INT64_MAX : now_ms_ + after_ms;
    const int64_t next_ms = delivery_.pending().next_claimable_ms(*query_.min_idle_ms);
    return std::clamp(next_ms, now_ms_ + 1, std::max(latest_ms, now_ms_ + 1));
  }

  int64_t next_delayed_ms() const { return delivery_.stream().next_delayed_ms(); }

  std::vector<DeadLetter>& dead_letters() { return delivery_.dead_letters(); }

 private:
  bool done() const { return (begun_ && reply_.count() >= query_.count) || reply_.full(); }
  /// The stream is in the reply from its first entry on.
  void begin() {
    if (!begun_) reply_.begin_stream(key_.key());
    begun_ = true;
  }

  std::vector<StreamId> pending_ids(StreamId from) const {
    std::vector<StreamId> ids;
    auto at = delivery_.pending().of(delivery_.consumer(), from);
    for (; at && at->consumer == delivery_.consumer() && ids.size() < query_.count; at.next()) {
      ids.push_back(at->id);
    }
    return ids;
  }
  void read_again(StreamId id) {
    const StreamCursor at = StreamCursor::at_or_after(delivery_.stream(), id);
    if (!at || at.id() != id) return reply_.deleted(id);
    if (delivery_.give_again(id)) reply_.entry(at);
  }

  /// Those that are to be claimed and are still there; others are let go, some at a time.
  std::vector<StreamId> idle_ids() {
    std::vector<StreamId> ids;
    if (!query_.min_idle_ms) return ids;
    std::vector<StreamId> deleted;
    delivery_.pending().for_each_claimable(now_ms_, *query_.min_idle_ms,
                                           [&](const PendingTime& at) {
                                             if (ids.size() >= query_.count) return false;
                                             if (deleted.size() / kLetGoPerEntry >= query_.count) {
                                               return false;
                                             }
                                             const bool there = delivery_.stream().contains(at.id);
                                             (there ? ids : deleted).push_back(at.id);
                                             return true;
                                           });
    for (const StreamId id : deleted) delivery_.claim(id, {});
    return ids;
  }
  void claim(StreamId id) {
    if (done()) return;
    const PendingEntry before = *delivery_.pending().find(id);
    ClaimRule rule;
    rule.time_ms = now_ms_;
    if (delivery_.claim(id, rule) != Delivery::Claimed::kTaken) return;
    begin();
    const int64_t idle_ms = before.owned() ? now_ms_ - before.time_ms : -1;
    reply_.claimed(StreamCursor::at_or_after(delivery_.stream(), id), idle_ms, before.deliveries);
  }

  void read_new() {
    StreamId after = delivery_.group().last_delivered();
    if (delivery_.stream().last_id() <= after || !after.increment()) return;
    auto at = StreamCursor::at_or_after(delivery_.stream(), after);
    for (; at && !done(); at.next()) {
      begin();
      delivery_.give_new(at.id(), query_.no_ack);
      reply_.entry(at);
    }
  }

  const int64_t now_ms_;
  KeyWriter& key_;
  const ReadQuery& query_;
  GroupReply& reply_;
  Delivery delivery_;
  bool begun_ = false;
};

/// Gives the time from which on there may be something to claim.
int64_t read_stream(Context& context, const ReadQuery& query, size_t i,
                    const std::optional<StreamId>& position, GroupReply& reply) {
  int64_t again_ms = INT64_MAX;
  std::vector<DeadLetter> dead_letters;
  {
    KeyWriter key = context.write(query.keys[i], Touch::kPeek);
    GroupRead read(context, key, query, reply);
    if (position) {
      read.history(*position);
    } else {
      again_ms = std::min(read.next(), std::max(read.next_delayed_ms(), context.now_ms() + 1));
    }
    dead_letters = std::move(read.dead_letters());
  }
  move_dead_letters(context, query.keys[i], *query.group, dead_letters);
  return again_ms;
}

/// Who waits in one group, and claims as well or doesn't, finds what the others do.
std::string kin_of(const ReadQuery& query) {
  return (query.min_idle_ms ? "c" : "n") + std::string(*query.group);
}

void xreadgroup_command(Context& context) {
  ReadQuery query;
  if (!parse_read(context, query)) return;
  Positions positions;
  if (!look_up(context, query, positions)) return;
  GroupReply reply(context, query);
  int64_t again_ms = INT64_MAX;
  for (size_t i = 0; i < query.keys.size() && !reply.full(); ++i) {
    again_ms = std::min(again_ms, read_stream(context, query, i, positions[i], reply));
  }
  if (!reply.empty()) return reply.end();
  if (!query.block_ms) return context.reply.null_array();
  const std::string kin = kin_of(query);
  context.block({.type = Type::kStream,
                 .keys = query.keys,
                 .timeout_ms = *query.block_ms,
                 .when_gone = true,
                 .again_ms = again_ms,
                 .kin = kin});
}

constexpr CommandSpec kRows[] = {
    {.name = "xreadgroup",
     .handler = xreadgroup_command,
     .arity = -7,
     .flags = kWrite | kBlocking | kMovableKeys,
     .categories = kCategoryStream,
     .keys = {{.flags = kKeyRO | kKeyAccess,
               .begin = KeySpec::Begin::kKeyword,
               .index = 4,
               .keyword = "STREAMS",
               .last = -1,
               .limit = 2}},
     .group = "stream",
     .since = "5.0.0",
     .summary = "New entries for a consumer of a group, or those that it has pending; waits for "
                "some.",
     .complexity = "O(M*log(N)) with M the entries returned and N those pending",
     .syntax = "GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] "
               "[BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] STREAMS key [key ...] "
               "id [id ...]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_read_group_commands() {
  return kRows;
}

}  // namespace sorrel
