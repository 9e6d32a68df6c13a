// XADD: an entry goes behind the others of a stream, or, with DELAY or AT, is to do so later.
//
// The journal gets the ID that the entry was given, and how many entries a trimming left.

#include "core/base/sha1.h"
#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/commands/stream_append.h"
#include "core/commands/stream_delay.h"
#include "core/commands/stream_entry_reply.h"
#include "core/commands/stream_settings.h"
#include "core/commands/stream_trim.h"
#include "core/commands/stream_words.h"
#include "core/value/stream_producers.h"
#include "core/value/stream_schedule.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {
namespace {

/// Whose message it is, and what the producer calls it: empty where its fields are its name.
struct Message {
  Bytes producer;
  Bytes name;
  std::string made_name;
};

struct Addition {
  TrimOptions options;
  std::optional<Message> message;
  StreamIdWish wish;
  /// When it is to be added, if that isn't now.
  std::optional<int64_t> due_ms;
  bool make_stream = true;
  StreamFields entry;
};

/// IDMPAUTO producer-id | IDMP producer-id idempotent-id. False when neither stands there.
bool read_message(Context& context, Arguments& arguments, Addition& parsed) {
  Message message;
  if (arguments.left() > 2 && arguments.take("IDMP")) {
    message.producer = arguments.next();
    message.name = arguments.next();
    if (message.name.empty()) context.error("ERR the idempotent ID must not be empty");
  } else if (!arguments.take("IDMPAUTO", message.producer)) {
    return false;
  }
  if (context.failed()) return true;
  if (message.producer.empty()) {
    context.error("ERR the producer ID must not be empty");
  } else if (parsed.message) {
    context.error(errors::kSyntax);
  }
  parsed.message = std::move(message);
  return true;
}

/// DELAY ms | AT unix-time-ms. False when neither stands there.
bool read_delay(Context& context, Arguments& arguments, Addition& parsed) {
  Bytes text;
  const bool relative = arguments.take("DELAY", text);
  if (!relative && !arguments.take("AT", text)) return false;
  if (parsed.due_ms) {
    context.error(errors::kSyntax);
  } else {
    parsed.due_ms = parse_delay(context, text, relative ? context.now_ms() : 0);
  }
  return true;
}

/// What a message is called by its fields. The same for ever: it stands in files.
std::string name_by_fields(StreamFields entry) {
  std::string text;
  for (const Bytes field : entry) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
  }
  const Sha1::Digest hash = sha1(text);
  return std::string(reinterpret_cast<const char*>(hash.data()), 16);
}

/// Options and the ID; false when an error was answered.
bool parse_options(Context& context, Arguments& arguments, Addition& parsed) {
  while (!arguments.done() && arguments.peek() != "*") {
    const TrimOptions::Read read = parsed.options.read(context, arguments);
    if (read == TrimOptions::Read::kFailed) return false;
    if (read == TrimOptions::Read::kTaken) continue;
    if (arguments.take("NOMKSTREAM")) {
      parsed.make_stream = false;
    } else if (!read_message(context, arguments, parsed) &&
               !read_delay(context, arguments, parsed)) {
      break;
    }
    if (context.failed()) return false;
  }
  if (arguments.done()) return true;  // too few: said when the options have been looked at
  const auto wish = parse_stream_id_wish(arguments.next());
  if (!wish) context.error(errors::kStreamId);
  if (wish) parsed.wish = *wish;
  return wish.has_value();
}

bool parse(Context& context, Addition& parsed) {
  Arguments arguments(context, 2);
  if (!parse_options(context, arguments, parsed) || !parsed.options.settle(context, false))
    return false;
  const size_t left = arguments.left();
  if (left < 2 || left % 2 == 1) {
    context.wrong_arity();
    return false;
  }
  parsed.entry = arguments.next(left);
  if (parsed.due_ms && (parsed.message || parsed.wish.kind != StreamIdWish::Kind::kNext)) {
    context.error(parsed.message ? "ERR DELAY and AT don't go with IDMP and IDMPAUTO"
                                 : "ERR DELAY and AT need the ID *");
    return false;
  }
  const bool is_zero = parsed.wish.kind == StreamIdWish::Kind::kExactly && parsed.wish.id.is_zero();
  if (parsed.message && parsed.wish.kind != StreamIdWish::Kind::kNext) {
    context.error("ERR IDMP and IDMPAUTO need the ID *");
    return false;
  }
  if (parsed.message && parsed.message->name.empty()) {
    parsed.message->made_name = name_by_fields(parsed.entry);
    parsed.message->name = parsed.message->made_name;
  }
  if (is_zero) context.error("ERR The ID specified in XADD must be greater than 0-0");
  return !is_zero;
}

bool is_storable(Context& context, StreamFields entry) {
  uint64_t text_bytes = 0;
  for (const Bytes text : entry) text_bytes += text.size();
  if (text_bytes <= StreamBlock::kEntryTextMax) return true;
  context.error("ERR Elements are too large to be stored");
  return false;
}

