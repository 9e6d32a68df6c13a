// XNACK: a consumer hands back what it won't process; and XACKDEL, which acknowledges and deletes.
//
// An entry that was handed back is pending without an owner. Sorrel's own: with DELAY (or AT) it is
// so, and nobody can have it, until its time has come. The journal gets the time, not the delay.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_dead_letter.h"
#include "core/commands/stream_group_access.h"
#include "core/commands/stream_id_block.h"
#include "core/commands/stream_journal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

// ---- XNACK.

struct NackQuery {
  enum class Mode : uint8_t { kSilent, kFail, kFatal };
  Mode mode = Mode::kFail;
  std::vector<StreamId> ids;
  std::optional<int64_t> deliveries;
  int64_t time_ms = 0;  // from when on it may be had
  bool force = false;
};

Bytes parse_mode(Arguments& arguments, NackQuery& query) {
  using Mode = NackQuery::Mode;
  if (arguments.take("SILENT")) {
    query.mode = Mode::kSilent;
  } else if (arguments.take("FAIL")) {
    query.mode = Mode::kFail;
  } else if (arguments.take("FATAL")) {
    query.mode = Mode::kFatal;
  } else {
    return errors::kSyntax;
  }
  return arguments.take("IDS") ? parse_id_block(arguments, query.ids) : errors::kSyntax;
}

Bytes parse_delay(Bytes text, int64_t from_ms, NackQuery& query) {
  const std::optional<int64_t> ms = parse_integer(text);
  if (!ms) return errors::kNotAnInteger;
  if (*ms < 0 || *ms > INT64_MAX - from_ms) return "ERR invalid delay in 'xnack' command";
  query.time_ms = from_ms + *ms;
  return {};
}

Bytes parse_nack_option(Arguments& arguments, int64_t now_ms, NackQuery& query) {
  Bytes text;
  if (arguments.take("RETRYCOUNT", text)) {
    query.deliveries = parse_integer(text);
    if (!query.deliveries) return errors::kNotAnInteger;
    return *query.deliveries < 0 ? errors::kPositive : Bytes();
  }
  if (arguments.take("DELAY", text)) return parse_delay(text, now_ms, query);
  if (arguments.take("AT", text)) return parse_delay(text, 0, query);
  query.force = arguments.take("FORCE");
  return query.force ? Bytes() : errors::kSyntax;
}

Bytes parse_nack(Context& context, NackQuery& query) {
  Arguments arguments(context, 3);
  Bytes problem = parse_mode(arguments, query);
  while (problem.empty() && !arguments.done()) {
    problem = parse_nack_option(arguments, context.now_ms(), query);
  }
  return problem;
}

int64_t deliveries_after(const NackQuery& query, int64_t deliveries) {
  if (query.deliveries) return *query.deliveries;
  switch (query.mode) {
    case NackQuery::Mode::kSilent:
      return std::max<int64_t>(deliveries - 1, 0);
    case NackQuery::Mode::kFail:
      break;
    case NackQuery::Mode::kFatal:
      return INT64_MAX;
  }
  return deliveries;
}

/// One command's entries.
class HandBack {
 public:
  HandBack(Context& context, KeyWriter& key, const NackQuery& query)
      : query_(query),
        stream_(edit_stream(key)),
        group_(edit_group(key, context.arg(2))),
        takes_dead_letters_(takes_dead_letters(context, key.key(), group_)) {}

  void run(StreamId id) {
    const PendingEntry* there = group_.pending().find(id);
    if (there == nullptr && !(query_.force && stream_.contains(id))) return;
    const int64_t deliveries = there != nullptr ? there->deliveries : 0;
    PendingEntry entry;
    entry.id = id;
    entry.time_ms = query_.time_ms;
    entry.deliveries = deliveries_after(query_, deliveries);
    if (there != nullptr && is_dead(entry.deliveries) && stream_.contains(id)) {
      letters_.push_back({id, deliveries, std::string(group_.owner_name(*there)), reason()});
      return;
    }
    there != nullptr ? group_.pending().update(entry) : group_.pending().insert(entry);
    handed_back_.push_back(entry);
  }

  const std::vector<PendingEntry>& handed_back() const { return handed_back_; }
  std::vector<DeadLetter>& letters() { return letters_; }

 private:
  /// What was said of its deliveries goes before what the group thinks of them.
  bool is_dead(int64_t deliveries) const {
    return takes_dead_letters_ && !query_.deliveries && deliveries >= group_.rules().max_deliveries;
  }
  DeadLetter::Reason reason() const {
    using Reason = DeadLetter::Reason;
    return query_.mode == NackQuery::Mode::kFatal ? Reason::kFatal : Reason::kMaxDeliveries;
  }

  const NackQuery& query_;
  const Stream& stream_;
  StreamGroup& group_;
  const bool takes_dead_letters_;
  std::vector<PendingEntry> handed_back_;
  std::vector<DeadLetter> letters_;
};

