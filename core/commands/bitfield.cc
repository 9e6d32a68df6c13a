// BITFIELD: integers of any width in a string.

#include "core/command/arguments.h"
#include "core/commands/bit_offset.h"
#include "core/commands/commands.h"
#include "core/value/bits.h"

#include <algorithm>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kFieldType =
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 "
    "is.";
constexpr Bytes kOverflowType = "ERR Invalid OVERFLOW type specified";
constexpr Bytes kReadOnly = "ERR BITFIELD_RO only supports the GET subcommand";

/// i1 to i64 and u1 to u63.
struct FieldType {
  bool is_signed = false;
  unsigned width = 0;

  static std::optional<FieldType> parse(Bytes text);
  /// The number that a field's bits are. Every value fits a signed word: u64 doesn't exist.
  int64_t number(uint64_t bits) const;
  int64_t least() const;
  int64_t most() const;
};

std::optional<FieldType> FieldType::parse(Bytes text) {
  if (text.empty() || (text[0] != 'i' && text[0] != 'u')) return std::nullopt;
  const bool is_signed = text[0] == 'i';
  const std::optional<int64_t> width = parse_integer(text.substr(1));
  if (!width || *width < 1 || *width > (is_signed ? 64 : 63)) return std::nullopt;
  return FieldType{is_signed, static_cast<unsigned>(*width)};
}

int64_t FieldType::number(uint64_t bits) const {
  const unsigned unused = kFieldBitsMax - width;
  bits <<= unused;
  return is_signed ? static_cast<int64_t>(bits) >> unused : static_cast<int64_t>(bits >> unused);
}

int64_t FieldType::most() const {
  return static_cast<int64_t>((uint64_t{1} << (is_signed ? width - 1 : width)) - 1);
}

int64_t FieldType::least() const {
  return is_signed ? -most() - 1 : 0;
}

enum class Overflow : uint8_t { kWrap, kSaturate, kFail };

struct FieldOperation {
  enum class Kind : uint8_t { kGet, kSet, kIncrement };
  Kind kind;
  FieldType type;
  uint64_t position;
  int64_t operand;
  Overflow overflow;

  /// What becomes of the number there; nothing when it would overflow and mustn't.
  std::optional<int64_t> result(int64_t before) const;
};

// 65 bits hold every sum of two words.
__extension__ using Wide = __int128;

/// Whether a SET's operand is so low that Redis takes it for too high: its distance from the
/// field's maximum doesn't fit a word. BITFIELD is replicated as it is called, so a replica must
/// agree.
bool taken_for_high(const FieldType& type, int64_t operand) {
  if (!type.is_signed || type.width == kFieldBitsMax) return false;
  return Wide{type.most()} - operand > INT64_MAX;
}

std::optional<int64_t> FieldOperation::result(int64_t before) const {
  Wide after = operand;
  if (kind == Kind::kIncrement) after += before;
  // Unsigned fields take the bits of a negative operand of SET, as Redis does: a huge number.
  if (kind == Kind::kSet && !type.is_signed) after = static_cast<uint64_t>(operand);
  const bool above = after > type.most() || (kind == Kind::kSet && taken_for_high(type, operand));
  if (!above && after >= type.least()) return static_cast<int64_t>(after);
  switch (overflow) {
    case Overflow::kFail:
      return std::nullopt;
    case Overflow::kSaturate:
      return above ? type.most() : type.least();
    case Overflow::kWrap:
      break;
  }
  return type.number(static_cast<uint64_t>(after));
}

struct Program {
  std::vector<FieldOperation> operations;
  /// Bytes that the string must have for what is written; 0 when nothing is.
  uint64_t size_needed = 0;
};

/// The error's text; empty when all is well, or the error was answered.
Bytes parse_operand(Context& context, Arguments& arguments, FieldOperation& operation) {
  const std::optional<FieldType> type = FieldType::parse(arguments.next());
  if (!type) return kFieldType;
  operation.type = *type;
  const auto position = parse_field_offset(context, arguments.next(), type->width);
  if (!position) return Bytes();
  operation.position = *position;
  if (operation.kind == FieldOperation::Kind::kGet) return Bytes();
  const std::optional<int64_t> operand = parse_integer(arguments.next());
  if (!operand) return errors::kNotAnInteger;
  operation.operand = *operand;
  return Bytes();
}

std::optional<Overflow> parse_overflow(Bytes word) {
  if (equals_ignore_case(word, "WRAP")) return Overflow::kWrap;
  if (equals_ignore_case(word, "SAT")) return Overflow::kSaturate;
  if (equals_ignore_case(word, "FAIL")) return Overflow::kFail;
  return std::nullopt;
}

/// False when an error was answered.
bool parse_program(Context& context, Program& program) {
  using Kind = FieldOperation::Kind;
  Arguments arguments(context, 2);
  Overflow overflow = Overflow::kWrap;
  while (!arguments.done()) {
    const Bytes word = arguments.next();
    const size_t left = arguments.left();
    FieldOperation operation{Kind::kGet, FieldType(), 0, 0, overflow};
    Bytes problem;
    if (equals_ignore_case(word, "OVERFLOW") && left >= 1) {
      const std::optional<Overflow> parsed = parse_overflow(arguments.next());
      if (parsed) {
        overflow = *parsed;
        continue;
      }
      problem = kOverflowType;
    } else if (equals_ignore_case(word, "GET") && left >= 2) {
      problem = parse_operand(context, arguments, operation);
    } else if (equals_ignore_case(word, "SET") && left >= 3) {
      operation.kind = Kind::kSet;
      problem = parse_operand(context, arguments, operation);
    } else if (equals_ignore_case(word, "INCRBY") && left >= 3) {
      operation.kind = Kind::kIncrement;
      problem = parse_operand(context, arguments, operation);
    } else {
      problem = errors::kSyntax;
    }
    if (!problem.empty()) context.error(problem);
    if (context.failed()) return false;
    program.operations.push_back(operation);
    if (operation.kind == Kind::kGet) continue;
    const uint64_t end = operation.position + operation.type.width;
    program.size_needed = std::max(program.size_needed, (end + 7) / 8);
  }
  return true;
}

