// Commands about what a consumer group has pending: XACK and XPENDING.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_group_access.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace sorrel {
namespace {

// ---- XACK.

void xack_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  if (view_group(key, context.arg(2)).group == nullptr) return context.reply.integer(0);
  std::vector<StreamId> ids;
  ids.reserve(context.argc() - 3);
  for (const Bytes text : context.args.subspan(3)) {
    const std::optional<StreamId> id = parse_stream_id(text, 0);
    if (!id) return context.error(errors::kStreamId);
    ids.push_back(*id);
  }
  PendingEntries& pending = edit_group(key, context.arg(2)).pending();
  uint64_t acknowledged = 0;
  for (const StreamId id : ids) acknowledged += pending.erase(id) ? 1 : 0;
  key.count_changes(acknowledged);
  context.reply.integer(static_cast<int64_t>(acknowledged));
}

// ---- XPENDING.

struct PendingQuery {
  StreamId first;
  StreamId last;
  uint64_t count = 0;
  int64_t min_idle_ms = 0;
  std::optional<Bytes> consumer;
};

/// The error's text; empty when all is well.
Bytes parse_range(Arguments& arguments, PendingQuery& query) {
  const std::span<const Bytes> words = arguments.next(3);
  const std::optional<int64_t> count = parse_integer(words[2]);
  if (!count) return errors::kNotAnInteger;
  query.count = static_cast<uint64_t>(std::max<int64_t>(*count, 0));
  std::optional<StreamBound> first = parse_stream_bound(words[0], 0);
  if (!first) return errors::kStreamId;
  if (first->exclusive && !first->id.increment()) return "ERR invalid start ID for the interval";
  std::optional<StreamBound> last = parse_stream_bound(words[1], UINT64_MAX);
  if (!last) return errors::kStreamId;
  if (last->exclusive && !last->id.decrement()) return "ERR invalid end ID for the interval";
  query.first = first->id;
  query.last = last->id;
  return {};
}

Bytes parse_pending(const Context& context, PendingQuery& query) {
  if (context.argc() < 6 || context.argc() > 9) return errors::kSyntax;
  Arguments arguments(context, 3);
  Bytes text;
  if (arguments.take("IDLE", text)) {
    const std::optional<int64_t> idle = parse_integer(text);
    if (!idle) return errors::kNotAnInteger;
    query.min_idle_ms = std::max<int64_t>(*idle, 0);
  }
  if (arguments.left() < 3) return errors::kSyntax;
  const Bytes problem = parse_range(arguments, query);
  if (!problem.empty()) return problem;
  if (!arguments.done()) query.consumer = arguments.next();
  return {};
}

void reply_summary(Context& context, const StreamGroup& group) {
  ReplyWriter& reply = context.reply;
  const PendingEntries& pending = group.pending();
  reply.array(4);
  reply.integer(static_cast<int64_t>(pending.size()));
  if (pending.empty()) {
    reply.null();
    reply.null();
    return reply.null_array();
  }
  reply_id(reply, pending.from({})->id);
  reply_id(reply, pending.last()->id);
  const ReplyWriter::Mark mark = reply.begin_array();
  size_t consumers = 0;
  group.consumers().for_each([&](const StreamConsumer& consumer) {
    const size_t count = pending.count_of(consumer.number);
    if (count == 0) return;
    reply.array(2);
    reply.bulk(consumer.name());
    reply.bulk_integer(static_cast<int64_t>(count));
    ++consumers;
  });
  reply.end_array(mark, consumers);
}

/// The rows of XPENDING's long form.
class PendingRows {
 public:
  PendingRows(Context& context, const StreamGroup& group, const PendingQuery& query)
      : reply_(context.reply), group_(group), query_(query), now_ms_(context.now_ms()) {}