/// Gives what is to be moved now.
std::vector<DeadLetter> nack(Context& context) {
  NackQuery query;
  const Bytes problem = parse_nack(context, query);
  if (!problem.empty()) return context.error(problem), std::vector<DeadLetter>();
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return {};
  if (view_group(key, context.arg(2)).group == nullptr) {
    return answer_no_group(context, context.arg(1), context.arg(2)), std::vector<DeadLetter>();
  }
  HandBack entries(context, key, query);
  for (const StreamId id : query.ids) entries.run(id);
  const std::vector<PendingEntry>& handed_back = entries.handed_back();
  context.reply.integer(static_cast<int64_t>(handed_back.size() + entries.letters().size()));
  key.count_changes(handed_back.size());
  context.journal_nothing();
  journal_handed_back(context, {key.key(), context.arg(2)}, handed_back);
  // Who waits with CLAIM may have it now, or knows when.
  if (!handed_back.empty()) context.books().ready(key.key(), context.session.db);
  return std::move(entries.letters());
}

void xnack_command(Context& context) {
  move_dead_letters(context, context.arg(1), context.arg(2), nack(context));
}

// ---- XACKDEL.

struct AckDeleteQuery {
  enum class References : uint8_t { kKeep, kDelete, kAcknowledged };
  References references = References::kKeep;
  std::vector<StreamId> ids;
};

Bytes parse_ack_delete(Context& context, AckDeleteQuery& query) {
  using References = AckDeleteQuery::References;
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    if (arguments.take("KEEPREF")) {
      query.references = References::kKeep;
    } else if (arguments.take("DELREF")) {
      query.references = References::kDelete;
    } else if (arguments.take("ACKED")) {
      query.references = References::kAcknowledged;
    } else if (arguments.take("IDS")) {
      const Bytes problem = parse_id_block(arguments, query.ids);
      if (!problem.empty()) return problem;
    } else {
      return errors::kSyntax;
    }
  }
  return query.ids.empty() ? errors::kSyntax : Bytes();
}

/// One command's deletions.
class AckDelete {
 public:
  AckDelete(KeyWriter& key, Bytes group, const AckDeleteQuery& query)
      : epoch_(key.values().epoch),
        query_(query),
        stream_(edit_stream(key)),
        group_(edit_group(key, group)) {}

  enum Outcome : int64_t { kNotPending = -1, kDeleted = 1, kKept = 2 };
  Outcome run(StreamId id) {
    using References = AckDeleteQuery::References;
    if (!group_.pending().erase(id)) return kNotPending;
    ++acknowledged_;
    StreamGroups& groups = stream_.groups_reference().thaw(epoch_);
    if (query_.references == References::kDelete) groups.forget(id);
    if (query_.references == References::kAcknowledged && !groups.acknowledged_by_all(id)) {
      return kKept;
    }
    if (stream_.erase(id, epoch_)) ++deleted_;
    return kDeleted;
  }

  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t deleted() const { return deleted_; }

 private:
  Epoch& epoch_;
  const AckDeleteQuery& query_;
  Stream& stream_;
  StreamGroup& group_;
  uint64_t acknowledged_ = 0;
  uint64_t deleted_ = 0;
};

void xackdel_command(Context& context) {
  AckDeleteQuery query;
  const Bytes problem = parse_ack_delete(context, query);
  if (!problem.empty()) return context.error(problem);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  context.reply.array(query.ids.size());
  if (view_group(key, context.arg(2)).group == nullptr) {
    for (size_t i = 0; i < query.ids.size(); ++i) context.reply.integer(AckDelete::kNotPending);
    return;
  }
  AckDelete entries(key, context.arg(2), query);
  for (const StreamId id : query.ids) context.reply.integer(entries.run(id));
  key.count_changes(entries.acknowledged());
  if (entries.deleted() != 0) key.edited(kEventStream, "xdel", entries.deleted());
}

constexpr CommandSpec kRows[] = {
    {.name = "xackdel",
     .handler = xackdel_command,
     .arity = -6,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate | kKeyDelete)},
     .group = "stream",
     .since = "8.2.0",
     .summary = "Acknowledges entries in a group, and deletes them from the stream.",
     .complexity = "O(log(N)) for each ID and, unless KEEPREF is given, each group",
     .syntax = "key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]"},
    {.name = "xnack",
     .handler = xnack_command,
     .arity = -7,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.8.0",
     .summary = "Hands entries back to the group, for others to have at once, or after a delay.",
     .complexity = "O(log(N)) for each ID, with N the entries pending",
     .syntax = "key group (SILENT | FAIL | FATAL) IDS numids id [id ...] [RETRYCOUNT count] "
               "[FORCE] [DELAY milliseconds | AT unix-time-milliseconds]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_nack_commands() {
  return kRows;
}

}  // namespace sorrel
