// Commands that go over the fields of a hash, or draw some of them.

#include "core/command/scan_options.h"
#include "core/commands/commands.h"
#include "core/commands/hash_access.h"
#include "core/engine.h"

#include <vector>

namespace sorrel {
namespace {

// Two elements a field must not overflow the count of a reply.
constexpr int64_t kCountMax = INT64_MAX;
constexpr int64_t kPairsMax = INT64_MAX / 2;

void scan_hash(Context& context, const HashReader& hash, uint64_t cursor,
               const ScanOptions& options) {
  std::vector<HashItem> found;
  PackElement::Scratch scratch;
  const uint64_t next = hash.scan(cursor, options.count, [&](const HashItem& item) {
    if (options.matches(item.field.bytes(scratch))) found.push_back(item);
  });
  reply_scan_cursor(context, next);
  context.reply.array(options.no_values ? found.size() : found.size() * 2);
  for (const HashItem& item : found) {
    reply_element(context, item.field);
    if (!options.no_values) reply_element(context, item.value);
  }
}

// Redis looks for the key before it reads the options: without one, any will do.
void hscan_command(Context& context) {
  const std::optional<uint64_t> cursor = parse_scan_cursor(context, context.arg(2));
  if (!cursor) return;
  std::optional<HashReader> hash;
  if (!read_hash(context, context.arg(1), hash)) return;
  if (!hash) {
    reply_scan_cursor(context, 0);
    return context.reply.array(0);
  }
  const auto options = parse_scan_options(context, 3, Scanned::kFields);
  if (options) scan_hash(context, *hash, *cursor, *options);
}

// ---- HRANDFIELD.

struct Drawing {
  size_t count;
  bool repeating;  // the count was negative: the same field may come again
  bool with_values;
};

std::optional<Drawing> parse_drawing(Context& context) {
  const std::optional<int64_t> count = parse_integer(context.arg(2));
  if (!count) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if (*count < -kCountMax) {
    context.error(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
    return std::nullopt;
  }
  const bool with_values = context.argc() == 4 && context.arg_is(3, "WITHVALUES");
  if (context.argc() > 3 && !with_values) {
    context.error(errors::kSyntax);
    return std::nullopt;
  }
  if (with_values && (*count < -kPairsMax || *count > kPairsMax)) {
    context.error("ERR value is out of range");
    return std::nullopt;
  }
  return Drawing{static_cast<size_t>(*count < 0 ? -*count : *count), *count < 0, with_values};
}

/// Between two looks at how much has been answered.
constexpr size_t kDrawnAtOnce = 1024;

// With values RESP3 gets a pair a field, RESP2 one after the other.
void reply_drawn(Context& context, const HashReader& hash, const Drawing& drawing) {
  const size_t fields = drawing.repeating ? drawing.count : std::min(drawing.count, hash.size());
  const bool pairs = drawing.with_values && context.reply.resp3();
  context.reply.array(drawing.with_values && !pairs ? fields * 2 : fields);
  const auto reply = [&](const HashItem& item) {
    if (pairs) context.reply.array(2);
    reply_element(context, item.field);
    if (drawing.with_values) reply_element(context, item.value);
  };
  Random& random = context.engine.random();
  if (!drawing.repeating) return hash.draw_different(random, fields, reply);
  for (size_t left = fields; left != 0 && !context.exceeds_output_limit();) {
    const size_t now = std::min(left, kDrawnAtOnce);
    hash.draw(random, now, reply);
    left -= now;
  }
}

void hrandfield_command(Context& context) {
  std::optional<HashReader> hash;
  if (context.argc() == 2) {
    if (!read_hash(context, context.arg(1), hash)) return;
    if (!hash) return context.reply.null();
    return hash->draw(context.engine.random(), 1,
                      [&](const HashItem& item) { reply_element(context, item.field); });
  }
  const std::optional<Drawing> drawing = parse_drawing(context);
  if (!drawing || !read_hash(context, context.arg(1), hash)) return;
  if (!hash) return context.reply.array(0);
  reply_drawn(context, *hash, *drawing);
}

constexpr CommandSpec kRows[] = {
    hash_row("hscan", hscan_command, -3, kReadonly, kKeyRO | kKeyAccess, "2.8.0",
             "Goes over the fields of a hash, a few at a time.",
             "O(1) a call, O(N) for the whole of N fields",
             "key cursor [MATCH pattern] [COUNT count] [NOVALUES]", "nondeterministic_output"),
    hash_row("hrandfield", hrandfield_command, -2, kReadonly, kKeyRO | kKeyAccess, "6.2.0",
             "Gives fields of a hash, drawn by chance.", "O(N) for N fields drawn",
             "key [count [WITHVALUES]]", "nondeterministic_output"),
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hash_scan_commands() {
  return kRows;
}

}  // namespace sorrel