/// The bytes that an operation's field is in: at most nine. Behind the string's end they are zero.
class Window {
 public:
  Window(const StringValue& string, const FieldOperation& operation)
      : type_(operation.type),
        offset_(operation.position / 8),
        bit_(operation.position % 8),
        size_((bit_ + type_.width + 7) / 8) {
    if (offset_ >= string.size()) return;
    StringValue::Scratch scratch;
    const size_t there = std::min(size_, string.size() - offset_);
    string.part(offset_, there, scratch).copy(bytes_, there);
  }

  size_t offset() const { return offset_; }
  int64_t read() const { return type_.number(read_field(Bytes(bytes_, size_), bit_, type_.width)); }
  /// The bytes with another number in the field.
  Bytes written(int64_t number) {
    write_field(bytes_, bit_, type_.width, static_cast<uint64_t>(number));
    return {bytes_, size_};
  }

 private:
  FieldType type_;
  size_t offset_;
  size_t bit_;
  size_t size_;
  char bytes_[kFieldBitsMax / 8 + 1] = {};
};

void run_reading(Context& context, const Program& program) {
  const Entry* entry;
  if (!context.read(context.arg(1), Type::kString, entry)) return;
  const StringValue string = entry == nullptr ? StringValue(Bytes()) : entry->string();
  context.reply.array(program.operations.size());
  for (const FieldOperation& operation : program.operations) {
    context.reply.integer(Window(string, operation).read());
  }
}

/// The string under the operations: edited by each that changes a bit, and in the end if it is
/// still too short for them all.
class Fields {
 public:
  Fields(KeyWriter& key, uint64_t size_needed)
      : key_(key),
        size_(std::max<size_t>(size_needed, string().size())),
        grows_(size_ > string().size()) {}

  int64_t read(const FieldOperation& operation) const { return Window(string(), operation).read(); }
  /// Counts as a change if it is one, or if the string has to grow for the call.
  void write(const FieldOperation& operation, int64_t before, int64_t after) {
    if (before == after && !grows_) return;
    ++changes_;
    if (before == after) return;
    Window window(string(), operation);
    edit(window.offset(), window.written(after));
  }
  /// Counts and announces.
  void finish() {
    if (edits_ == 0 && !grows_) return key_.mark_edited();
    if (edits_ == 0) edit(0, Bytes());
    if (changes_ == 0) return;
    key_.count_changes(changes_ - edits_);
    key_.notify(kEventString, "setbit");
  }

 private:
  StringValue string() const {
    return key_.exists() ? key_.entry()->string() : StringValue(Bytes());
  }
  /// The writer counts each as a change.
  void edit(size_t offset, Bytes bytes) {
    key_.write_string(size_, offset, bytes);
    ++edits_;
  }

  KeyWriter& key_;
  size_t size_;
  bool grows_;
  uint64_t changes_ = 0;
  uint64_t edits_ = 0;
};

void run_writing(Context& context, const Program& program) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kString)) return;
  Fields fields(key, program.size_needed);
  context.reply.array(program.operations.size());
  for (const FieldOperation& operation : program.operations) {
    const int64_t before = fields.read(operation);
    if (operation.kind == FieldOperation::Kind::kGet) {
      context.reply.integer(before);
      continue;
    }
    const std::optional<int64_t> after = operation.result(before);
    if (!after) {
      context.reply.null();
      continue;
    }
    context.reply.integer(operation.kind == FieldOperation::Kind::kSet ? before : *after);
    fields.write(operation, before, *after);
  }
  fields.finish();
}

void bitfield_command(Context& context) {
  Program program;
  if (!parse_program(context, program)) return;
  program.size_needed == 0 ? run_reading(context, program) : run_writing(context, program);
}

void bitfield_ro_command(Context& context) {
  Program program;
  if (!parse_program(context, program)) return;
  if (program.size_needed != 0) return context.error(kReadOnly);
  run_reading(context, program);
}

/// Without SET and INCRBY it only reads.
uint16_t bitfield_key_flags(std::span<const Bytes> args) {
  for (const Bytes word : args.subspan(2)) {
    if (equals_ignore_case(word, "SET") || equals_ignore_case(word, "INCRBY")) {
      return kKeyRW | kKeyAccess | kKeyUpdate;
    }
  }
  return kKeyRO | kKeyAccess;
}

constexpr CommandSpec kRows[] = {
    {.name = "bitfield",
     .handler = bitfield_command,
     .arity = -2,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyUpdate | kKeyVariableFlags)},
     .key_flags_of = bitfield_key_flags,
     .group = "bitmap",
     .since = "3.2.0",
     .summary = "Reads, writes and increments integers of any width in a string.",
     .complexity = "O(1) for each operation",
     .syntax = "key [GET encoding offset | [OVERFLOW (WRAP | SAT | FAIL)] (SET encoding offset "
               "value | INCRBY encoding offset increment) ...]"},
    {.name = "bitfield_ro",
     .handler = bitfield_ro_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .categories = kCategoryBitmap,
     .keys = {key_at(1, kKeyRO | kKeyAccess)},
     .group = "bitmap",
     .since = "6.0.0",
     .summary = "Reads integers of any width in a string.",
     .complexity = "O(1) for each operation",
     .syntax = "key [GET encoding offset ...]"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> bitfield_commands() {
  return kRows;
}

}  // namespace sorrel
