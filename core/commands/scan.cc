// Commands that go over the keys of a database.

#include "core/base/glob.h"
#include "core/base/number.h"
#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/engine.h"

#include <charconv>

namespace sorrel {
namespace {

// A RANDOMKEY that meets nothing but expired keys gives up after so many.
constexpr int kRandomKeyTriesMax = 100;

struct ScanOptions {
  Bytes pattern;
  bool filtered = false;
  size_t count = 10;
  Bytes type;
  bool typed = false;

  bool wants(const Entry& entry, int64_t now_ms) const {
    if (filtered && !glob_match(pattern, entry.key())) return false;
    if (typed && !equals_ignore_case(type, type_name(entry.type()))) return false;
    return !entry.expired(now_ms);
  }
};

/// As strtoul reads it, on which Redis stands: nothing is 0, and a minus counts from the end.
std::optional<uint64_t> parse_cursor(Bytes text) {
  if (text.empty()) return 0;
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  uint64_t cursor = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), cursor);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return minus ? 0 - cursor : cursor;
}

std::optional<ScanOptions> parse_scan(Context& context) {
  ScanOptions options;
  Arguments arguments(context, 2);
  while (!arguments.done()) {
    Bytes value;
    if (arguments.take("COUNT", value)) {
      const std::optional<int64_t> count = parse_integer(value);
      if (!count) {
        context.error(errors::kNotAnInteger);
        return std::nullopt;
      }
      if (*count < 1) {
        context.error(errors::kSyntax);
        return std::nullopt;
      }
      options.count = static_cast<size_t>(*count);
    } else if (arguments.take("MATCH", value)) {
      options.pattern = value;
      options.filtered = value != "*";
    } else if (arguments.take("TYPE", value)) {
      options.type = value;
      options.typed = true;
    } else {
      context.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

void scan_command(Context& context) {
  const std::optional<uint64_t> cursor = parse_cursor(context.arg(1));
  if (!cursor) return context.error("ERR invalid cursor");
  const std::optional<ScanOptions> options = parse_scan(context);
  if (!options) return;

  // The keys first, as views: the next cursor stands before them in the reply.
  std::vector<Bytes> keys;
  const uint64_t next = context.db().table().scan(*cursor, options->count, [&](const Entry& entry) {
    if (options->wants(entry, context.now_ms())) keys.push_back(entry.key());
  });
  char text[24];
  context.reply.array(2);
  context.reply.bulk(Bytes(text, format_unsigned(text, next)));
  context.reply.array(keys.size());
  for (const Bytes key : keys) context.reply.bulk(key);
}

void keys_command(Context& context) {
  const Bytes pattern = context.arg(1);
  const bool all = pattern == "*";
  size_t count = 0;
  const auto mark = context.reply.begin_array();
  context.db().table().for_each([&](const Entry& entry) {
    if (entry.expired(context.now_ms()) || (!all && !glob_match(pattern, entry.key()))) return;
    context.reply.bulk(entry.key());
    ++count;
  });
  context.reply.end_array(mark, count);
}

void randomkey_command(Context& context) {
  Keyspace& db = context.db();
  for (int tries = 0; tries < kRandomKeyTriesMax; ++tries) {
    const Entry* entry = db.table().random(context.engine.random());
    if (entry == nullptr) break;
    if (!entry->expired(context.now_ms())) return context.reply.bulk(entry->key());
    if (context.books().expiry_deletes) db.expire(context.books(), *entry);
  }
  context.reply.null();
}

constexpr CommandSpec kRows[] = {
    {.name = "scan",
     .handler = scan_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategoryKeyspace,
     .group = "generic",
     .since = "2.8.0",
     .summary = "Goes over the keys of the selected database, a few at a time.",
     .complexity = "O(1) a call, O(N) for the whole of N keys",
     .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
     .tips = "nondeterministic_output request_policy:special"},
    {.name = "keys",
     .handler = keys_command,
     .arity = 2,
     .flags = kReadonly,
     .categories = kCategoryKeyspace | kCategoryDangerous,
     .group = "generic",
     .since = "1.0.0",
     .summary = "Lists every key that matches a pattern.",
     .complexity = "O(N) for N keys of the database",
     .syntax = "pattern",
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {.name = "randomkey",
     .handler = randomkey_command,
     .arity = 1,
     .flags = kReadonly,
     .categories = kCategoryKeyspace,
     .group = "generic",
     .since = "1.0.0",
     .summary = "Gives a key of the selected database, each with the same chance.",
     .complexity = "O(1)",
     .tips = "request_policy:all_shards nondeterministic_output"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> scan_commands() {
  return kRows;
}

}  // namespace sorrel