  void of_consumer(uint32_t number) {
    const PendingEntries& pending = group_.pending();
    auto at = pending.of(number, query_.first);
    for (; rows_ < query_.count && at && at->consumer == number && at->id <= query_.last;
         at.next()) {
      add(*pending.find(at->id));
    }
  }
  void of_all() {
    const PendingEntries& pending = group_.pending();
    if (query_.min_idle_ms > 0) {
      // What is idle is gathered by the time it waits where that is little: that much, or about as
      // many as are passed over in the order of IDs for so many rows.
      const uint64_t idle = pending.claimable_count(now_ms_, query_.min_idle_ms);
      if (idle <= kGathered || idle <= pending.size() / idle * query_.count) {
        return of_gathered();
      }
    }
    for (auto at = pending.from(query_.first); rows_ < query_.count && at && at->id <= query_.last;
         at.next()) {
      add(*at);
    }
  }
  void finish(ReplyWriter::Mark mark) { reply_.end_array(mark, rows_); }

 private:
  static constexpr uint64_t kGathered = 1000;

  void of_gathered() {
    std::vector<StreamId> ids;
    group_.pending().for_each_claimable(now_ms_, query_.min_idle_ms, [&](const PendingTime& at) {
      if (at.id >= query_.first && at.id <= query_.last) ids.push_back(at.id);
      return true;
    });
    const size_t count = std::min<uint64_t>(ids.size(), query_.count);
    const auto middle = ids.begin() + static_cast<ptrdiff_t>(count);
    std::partial_sort(ids.begin(), middle, ids.end());
    for (auto id = ids.begin(); id != middle; ++id) add(*group_.pending().find(*id));
  }

  void add(const PendingEntry& entry) {
    if (query_.min_idle_ms > 0 && !entry.claimable(now_ms_, query_.min_idle_ms)) return;
    ++rows_;
    reply_.array(4);
    reply_id(reply_, entry.id);
    reply_.bulk(group_.owner_name(entry));
    reply_.integer(idle_ms(entry));
    reply_.integer(entry.deliveries);
  }
  /// What nobody owns isn't idle: -1, or minus the time for which it isn't to be had.
  int64_t idle_ms(const PendingEntry& entry) const {
    if (entry.owned()) return std::max<int64_t>(now_ms_ - entry.time_ms, 0);
    return entry.delayed(now_ms_) ? now_ms_ - entry.time_ms : -1;
  }

  ReplyWriter& reply_;
  const StreamGroup& group_;
  const PendingQuery& query_;
  const int64_t now_ms_;
  uint64_t rows_ = 0;
};

void reply_rows(Context& context, const StreamGroup& group, const PendingQuery& query) {
  const StreamConsumer* consumer = nullptr;
  if (query.consumer) {
    consumer = group.consumers().find(*query.consumer);
    if (consumer == nullptr) return context.reply.array(0);
  }
  PendingRows rows(context, group, query);
  const ReplyWriter::Mark mark = context.reply.begin_array();
  consumer != nullptr ? rows.of_consumer(consumer->number) : rows.of_all();
  rows.finish(mark);
}

void xpending_command(Context& context) {
  const bool summary = context.argc() == 3;
  PendingQuery query;
  const Bytes problem = summary ? Bytes() : parse_pending(context, query);
  if (!problem.empty()) return context.error(problem);
  GroupView view;
  if (!read_group(context, context.arg(1), context.arg(2), view)) return;
  if (view.group == nullptr) return answer_no_group(context, context.arg(1), context.arg(2));
  summary ? reply_summary(context, *view.group) : reply_rows(context, *view.group, query);
}

constexpr CommandSpec kRows[] = {
    {.name = "xack",
     .handler = xack_command,
     .arity = -4,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Acknowledges entries: they are no longer pending in the group.",
     .complexity = "O(log(N)) for each ID, with N the entries pending",
     .syntax = "key group id [id ...]"},
    {.name = "xpending",
     .handler = xpending_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "What a group was given and hasn't acknowledged: a summary, or the entries.",
     .complexity = "O(log(N)+M) with N the entries pending and M those shown; with IDLE, O(N) at "
                   "worst. The summary O(C*log(N)) with C the consumers.",
     .syntax = "key group [[IDLE min-idle-time] start:string end:string count [consumer]]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_pending_commands() {
  return kRows;
}

}  // namespace sorrel
