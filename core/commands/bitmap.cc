// Commands that read and write the bits of a string.

#include "core/command/arguments.h"
#include "core/command/key_batch.h"
#include "core/commands/bit_offset.h"
#include "core/commands/commands.h"
#include "core/engine.h"
#include "core/value/bits.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kBit = "ERR bit is not an integer or out of range";
constexpr Bytes kBitArgument = "ERR The bit argument must be 1 or 0.";

/// A key's string, empty when the key is absent.
StringValue string_of(const Entry* entry) {
  return entry == nullptr ? StringValue(Bytes()) : entry->string();
}

/// A byte of it, zero behind the end.
char byte_at(const StringValue& string, uint64_t at) {
  StringValue::Scratch scratch;
  return at < string.size() ? string.part(at, 1, scratch).front() : '\0';
}

// ---- SETBIT, GETBIT.

void setbit_command(Context& context) {
  const std::optional<uint64_t> offset = parse_bit_offset(context, context.arg(2));
  if (!offset) return;
  const Bytes digit = context.arg(3);
  if (digit != "0" && digit != "1") return context.error(kBit);
  const bool value = digit == "1";
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kString)) return;
  const StringValue string = string_of(key.entry());
  char byte = byte_at(string, *offset / 8);
  const bool before = bit_at(Bytes(&byte, 1), *offset % 8);
  const size_t size = std::max<size_t>(string.size(), *offset / 8 + 1);
  if (size == string.size() && before == value) {
    key.mark_edited();
  } else {
    write_field(&byte, *offset % 8, 1, value ? 1 : 0);
    key.write_string(size, *offset / 8, Bytes(&byte, 1));
    key.notify(kEventString, "setbit");
  }
  context.reply.integer(before ? 1 : 0);
}

void getbit_command(Context& context) {
  const std::optional<uint64_t> offset = parse_bit_offset(context, context.arg(2));
  if (!offset) return;
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  const char byte = byte_at(string_of(entry), *offset / 8);
  context.reply.integer(bit_at(Bytes(&byte, 1), *offset % 8) ? 1 : 0);
}

// ---- BITCOUNT, BITPOS.

/// `[start [end [BYTE | BIT]]]`
struct BitRange {
  int64_t start = 0;
  int64_t end = -1;
  bool end_given = false;
  bool in_bits = false;

  /// The part of a string of `size` bytes; nothing when it is empty.
  std::optional<BitSpan> within(size_t size) const;
};

std::optional<BitSpan> BitRange::within(size_t size) const {
  const int64_t total = static_cast<int64_t>(in_bits ? size * 8 : size);
  const int64_t from = std::max<int64_t>(start < 0 ? start + total : start, 0);
  const int64_t to = std::min(std::max<int64_t>(end < 0 ? end + total : end, 0), total - 1);
  if (from > to) return std::nullopt;
  if (in_bits) return BitSpan{static_cast<uint64_t>(from), static_cast<uint64_t>(to)};
  return BitSpan{static_cast<uint64_t>(from) * 8, static_cast<uint64_t>(to) * 8 + 7};
}

/// What is looked at first decides the error; in Redis it isn't the same for both commands.
enum class Order : uint8_t { kEndFirst, kUnitFirst };

Bytes parse_unit(const Context& context, size_t at, BitRange& range) {
  range.in_bits = context.arg_is(at, "BIT");
  return range.in_bits || context.arg_is(at, "BYTE") ? Bytes() : errors::kSyntax;
}

/// The error's text, empty when all is well.
Bytes parse_bit_range(const Context& context, size_t at, Order order, BitRange& range) {
  const size_t given = context.argc() - at;
  if (given > 3) return errors::kSyntax;
  if (given == 0) return Bytes();
  const std::optional<int64_t> start = parse_integer(context.arg(at));
  if (!start) return errors::kNotAnInteger;
  range.start = *start;
  if (given == 1) return Bytes();
  const Bytes unit_problem = given == 3 ? parse_unit(context, at + 2, range) : Bytes();
  if (order == Order::kUnitFirst && !unit_problem.empty()) return unit_problem;
  const std::optional<int64_t> end = parse_integer(context.arg(at + 1));
  if (!end) return errors::kNotAnInteger;
  range.end = *end;
  range.end_given = true;
  return unit_problem;
}

