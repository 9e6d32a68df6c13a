// XIDMPRECORD: which entry a message of an idempotent producer has become.

#include "core/commands/commands.h"
#include "core/commands/stream_settings.h"
#include "core/commands/stream_words.h"
#include "core/value/stream_producers.h"

#include <algorithm>

namespace sorrel {
namespace {

/// The stream of the writer's key, which is there; or the error was answered.
const Stream* stream_of(Context& context, const KeyWriter& key) {
  if (!key.exists()) {
    context.error(errors::kNoSuchKey);
    return nullptr;
  }
  if (!context.require(key, Type::kStream)) return nullptr;
  return &Stream::of(*key.entry()->collection());
}

void xidmprecord_command(Context& context) {
  const Bytes producer = context.arg(2);
  const Bytes message = context.arg(3);
  if (producer.empty() || message.empty()) {
    return context.error("ERR producer ID and idempotent ID must not be empty");
  }
  const auto id = parse_one_stream_id(context, context.arg(4));
  if (!id) return;
  KeyWriter key = context.write(context.arg(1));
  const Stream* found = stream_of(context, key);
  if (found == nullptr) return;
  // A journal that is replayed tells of messages whose entries were trimmed at once, too.
  const bool replayed = context.session.has(Session::kInternal);
  if (!found->contains(*id) && !replayed) {
    return context.error("ERR the stream ID doesn't refer to an entry of the stream");
  }
  // And as they came: what was remembered at this entry's time isn't forgotten for the time that
  // has passed since.
  const auto clock_ms = static_cast<uint64_t>(context.now_ms());
  const uint64_t now_ms = replayed ? std::min(clock_ms, id->ms) : std::max(clock_ms, id->ms);
  if (found->producers() != nullptr) {
    const auto known = found->producers()->find(producer, message, now_ms);
    if (known && *known != *id && !replayed) {
      return context.error("ERR the idempotent ID refers to another entry");
    }
    if (known == id) return context.reply.ok();
  }
  const bool is_first = found->producers() == nullptr;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), key.values().epoch);
  StreamProducers& producers = edit_producers(context, stream);
  producers.add(producer, message, *id, now_ms);
  context.reply.ok();
  key.count_edit(1);
  if (!is_first) return;
  journal_producers(context, key.key(), producers);
  context.journal_as(context.args);
}

constexpr CommandSpec kRows[] = {
    {.name = "xidmprecord",
     .handler = xidmprecord_command,
     .arity = 5,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.6.2",
     .summary = "Says which entry a producer's message has become. For files and replicas.",
     .complexity = "O(N) for N messages of the producer that are remembered",
     .syntax = "key producer-id idempotent-id id"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_producer_commands() {
  return kRows;
}

}  // namespace sorrel
