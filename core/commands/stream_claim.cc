// XCLAIM and XAUTOCLAIM: pending entries change their owner.
//
// What the journal gets is said in core/commands/stream_delivery.h.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_delivery.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_group_access.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

/// An entry that was claimed, as an answer.
void reply_claimed(Context& context, const Delivery& delivery, StreamId id, bool just_id) {
  if (just_id) return reply_id(context.reply, id);
  reply_entry(context.reply, StreamCursor::at_or_after(delivery.stream(), id));
}

// ---- XCLAIM.

struct ClaimQuery {
  ClaimRule rule;
  std::vector<StreamId> ids;
  std::optional<int64_t> time_ms;
  StreamId last_id;
};

std::string option_error(Bytes option) {
  return "ERR Invalid " + std::string(option) + " option argument for XCLAIM";
}

/// An option with an integer; what it was is in `value`, or the error in `problem`.
bool take_integer(Arguments& arguments, Bytes option, int64_t& value, std::string& problem) {
  Bytes text;
  if (!arguments.take(option, text)) return false;
  const std::optional<int64_t> integer = parse_integer(text);
  if (integer) value = *integer;
  if (!integer) problem = option_error(option);
  return true;
}

/// The error's text; empty when all is well.
std::string parse_option(Arguments& arguments, int64_t now_ms, ClaimQuery& query) {
  std::string problem;
  Bytes text;
  int64_t value = 0;
  if (arguments.take("FORCE")) {
    query.rule.force = true;
  } else if (arguments.take("JUSTID")) {
    query.rule.just_id = true;
  } else if (take_integer(arguments, "IDLE", value, problem)) {
    // Before 1970 or after now: now, as every time that can't be.
    query.time_ms = value < 0 || value > now_ms ? now_ms : now_ms - value;
  } else if (take_integer(arguments, "TIME", value, problem)) {
    query.time_ms = value;
  } else if (take_integer(arguments, "RETRYCOUNT", value, problem)) {
    if (value >= 0) query.rule.deliveries = value;
    if (value < 0) query.rule.deliveries.reset();
  } else if (arguments.take("LASTID", text)) {
    const std::optional<StreamId> id = parse_stream_id(text, 0);
    if (!id) return std::string(errors::kStreamId);
    query.last_id = *id;
  } else {
    return "ERR Unrecognized XCLAIM option '" + errors::shown(arguments.peek()) + "'";
  }
  return problem;
}

std::string parse_claim(Context& context, ClaimQuery& query) {
  const std::optional<int64_t> idle = parse_integer(context.arg(4));
  if (!idle) return "ERR Invalid min-idle-time argument for XCLAIM";
  query.rule.min_idle_ms = std::max<int64_t>(*idle, 0);
  Arguments arguments(context, 5);
  while (!arguments.done()) {
    const std::optional<StreamId> id = parse_stream_id(arguments.peek(), 0);
    if (!id) break;
    query.ids.push_back(*id);
    arguments.next();
  }
  const int64_t now_ms = context.now_ms();
  while (!arguments.done()) {
    std::string problem = parse_option(arguments, now_ms, query);
    if (!problem.empty()) return problem;
  }
  const int64_t time_ms = query.time_ms.value_or(now_ms);
  // Whoever wrote a journal may have read another clock.
  const bool is_replay = context.session.has(Session::kInternal);
  const bool possible = time_ms >= 0 && (time_ms <= now_ms || is_replay);
  query.rule.time_ms = possible ? time_ms : now_ms;
  return {};
}

void reply_claims(Context& context, Delivery& delivery, const ClaimQuery& query) {
  const StreamGroup& group = delivery.group();
  if (query.last_id > group.last_delivered()) {
    delivery.move_to(query.last_id, group.entries_read());
  }
  const ReplyWriter::Mark mark = context.reply.begin_array();
  size_t claimed = 0;
  for (const StreamId id : query.ids) {
    if (delivery.claim(id, query.rule) != Delivery::Claimed::kTaken) continue;
    reply_claimed(context, delivery, id, query.rule.just_id);
    ++claimed;
  }
  context.reply.end_array(mark, claimed);
}

/// Gives what is to be moved now.
std::vector<DeadLetter> claim(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!require_named_group(context, key)) return {};
  ClaimQuery query;
  const std::string problem = parse_claim(context, query);
  if (!problem.empty()) return context.error(problem), std::vector<DeadLetter>();
  Delivery delivery(context, key, context.arg(2), context.arg(3));
  reply_claims(context, delivery, query);
  delivery.finish();
  return std::move(delivery.dead_letters());
}