/// `visit(Bytes, BitSpan, before)` for the pieces of a string with a part of the span, in order:
/// the part, within the piece, and the bits of the string before the piece. Until it says true.
template <class Visit>
void for_each_part(const StringValue& string, const BitSpan& span, Visit&& visit) {
  const size_t first = span.first / 8;
  uint64_t before = first * 8;
  bool done = false;
  string.for_each_piece(first, span.last / 8 + 1 - first, [&](Bytes piece) {
    const uint64_t end = before + piece.size() * 8;
    const BitSpan part{std::max(span.first, before) - before,
                       std::min(span.last + 1, end) - 1 - before};
    if (!done) done = visit(piece, part, before);
    before = end;
  });
}

// Its arguments are looked at before the key, as in Redis 7.2 (and not in 7.0).
void bitcount_command(Context& context) {
  BitRange range;
  const Bytes problem =
      context.argc() == 3 ? errors::kSyntax : parse_bit_range(context, 2, Order::kEndFirst, range);
  if (!problem.empty()) return context.error(problem);
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  const StringValue string = string_of(entry);
  const bool reversed = range.start < 0 && range.end < 0 && range.start > range.end;
  const std::optional<BitSpan> span = reversed ? std::nullopt : range.within(string.size());
  uint64_t bits = 0;
  if (span) {
    for_each_part(string, *span, [&](Bytes piece, const BitSpan& part, uint64_t) {
      bits += count_bits(piece, part);
      return false;
    });
  }
  context.reply.integer(static_cast<int64_t>(bits));
}

// Without an end the string goes on in zeros for ever; with one it doesn't.
int64_t position_of(const StringValue& string, bool value, const BitRange& range) {
  const std::optional<BitSpan> span = range.within(string.size());
  if (!span) return -1;
  std::optional<uint64_t> found;
  for_each_part(string, *span, [&](Bytes piece, const BitSpan& part, uint64_t before) {
    found = find_bit(piece, value, part);
    if (found) *found += before;
    return found.has_value();
  });
  if (found) return static_cast<int64_t>(*found);
  return value || range.end_given ? -1 : static_cast<int64_t>(string.size() * 8);
}

void bitpos_command(Context& context) {
  const std::optional<int64_t> bit = parse_integer(context.arg(2));
  if (!bit) return context.error(errors::kNotAnInteger);
  if (*bit != 0 && *bit != 1) return context.error(kBitArgument);
  BitRange range;
  const Bytes problem = parse_bit_range(context, 3, Order::kUnitFirst, range);
  if (!problem.empty()) return context.error(problem);
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  if (entry == nullptr) return context.reply.integer(*bit == 1 ? -1 : 0);
  context.reply.integer(position_of(entry->string(), *bit == 1, range));
}

// ---- BITOP.

struct NamedOperation {
  Bytes name;
  BitOperation operation;
};
// DIFF, DIFF1, ANDOR and ONE: https://redis.io/docs/latest/commands/bitop/
constexpr NamedOperation kOperations[] = {
    {"AND", BitOperation::kAnd},     {"OR", BitOperation::kOr},     {"XOR", BitOperation::kXor},
    {"NOT", BitOperation::kNot},     {"DIFF", BitOperation::kDiff}, {"DIFF1", BitOperation::kDiff1},
    {"ANDOR", BitOperation::kAndOr}, {"ONE", BitOperation::kOne},
};

