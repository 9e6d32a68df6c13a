// LCS: what two strings have in common.

#include "core/command/arguments.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/value/subsequence.h"

#include <algorithm>
#include <string>

namespace sorrel {
namespace {

constexpr Bytes kNotStrings = "ERR The specified keys must contain string values";
constexpr Bytes kBothLengthAndIndexes =
    "ERR If you want both the length and indexes, please just use IDX.";
constexpr Bytes kTooMuchMemory =
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";

struct LcsOptions {
  bool length = false;
  bool indexes = false;
  bool match_lengths = false;
  size_t match_length_min = 0;
};

/// The error's text; empty when all is well.
Bytes parse_lcs(const Context& context, LcsOptions& options) {
  Arguments arguments(context, 3);
  while (!arguments.done()) {
    Bytes length;
    if (arguments.take("IDX")) {
      options.indexes = true;
    } else if (arguments.take("LEN")) {
      options.length = true;
    } else if (arguments.take("WITHMATCHLEN")) {
      options.match_lengths = true;
    } else if (arguments.take("MINMATCHLEN", length)) {
      const std::optional<int64_t> least = parse_integer(length);
      if (!least) return errors::kNotAnInteger;
      options.match_length_min = static_cast<size_t>(std::max<int64_t>(*least, 0));
    } else {
      return errors::kSyntax;
    }
  }
  return options.length && options.indexes ? kBothLengthAndIndexes : Bytes();
}

// The limit that Redis puts on its table, of four bytes a cell.
bool within_memory_limit(Context& context, Bytes a, Bytes b) {
  const uint64_t limit = static_cast<uint64_t>(context.engine.values().proto_max_bulk_len);
  if ((a.size() + 1) <= limit / sizeof(uint32_t) / (b.size() + 1)) return true;
  context.error(kTooMuchMemory);
  return false;
}

void reply_text(Context& context, const CommonSubsequence& common, Bytes a) {
  std::string text(common.length(), '\0');
  size_t at = text.size();
  common.for_each_run([&](const CommonSubsequence::Run& run) {
    at -= run.length;
    a.copy(text.data() + at, run.length, run.a_first);
  });
  context.reply.bulk(text);
}

void reply_range(ReplyWriter& reply, size_t first, size_t length) {
  reply.array(2);
  reply.integer(static_cast<int64_t>(first));
  reply.integer(static_cast<int64_t>(first + length - 1));
}

void reply_indexes(Context& context, const CommonSubsequence& common, const LcsOptions& options) {
  ReplyWriter& reply = context.reply;
  reply.map(2);
  reply.bulk("matches");
  const ReplyWriter::Mark mark = reply.begin_array();
  size_t count = 0;
  common.for_each_run([&](const CommonSubsequence::Run& run) {
    if (run.length < options.match_length_min) return;
    ++count;
    reply.array(options.match_lengths ? 3 : 2);
    reply_range(reply, run.a_first, run.length);
    reply_range(reply, run.b_first, run.length);
    if (options.match_lengths) reply.integer(static_cast<int64_t>(run.length));
  });
  reply.end_array(mark, count);
  reply.bulk("len");
  reply.integer(static_cast<int64_t>(common.length()));
}

void lcs_command(Context& context) {
  const Entry* first = context.read(context.arg(1));
  // The first one stays where it is: the second look-up can delete an expired key, but not it.
  const Entry* second = context.read(context.arg(2));
  for (const Entry* entry : {first, second}) {
    if (entry != nullptr && entry->type() != Type::kString) return context.error(kNotStrings);
  }
  LcsOptions options;
  const Bytes problem = parse_lcs(context, options);
  if (!problem.empty()) return context.error(problem);
  StringValue::Scratch scratch_a;
  StringValue::Scratch scratch_b;
  const Bytes a = first == nullptr ? Bytes() : first->string().bytes(scratch_a);
  const Bytes b = second == nullptr ? Bytes() : second->string().bytes(scratch_b);
  if (!within_memory_limit(context, a, b)) return;
  const CommonSubsequence common(a, b);
  if (options.length) return context.reply.integer(static_cast<int64_t>(common.length()));
  options.indexes ? reply_indexes(context, common, options) : reply_text(context, common, a);
}

constexpr CommandSpec kRows[] = {
    {.name = "lcs",
     .handler = lcs_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategoryString,
     .keys = {keys_from(1, 1, 1, kKeyRO | kKeyAccess)},
     .group = "string",
     .since = "7.0.0",
     .summary =
         "Gives the longest common subsequence of two strings, its length, or where it lies.",
     .complexity = "O(N*M) in the lengths of the strings",
     .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> string_lcs_commands() {
  return kRows;
}

}  // namespace sorrel
