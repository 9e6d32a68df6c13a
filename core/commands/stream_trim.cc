#include "core/commands/stream_trim.h"

#include "core/commands/commands.h"
#include "core/commands/stream_words.h"

#include <algorithm>

namespace sorrel {
namespace {

/// What `~` without LIMIT gives up at most, so that no call takes long: a hundred blocks.
uint64_t default_limit(const EncodingLimits& limits) {
  constexpr uint64_t kBlocks = 100;
  constexpr uint64_t kWithoutBlockLimit = 10'000;
  constexpr uint64_t kMost = 1'000'000;
  const uint64_t entries = std::min(limits.stream_block_entries, kMost);
  return entries == 0 ? kWithoutBlockLimit : std::min(kBlocks * entries, kMost);
}

}  // namespace

std::optional<StreamReferences> take_references(Arguments& arguments) {
  if (arguments.take("KEEPREF")) return StreamReferences::kKeep;
  if (arguments.take("DELREF")) return StreamReferences::kDelete;
  if (arguments.take("ACKED")) return StreamReferences::kAcknowledged;
  return std::nullopt;
}

TrimOptions::Read TrimOptions::read(Context& context, Arguments& arguments) {
  if (const auto references = take_references(arguments)) {
    if (references_given_) {
      context.error(errors::kSyntax);
      return Read::kFailed;
    }
    references_given_ = true;
    trim_.references = *references;
    return Read::kTaken;
  }
  if (arguments.left() < 2) return Read::kNotMine;
  Bytes text;
  bool is_right;
  if (arguments.take("MAXLEN")) {
    is_right = read_threshold(context, arguments, StreamTrim::Kind::kMaxLength);
  } else if (arguments.take("MINID")) {
    is_right = read_threshold(context, arguments, StreamTrim::Kind::kMinId);
  } else if (arguments.take("LIMIT", text)) {
    is_right = read_limit(context, text);
  } else {
    return Read::kNotMine;
  }
  return is_right ? Read::kTaken : Read::kFailed;
}

/// [= | ~] threshold
bool TrimOptions::read_threshold(Context& context, Arguments& arguments, StreamTrim::Kind kind) {
  if (asked()) {
    return context.fail(
        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  trim_.kind = kind;
  if (arguments.left() >= 2) {
    trim_.whole_blocks = arguments.take("~");
    if (!trim_.whole_blocks) arguments.take("=");
  }
  const Bytes text = arguments.next();
  if (kind == StreamTrim::Kind::kMinId) {
    const auto id = parse_one_stream_id(context, text);
    if (id) trim_.min_id = *id;
    return id.has_value();
  }
  const std::optional<int64_t> length = parse_integer(text);
  if (!length) return context.fail(errors::kNotAnInteger);
  if (*length < 0) return context.fail("ERR The MAXLEN argument must be >= 0.");
  trim_.max_length = static_cast<uint64_t>(*length);
  return true;
}

bool TrimOptions::read_limit(Context& context, Bytes text) {
  const std::optional<int64_t> limit = parse_integer(text);
  if (!limit || *limit < 0) {
    context.error(limit ? "ERR The LIMIT argument must be >= 0." : errors::kNotAnInteger);
    return false;
  }
  limit_ = static_cast<uint64_t>(*limit);
  return true;
}

bool TrimOptions::settle(Context& context, bool must_trim) {
  if (limit_.value_or(0) != 0 && !asked()) {
    return context.fail(
        "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (must_trim && !asked()) {
    return context.fail("ERR syntax error, XTRIM must be called with a trimming strategy");
  }
  if (limit_ && !trim_.whole_blocks) {
    return context.fail("ERR syntax error, LIMIT cannot be used without the special ~ option");
  }
  if (trim_.whole_blocks) {
    trim_.limit = limit_.value_or(default_limit(context.db().values().limits));
  }
  return true;
}

std::vector<Bytes> TrimOptions::effective(const IntegerText& left) const {
  std::vector<Bytes> words;
  if (trim_.references == StreamReferences::kDelete) words.push_back("DELREF");
  if (trim_.references == StreamReferences::kAcknowledged) words.push_back("ACKED");
  for (const Bytes word : {Bytes("MAXLEN"), Bytes("="), left.view()}) words.push_back(word);
  return words;
}

// ---- XTRIM.

namespace {

void xtrim_command(Context& context) {
  TrimOptions options;
  for (Arguments arguments(context, 2); !arguments.done();) {
    switch (options.read(context, arguments)) {
      case TrimOptions::Read::kTaken:
        continue;
      case TrimOptions::Read::kNotMine:
        return context.error(errors::kSyntax);
      case TrimOptions::Read::kFailed:
        return;
    }
  }
  if (!options.settle(context, true)) return;
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kStream)) return;
  if (!key.exists()) return context.reply.integer(0);
  Epoch& epoch = key.values().epoch;
  Stream& stream = Stream::thaw(key.edit(Type::kStream), epoch);
  const uint64_t gone = stream.trim(options.trim(), epoch);
  context.reply.integer(static_cast<int64_t>(gone));
  if (gone == 0) return;
  key.edited(kEventStream, "xtrim", gone);
  if (!options.trim().whole_blocks) return;
  const IntegerText left(static_cast<int64_t>(stream.size()));
  std::vector<Bytes> words = options.effective(left);
  words.insert(words.begin(), {"XTRIM", context.arg(1)});
  context.journal_as(words);
}

constexpr CommandSpec kRows[] = {
    {.name = "xtrim",
     .handler = xtrim_command,
     .arity = -4,
     .flags = kWrite,
     .categories = kCategoryStream,
     .keys = {key_at(1, kKeyRW | kKeyDelete)},
     .group = "stream",
     .since = "5.0.0",
     .summary = "Takes the oldest entries out of a stream.",
     .complexity = "O(N) for N entries taken out, and less where whole blocks go",
     .syntax = "key (MAXLEN | MINID) [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
     .tips = "nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> stream_trim_commands() {
  return kRows;
}

}  // namespace sorrel