/// The error's text for the number of sources; empty when it is right.
std::string wrong_sources(const NamedOperation& named, size_t sources) {
  switch (named.operation) {
    case BitOperation::kNot:
      return sources == 1 ? "" : "ERR BITOP NOT must be called with a single source key.";
    case BitOperation::kDiff:
    case BitOperation::kDiff1:
    case BitOperation::kAndOr:
      if (sources > 1) return "";
      return "ERR BITOP " + std::string(named.name) +
             " must be called with at least two source keys.";
    default:
      return "";
  }
}

/// The strings of a call; integers have their text in `scratches`, by argument.
struct Sources {
  std::vector<Bytes> bytes;
  std::unique_ptr<StringValue::Scratch[]> scratches;
  size_t longest = 0;
};

bool read_sources(Context& context, Sources& sources) {
  sources.scratches = std::make_unique<StringValue::Scratch[]>(context.argc());
  bool strings = true;
  for_each_key(context, 3, context.argc(), 1, [&](size_t i, uint64_t hash) {
    if (!strings) return;
    const Entry* entry = context.read_hashed(context.arg(i), hash);
    strings = entry == nullptr || entry->type() == Type::kString;
    if (!strings) return context.error(errors::kWrongType);
    sources.bytes.push_back(string_of(entry).bytes(sources.scratches[i]));
    sources.longest = std::max(sources.longest, sources.bytes.back().size());
  });
  return strings;
}

void bitop_command(Context& context) {
  const auto named = std::find_if(
      std::begin(kOperations), std::end(kOperations),
      [&](const NamedOperation& candidate) { return context.arg_is(1, candidate.name); });
  if (named == std::end(kOperations)) return context.error(errors::kSyntax);
  const std::string problem = wrong_sources(*named, context.argc() - 3);
  if (!problem.empty()) return context.error(problem);
  Sources sources;
  if (!read_sources(context, sources)) return;

  KeyWriter key = context.write(context.arg(2), Touch::kPeek);
  if (sources.longest != 0) {
    key.put_edited(sources.longest, [&](char* out, size_t from, size_t bytes) {
      combine_bits(named->operation, sources.bytes, from, out, bytes);
    });
    key.notify(kEventString, "set");
  } else if (key.erase()) {
    key.notify(kEventGeneric, "del");
  }
  context.reply.integer(static_cast<int64_t>(sources.longest));
}

constexpr CommandSpec kRows[] = {
    {.name = "setbit",
     .handler = setbit_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate)},
     .group = "bitmap",
     .since = "2.2.0",
     .summary = "Sets or clears a bit of a string, and gives what it was.",
     .complexity = "O(1)",
     .syntax = "key offset value:integer"},
    {.name = "getbit",
     .handler = getbit_command,
     .arity = 3,
     .flags = kReadonly | kFast,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "bitmap",
     .since = "2.2.0",
     .summary = "Gives a bit of a string.",
     .complexity = "O(1)",
     .syntax = "key offset"},
    {.name = "bitcount",
     .handler = bitcount_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "bitmap",
     .since = "2.6.0",
     .summary = "Counts the bits that are set in a string or a part of it.",
     .complexity = "O(N) for N bytes",
     .syntax = "key [start end [BYTE | BIT]]"},
    {.name = "bitpos",
     .handler = bitpos_command,
     .arity = -3,
     .flags = kReadonly,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "bitmap",
     .since = "2.8.7",
     .summary = "Finds the first bit that is set, or clear, in a string or a part of it.",
     .complexity = "O(N) for N bytes",
     .syntax = "key bit [start [end [BYTE | BIT]]]"},
    {.name = "bitop",
     .handler = bitop_command,
     .arity = -4,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryBitmap,
     .keys = {key_at(2, kKeyOW | kKeyUpdate), keys_from(3, -1, 1, kKeyRO | kKeyAccess)},
     .group = "bitmap",
     .since = "2.6.0",
     .summary = "Combines the bits of several strings and stores the result.",
     .complexity = "O(N) for N bytes of all strings",
     .syntax = "(AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE) destkey key [key ...]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> bitmap_commands() {
  return kRows;
}

}  // namespace sorrel