/// The ID that the entry gets behind `last`; or the error was answered.
std::optional<StreamId> choose_id(Context& context, const Addition& wanted, StreamId last) {
  if (last == StreamId::max()) {
    return context.fail(
        "ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const auto id = make_stream_id(wanted.wish, last, static_cast<uint64_t>(context.now_ms()));
  if (!id || *id <= last) {
    return context.fail(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item");
  }
  return is_storable(context, wanted.entry) ? id : std::nullopt;
}

/// The words that say how a trimming came out; none when nothing went.
std::vector<Bytes> words_of_trim(const Addition& added, const IntegerText& left, bool trimmed) {
  return trimmed ? added.options.effective(left) : std::vector<Bytes>();
}

void journal(Context& context, const Addition& added, StreamId id, uint64_t length, bool trimmed) {
  const bool same_id = added.wish.kind == StreamIdWish::Kind::kExactly;
  if (!context.journaled() || (same_id && !added.options.trim().whole_blocks)) return;
  const IntegerText left(static_cast<int64_t>(length));
  const StreamIdText id_text(id);
  std::vector<Bytes> words = {"XADD", context.arg(1)};
  const std::vector<Bytes> trim = words_of_trim(added, left, trimmed);
  words.insert(words.end(), trim.begin(), trim.end());
  words.push_back(id_text.view());
  words.insert(words.end(), added.entry.begin(), added.entry.end());
  context.journal_as(words);
}

void journal_message(Context& context, const Addition& added, StreamId id, const Stream& stream,
                     bool is_first) {
  if (is_first) journal_producers(context, context.arg(1), *stream.producers());
  const StreamIdText id_text(id);
  context.journal_as({"XIDMPRECORD", context.arg(1), added.message->producer, added.message->name,
                      id_text.view()});
}

void journal_delayed(Context& context, const Addition& added, StreamId delayed, uint64_t length,
                     bool trimmed) {
  const StreamIdText id(delayed);
  const IntegerText left(static_cast<int64_t>(length));
  std::vector<Bytes> words = {"XDELAYED", "ADD", context.arg(1), id.view()};
  words.insert(words.end(), added.entry.begin(), added.entry.end());
  context.journal_as(words);
  if (!trimmed) return;
  words = words_of_trim(added, left, trimmed);
  words.insert(words.begin(), {"XTRIM", context.arg(1)});
  context.journal_as(words);
}

void add_later(Context& context, KeyWriter& key, const Addition& wanted) {
  if (!is_storable(context, wanted.entry)) return;
  const auto due_ms = static_cast<uint64_t>(*wanted.due_ms);
  const StreamSchedule* schedule =
      key.exists() ? Stream::of(*key.entry()->collection()).schedule() : nullptr;
  const StreamId delayed = schedule == nullptr ? StreamId{due_ms, 0} : schedule->next_id(due_ms);
  Stream& stream = delay_entry(key, delayed, wanted.entry);
  reply_id(context.reply, delayed);
  const bool trimmed = stream.trim(wanted.options.trim(), key.values().epoch) != 0;
  if (trimmed) key.notify(kEventStream, "xtrim");
  journal_delayed(context, wanted, delayed, stream.size(), trimmed);
}

/// Whether the message is there already: its ID is answered.
bool answer_repeated(Context& context, KeyWriter& key, const Addition& wanted) {
  if (!wanted.message || !key.exists()) return false;
  const StreamProducers* producers = Stream::of(*key.entry()->collection()).producers();
  if (producers == nullptr) return false;
  const auto id = producers->find(wanted.message->producer, wanted.message->name,
                                  static_cast<uint64_t>(context.now_ms()));
  if (!id) return false;
  Epoch& epoch = key.values().epoch;
  Stream::thaw(key.edit(Type::kStream), epoch).edit_producers(epoch).count_repeated();
  reply_id(context.reply, *id);
  return true;
}

void xadd_command(Context& context) {
  Addition wanted;
  if (!parse(context, wanted)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  if (!key.exists() && !wanted.make_stream) return context.reply.null();
  if (wanted.due_ms && *wanted.due_ms > context.now_ms()) return add_later(context, key, wanted);
  if (answer_repeated(context, key, wanted)) return;
  const StreamId last =
      key.exists() ? Stream::of(*key.entry()->collection()).last_id() : StreamId{};
  const auto id = choose_id(context, wanted, last);
  if (!id) return;
  Stream& stream = append_entry(key, *id, wanted.entry);
  const bool first_message = stream.producers() == nullptr;
  if (wanted.message) {
    edit_producers(context, stream)
        .add(wanted.message->producer, wanted.message->name, *id,
             static_cast<uint64_t>(context.now_ms()));
  }
  reply_id(context.reply, *id);
  key.edited(kEventStream, "xadd");
  const bool trimmed = stream.trim(wanted.options.trim(), key.values().epoch) != 0;
  if (trimmed) key.notify(kEventStream, "xtrim");
  journal(context, wanted, *id, stream.size(), trimmed);
  if (wanted.message) journal_message(context, wanted, *id, stream, first_message);
  key.has_grown();
}

constexpr CommandSpec kRows[] = {
    {.name = "xadd",
     .handler = xadd_command,
     .arity = -5,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyUpdate)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Adds an entry to a stream, which is made if need be.",
     .complexity = "O(1), and O(N) for N entries that a trimming takes out",
     .syntax =
         "key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer-id | IDMP producer-id "
         "idempotent-id] [DELAY milliseconds | AT unix-time-milliseconds] [(MAXLEN | MINID) [= | "
         "~] threshold [LIMIT count]] (* | id) field "
         "value [field value ...]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_add_commands() {
  return kRows;
}

}  // namespace sorrel
