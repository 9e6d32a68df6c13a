// What concerns idempotent producers: XCFGSET and XIDMPRECORD. XADD's options are in stream_add.cc.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_words.h"
#include "core/value/stream_producers.h"

#include <algorithm>

namespace sorrel {
namespace {

/// A number from 1 to `most`; or the error was answered.
std::optional<uint32_t> parse_bounded(Context& context, Bytes text, uint32_t most, Bytes error) {
  const std::optional<int64_t> value = parse_integer(text);
  if (value && *value >= 1 && *value <= most) return static_cast<uint32_t>(*value);
  context.error(error);
  return std::nullopt;
}

struct Configuration {
  std::optional<uint32_t> duration_s;
  std::optional<uint32_t> receipts_max;
};

bool parse_configuration(Context& context, Configuration& parsed) {
  for (Arguments arguments(context, 2); !arguments.done();) {
    Bytes text;
    if (arguments.take("IDMP-DURATION", text)) {
      parsed.duration_s =
          parse_bounded(context, text, StreamProducers::kDurationMax,
                        "ERR invalid duration: it must be between 1 and 86400 seconds");
      if (!parsed.duration_s) return false;
    } else if (arguments.take("IDMP-MAXSIZE", text)) {
      parsed.receipts_max =
          parse_bounded(context, text, StreamProducers::kReceiptsMax,
                        "ERR invalid maxsize: it must be between 1 and 10000 entries");
      if (!parsed.receipts_max) return false;
    } else {
      context.error(errors::kSyntax);
      return false;
    }
  }
  if (parsed.duration_s || parsed.receipts_max) return true;
  context.error(errors::kSyntax);
  return false;
}

/// The stream of the writer's key, which is there; or the error was answered.
const Stream* stream_of(Context& context, const KeyWriter& key) {
  if (!key.exists()) {
    context.error(errors::kNoSuchKey);
    return nullptr;
  }
  if (!context.require(key, Type::kStream)) return nullptr;
  return &Stream::of(*key.entry()->collection());
}

void xcfgset_command(Context& context) {
  Configuration wanted;
  if (!parse_configuration(context, wanted)) return;
  KeyWriter key = context.write(context.arg(1));
  if (stream_of(context, key) == nullptr) return;
  Epoch& epoch = key.values().epoch;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
  stream.edit_producers(epoch).configure(wanted.duration_s, wanted.receipts_max);
  context.reply.ok();
  key.edited(kEventStream, "xcfgset");
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
  if (!found->contains(*id) && !context.session.has(Session::kInternal)) {
    return context.error("ERR the stream ID doesn't refer to an entry of the stream");
  }
  // A journal that is replayed tells of messages as they came, whatever the clock says now.
  const uint64_t now_ms = std::max(static_cast<uint64_t>(context.now_ms()), id->ms);
  if (found->producers() != nullptr) {
    const auto known = found->producers()->find(producer, message, now_ms);
    if (known && *known != *id) {
      return context.error("ERR the idempotent ID refers to another entry");
    }
    if (known) return context.reply.ok();
  }
  Epoch& epoch = key.values().epoch;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
  stream.edit_producers(epoch).add(producer, message, *id, now_ms);
  context.reply.ok();
  key.count_edit(1);
}

constexpr CommandSpec kRows[] = {
    {.name = "xcfgset",
     .handler = xcfgset_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "8.6.0",
     .summary = "Sets how long, and how many, messages of its idempotent producers a stream "
                "remembers; it forgets those that it does.",
     .complexity = "O(1)",
     .syntax = "key [IDMP-DURATION seconds] [IDMP-MAXSIZE count]"},
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
