#include "core/commands/stream_group_info.h"

#include "core/commands/commands.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_group_access.h"
#include "core/value/stream_progress.h"

#include <algorithm>

namespace sorrel {
namespace {

void reply_progress(ReplyWriter& reply, const Stream& stream, const StreamGroup& group) {
  reply.bulk("last-delivered-id");
  reply_id(reply, group.last_delivered());
  reply.bulk("entries-read");
  group.entries_read() == StreamGroup::kUnknown ? reply.null()
                                                : reply.integer(group.entries_read());
  reply.bulk("lag");
  const std::optional<int64_t> lag = lag_of(stream, group);
  lag ? reply.integer(*lag) : reply.null();
}

void reply_count(ReplyWriter& reply, Bytes name, size_t count) {
  reply.bulk(name);
  reply.integer(static_cast<int64_t>(count));
}

bool has_rules(const StreamGroup& group) {
  const GroupRules& rules = group.rules();
  return rules.max_deliveries != 0 || rules.consumer_idle_ms != 0 || !group.dead_letter().empty();
}

constexpr size_t kRuleFields = 3;

void reply_rules(ReplyWriter& reply, const StreamGroup& group) {
  reply.bulk("max-deliveries");
  reply.integer(group.rules().max_deliveries);
  reply.bulk("dead-letter");
  reply.bulk(group.dead_letter());
  reply.bulk("consumer-idle");
  reply.integer(group.rules().consumer_idle_ms);
}

// ---- XINFO GROUPS and CONSUMERS.

void groups_command(Context& context) {
  const Entry* entry;
  if (!context.read(context.arg(2), Type::kStream, entry)) return;
  if (entry == nullptr) return context.error(errors::kNoSuchKey);
  const Stream& stream = Stream::of(*entry->collection());
  ReplyWriter& reply = context.reply;
  if (stream.groups() == nullptr) return reply.array(0);
  reply.array(stream.groups()->size());
  stream.groups()->for_each([&](const StreamGroup& group) {
    reply.map(6 + (has_rules(group) ? kRuleFields : 0));
    reply.bulk("name");
    reply.bulk(group.name());
    reply_count(reply, "consumers", group.consumers().size());
    reply_count(reply, "pending", group.pending().size());
    reply_progress(reply, stream, group);
    if (has_rules(group)) reply_rules(reply, group);
  });
}

void reply_consumer(Context& context, const StreamGroup& group, const StreamConsumer& consumer) {
  ReplyWriter& reply = context.reply;
  const int64_t now_ms = context.now_ms();
  reply.map(4);
  reply.bulk("name");
  reply.bulk(consumer.name());
  reply_count(reply, "pending", group.pending().count_of(consumer.number));
  reply.bulk("idle");
  reply.integer(std::max<int64_t>(now_ms - consumer.seen_ms, 0));
  reply.bulk("inactive");
  const bool never = consumer.active_ms == StreamConsumer::kNever;
  reply.integer(never ? -1 : std::max<int64_t>(now_ms - consumer.active_ms, 0));
}

void consumers_command(Context& context) {
  GroupView view;
  if (!read_group(context, context.arg(2), context.arg(3), view)) return;
  if (view.stream == nullptr) return context.error(errors::kNoSuchKey);
  if (view.group == nullptr) {
    return context.error("NOGROUP No such consumer group '" + errors::shown(context.arg(3)) +
                         "' for key name '" + errors::shown(context.arg(2)) + "'");
  }
  context.reply.array(view.group->consumers().size());
  view.group->consumers().for_each(
      [&](const StreamConsumer& consumer) { reply_consumer(context, *view.group, consumer); });
}

// ---- XINFO STREAM FULL.

void reply_pending(ReplyWriter& reply, const StreamGroup& group, size_t rows) {
  reply.bulk("pending");
  reply.array(rows);
  auto at = group.pending().from(StreamId::min());
  for (; rows != 0; --rows, at.next()) {
    reply.array(4);
    reply_id(reply, at->id);
    reply.bulk(group.owner_name(*at));
    reply.integer(at->time_ms);
    reply.integer(at->deliveries);
  }
}

void reply_pending_of(ReplyWriter& reply, const PendingEntries& pending, uint32_t consumer,
                      size_t rows) {
  reply.bulk("pending");
  reply.array(rows);
  auto at = pending.of(consumer, StreamId::min());
  for (; rows != 0; --rows, at.next()) {
    const PendingEntry& entry = *pending.find(at->id);
    reply.array(3);
    reply_id(reply, entry.id);
    reply.integer(entry.time_ms);
    reply.integer(entry.deliveries);
  }
}

class GroupsInFull {
 public:
  GroupsInFull(ReplyWriter& reply, const Stream& stream, uint64_t count)
      : reply_(reply), stream_(stream), rows_max_(count == 0 ? UINT64_MAX : count) {}

  void group(const StreamGroup& group) {
    const PendingEntries& pending = group.pending();
    reply_.map(7);
    reply_.bulk("name");
    reply_.bulk(group.name());
    reply_progress(reply_, stream_, group);
    reply_count(reply_, "pel-count", pending.size());
    reply_pending(reply_, group, std::min<uint64_t>(pending.size(), rows_max_));
    reply_.bulk("consumers");
    reply_.array(group.consumers().size());
    group.consumers().for_each([&](const StreamConsumer& each) { consumer(pending, each); });
  }

 private:
  void consumer(const PendingEntries& pending, const StreamConsumer& consumer) {
    const size_t count = pending.count_of(consumer.number);
    reply_.map(5);
    reply_.bulk("name");
    reply_.bulk(consumer.name());
    reply_.bulk("seen-time");
    reply_.integer(consumer.seen_ms);
    reply_.bulk("active-time");
    reply_.integer(consumer.active_ms);
    reply_count(reply_, "pel-count", count);
    reply_pending_of(reply_, pending, consumer.number, std::min<uint64_t>(count, rows_max_));
  }

  ReplyWriter& reply_;
  const Stream& stream_;
  const uint64_t rows_max_;
};

constexpr CommandSpec kRows[] = {
    {.name = "xinfo|consumers",
     .handler = consumers_command,
     .arity = 4,
     .flags = kReadonly,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRO | kKeyAccess)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "The consumers of a group.",
     .complexity = "O(C*log(N)) with C the consumers and N the entries pending",
     .syntax = "key group",
     .tips = "nondeterministic_output"},
    {.name = "xinfo|groups",
     .handler = groups_command,
     .arity = 3,
     .flags = kReadonly,
     .categories = kCategoryStream,
     .keys = {key_at(2, kKeyRO | kKeyAccess)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "The consumer groups of a stream.",
     .complexity = "O(G) with G the groups",
     .syntax = "key"},
};
static_assert(check_rows(kRows));

}  // namespace

void reply_groups_in_full(Context& context, const Stream& stream, uint64_t count) {
  const StreamGroups* groups = stream.groups();
  if (groups == nullptr) return context.reply.array(0);
  context.reply.array(groups->size());
  GroupsInFull full(context.reply, stream, count);
  groups->for_each([&](const StreamGroup& group) { full.group(group); });
}

std::span<const CommandSpec> stream_group_info_commands() {
  return kRows;
}

}  // namespace sorrel
