// XNACK: a consumer hands back what it won't process.
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
  if (!require_named_group(context, key)) return {};
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

constexpr CommandSpec kRows[] = {
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
