#include "core/commands/stream_dead_letter.h"

#include "core/commands/stream_append.h"
#include "core/commands/stream_group_access.h"
#include "core/commands/stream_journal.h"
#include "core/engine.h"
#include "core/value/stream_cursor.h"

#include <array>
#include <optional>

namespace sorrel {
namespace {

Bytes text_of(DeadLetter::Reason reason) {
  return reason == DeadLetter::Reason::kFatal ? "fatal" : "max-deliveries";
}

/// One entry on its way.
class Move {
 public:
  Move(Context& context, Bytes key, Bytes group) : context_(context), key_(key), group_(group) {}

  void run(const DeadLetter& letter) {
    if (!read(letter) || !add()) return;
    KeyWriter key = context_.write(key_, Touch::kPeek);
    edit_group(key, group_).pending().erase(letter.id);
    key.count_changes(1);
    journal_acknowledged(context_, {key_, group_}, {&letter.id, 1});
  }

 private:
  /// Where it goes, and its fields with those that say where it came from.
  bool read(const DeadLetter& letter) {
    const KeyWriter key = context_.write(key_, Touch::kPeek);
    const GroupView view = view_group(key, group_);
    if (view.group == nullptr || view.group->pending().find(letter.id) == nullptr) return false;
    const StreamCursor at = StreamCursor::at_or_after(*view.stream, letter.id);
    if (!at || at.id() != letter.id) return false;
    target_ = view.group->dead_letter();
    fields_.clear();
    at.for_each_pair([&](Bytes field, const PackElement& value) {
      PackElement::Scratch scratch;
      add_field(field, value.bytes(scratch));
    });
    add_field("deadletter-stream", key_);
    add_field("deadletter-group", group_);
    add_field("deadletter-id", StreamIdText(letter.id).view());
    add_field("deadletter-deliveries", IntegerText(letter.deliveries).view());
    add_field("deadletter-consumer", letter.consumer);
    add_field("deadletter-reason", text_of(letter.reason));
    return true;
  }
  void add_field(Bytes field, Bytes value) {
    fields_.emplace_back(field);
    fields_.emplace_back(value);
  }

  bool add() {
    KeyWriter key = context_.write(target_);
    if (key.exists() && !key.is(Type::kStream)) return false;
    const StreamId last =
        key.exists() ? Stream::of(*key.entry()->collection()).last_id() : StreamId();
    const auto now_ms = static_cast<uint64_t>(context_.now_ms());
    const std::optional<StreamId> id = make_stream_id({}, last, now_ms);
    if (!id) return false;
    const std::vector<Bytes> fields(fields_.begin(), fields_.end());
    append_entry(key, *id, fields);
    key.edited(kEventStream, "xadd");
    context_.books().ready(key.key(), context_.session.db);
    journal(*id, fields);
    return true;
  }
  void journal(StreamId id, const std::vector<Bytes>& fields) {
    const StreamIdText text(id);
    std::vector<Bytes> words{"XADD", target_, text.view()};
    words.insert(words.end(), fields.begin(), fields.end());
    context_.journal_as(words);
  }

  Context& context_;
  const Bytes key_;
  const Bytes group_;
  std::string target_;
  std::vector<std::string> fields_;
};

}  // namespace

bool takes_dead_letters(Context& context, Bytes key, const StreamGroup& group) {
  const Bytes target = group.dead_letter();
  if (target.empty() || group.rules().max_deliveries == 0) return false;
  if (same_bytes(target, key)) return false;
  const Entry* entry = context.db().peek(target);
  if (entry == nullptr || entry->expired(context.books().expired_until_ms)) return true;
  if (entry->type() != Type::kStream) return false;
  return Stream::of(*entry->collection()).last_id() != StreamId::max();
}

void move_dead_letters(Context& context, Bytes key, Bytes group,
                       const std::vector<DeadLetter>& letters) {
  Move move(context, key, group);
  for (const DeadLetter& letter : letters) move.run(letter);
}

}  // namespace sorrel