void xclaim_command(Context& context) {
  move_dead_letters(context, context.arg(1), context.arg(2), claim(context));
}

// ---- XAUTOCLAIM.

constexpr int64_t kAttemptsPerEntry = 10;
constexpr int64_t kAutoclaimCountMax = INT64_MAX / 16;

struct AutoclaimQuery {
  ClaimRule rule;
  StreamId start;
  int64_t count = 100;
};

Bytes parse_autoclaim(Context& context, AutoclaimQuery& query) {
  const std::optional<int64_t> idle = parse_integer(context.arg(4));
  if (!idle) return "ERR Invalid min-idle-time argument for XAUTOCLAIM";
  query.rule.min_idle_ms = std::max<int64_t>(*idle, 0);
  query.rule.time_ms = context.now_ms();
  std::optional<StreamBound> start = parse_stream_bound(context.arg(5), 0);
  if (!start) return errors::kStreamId;
  if (start->exclusive && !start->id.increment()) return "ERR invalid start ID for the interval";
  query.start = start->id;
  Arguments arguments(context, 6);
  Bytes text;
  while (!arguments.done()) {
    if (arguments.take("COUNT", text)) {
      const std::optional<int64_t> count = parse_integer(text);
      if (!count || *count < 1 || *count > kAutoclaimCountMax) return "ERR COUNT must be > 0";
      query.count = *count;
    } else if (arguments.take("JUSTID")) {
      query.rule.just_id = true;
    } else {
      return errors::kSyntax;
    }
  }
  return {};
}

struct Autoclaimed {
  std::vector<StreamId> claimed;
  std::vector<StreamId> deleted;
  StreamId next;  // where to go on; 0-0 at the end
};

/// Goes through what is pending from the start on.
Autoclaimed claim_in_order(Delivery& delivery, const AutoclaimQuery& query) {
  Autoclaimed done;
  const PendingEntries& pending = delivery.pending();
  int64_t left = query.count;
  auto at = pending.from(query.start);
  for (int64_t attempts = query.count * kAttemptsPerEntry; at && left != 0 && attempts != 0;
       --attempts) {
    const StreamId id = at->id;
    const Delivery::Claimed outcome = delivery.claim(id, query.rule);
    if (outcome == Delivery::Claimed::kLeft) {
      at.next();
      continue;
    }
    (outcome == Delivery::Claimed::kTaken ? done.claimed : done.deleted).push_back(id);
    --left;
    at = pending.after(id);
  }
  if (at) done.next = at->id;
  return done;
}

std::vector<DeadLetter> autoclaim(Context& context) {
  AutoclaimQuery query;
  const Bytes problem = parse_autoclaim(context, query);
  if (!problem.empty()) return context.error(problem), std::vector<DeadLetter>();
  KeyWriter key = context.write(context.arg(1));
  if (!require_named_group(context, key)) return {};
  Delivery delivery(context, key, context.arg(2), context.arg(3));
  const Autoclaimed done = claim_in_order(delivery, query);
  context.reply.array(3);
  reply_id(context.reply, done.next);
  context.reply.array(done.claimed.size());
  for (const StreamId id : done.claimed) {
    reply_claimed(context, delivery, id, query.rule.just_id);
  }
  context.reply.array(done.deleted.size());
  for (const StreamId id : done.deleted) reply_id(context.reply, id);
  delivery.finish();
  return std::move(delivery.dead_letters());
}

void xautoclaim_command(Context& context) {
  move_dead_letters(context, context.arg(1), context.arg(2), autoclaim(context));
}

constexpr CommandSpec kRows[] = {
    {.name = "xautoclaim",
     .handler = xautoclaim_command,
     .arity = -6,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "6.2.0",
     .summary = "Takes over entries that others have had pending for long, whichever they are.",
     .complexity = "O(M*log(N)) with M the entries looked at, ten times COUNT at most, and N those "
                   "pending",
     .syntax = "key group consumer min-idle-time start:string [COUNT count] [JUSTID]",
     .tips = "nondeterministic_output"},
    {.name = "xclaim",
     .handler = xclaim_command,
     .arity = -6,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Takes over entries that others have pending, or had before a failure.",
     .complexity = "O(log(N)) for each ID, with N the entries pending",
     .syntax = "key group consumer min-idle-time id [id ...] [IDLE milliseconds] "
               "[TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_claim_commands() {
  return kRows;
}

}  // namespace sorrel
