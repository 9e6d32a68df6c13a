// XDEL, XDELEX and XACKDEL: entries taken out by their IDs.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_group_access.h"
#include "core/commands/stream_id_block.h"
#include "core/commands/stream_trim.h"
#include "core/commands/stream_words.h"

#include <vector>

namespace sorrel {
namespace {

void xdel_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  if (!key.exists()) return context.reply.integer(0);
  const auto ids = parse_stream_ids(context, 2);
  if (!ids) return;
  Epoch& epoch = key.values().epoch;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
  size_t erased = 0;
  for (const StreamId id : *ids) erased += stream.erase(id, epoch) ? 1 : 0;
  context.reply.integer(static_cast<int64_t>(erased));
  key.edited(kEventStream, "xdel", erased);
}

struct Deletion {
  StreamReferences references = StreamReferences::kKeep;
  std::vector<StreamId> ids;
};

/// [KEEPREF | DELREF | ACKED] IDS numids id [id ...], the last arguments: the error's text, empty
/// when all is well.
Bytes parse(Arguments arguments, Deletion& parsed) {
  bool references_given = false;
  while (!arguments.done()) {
    if (const auto references = take_references(arguments)) {
      if (references_given) return errors::kSyntax;
      references_given = true;
      parsed.references = *references;
    } else if (parsed.ids.empty() && arguments.take("IDS")) {
      const Bytes fault = parse_id_block(arguments, parsed.ids);
      if (!fault.empty()) return fault;
    } else {
      return errors::kSyntax;
    }
  }
  return parsed.ids.empty() ? errors::kSyntax : Bytes();
}

int64_t outcome_number(Stream::Erased erased) {
  switch (erased) {
    case Stream::Erased::kAbsent:
    case Stream::Erased::kReferences:
      return -1;
    case Stream::Erased::kErased:
      return 1;
    case Stream::Erased::kWanted:
      break;
  }
  return 2;
}

void xdelex_command(Context& context) {
  Deletion wanted;
  const Bytes fault = parse(Arguments(context, 2), wanted);
  if (!fault.empty()) return context.error(fault);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  context.reply.array(wanted.ids.size());
  if (!key.exists()) {
    for (size_t i = 0; i < wanted.ids.size(); ++i) context.reply.integer(-1);
    return;
  }
  Epoch& epoch = key.values().epoch;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
  size_t erased = 0;
  size_t forgotten = 0;
  for (const StreamId id : wanted.ids) {
    const Stream::Erased outcome = stream.erase(id, wanted.references, epoch);
    erased += outcome == Stream::Erased::kErased ? 1 : 0;
    forgotten += outcome == Stream::Erased::kReferences ? 1 : 0;
    context.reply.integer(outcome_number(outcome));
  }
  if (forgotten != 0) key.seem_changed();
  key.count_changes(forgotten);
  key.edited(kEventStream, "xdel", erased);
}

// ---- XACKDEL.

/// One command's deletions.
class AckDelete {
 public:
  AckDelete(KeyWriter& key, Bytes group, StreamReferences references)
      : epoch_(key.values().epoch),
        references_(references),
        stream_(edit_stream(key)),
        group_(edit_group(key, group)) {}

  enum Outcome : int64_t { kNotPending = -1, kDeleted = 1, kKept = 2 };
  Outcome run(StreamId id) {
    if (!group_.pending().erase(id)) return kNotPending;
    ++acknowledged_;
    StreamGroups& groups = stream_.groups_reference().thaw(epoch_);
    if (references_ == StreamReferences::kDelete) groups.forget(id);
    if (references_ == StreamReferences::kAcknowledged && !groups.acknowledged_by_all(id)) {
      return kKept;
    }
    if (stream_.erase(id, epoch_)) ++deleted_;
    return kDeleted;
  }

  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t deleted() const { return deleted_; }

 private:
  Epoch& epoch_;
  const StreamReferences references_;
  Stream& stream_;
  StreamGroup& group_;
  uint64_t acknowledged_ = 0;
  uint64_t deleted_ = 0;
};

void xackdel_command(Context& context) {
  Deletion wanted;
  const Bytes fault = parse(Arguments(context, 3), wanted);
  if (!fault.empty()) return context.error(fault);
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  context.reply.array(wanted.ids.size());
  if (view_group(key, context.arg(2)).group == nullptr) {
    for (size_t i = 0; i < wanted.ids.size(); ++i) context.reply.integer(AckDelete::kNotPending);
    return;
  }
  AckDelete entries(key, context.arg(2), wanted.references);
  for (const StreamId id : wanted.ids) context.reply.integer(entries.run(id));
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
    {.name = "xdel",
     .handler = xdel_command,
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Deletes entries of a stream, and counts those that were there.",
     .complexity = "O(log N) for each entry",
     .syntax = "key id [id ...]"},
    {.name = "xdelex",
     .handler = xdelex_command,
     .arity = -5,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "8.2.0",
     .summary = "Deletes entries of a stream, with what groups have of them pending, or only those "
                "that no group wants any more.",
     .complexity = "O(log N) for each entry and group",
     .syntax = "key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_delete_commands() {
  return kRows;
}

}  // namespace sorrel
