// Commands on HyperLogLogs.

#include "core/value/hyperloglog.h"

#include "core/commands/commands.h"
#include "core/engine.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace sorrel {
namespace {

constexpr Bytes kNotOne = "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr Bytes kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

/// The entry's string, or an error was answered.
bool read_string(Context& context, const Entry& entry, Bytes& string) {
  if (entry.type() != Type::kString) {
    context.error(errors::kWrongType);
    return false;
  }
  // An integer is no HyperLogLog: its text, good only here, isn't handed on. Nor is one so long
  // that it is chunked, whatever its first bytes say.
  StringValue::Scratch scratch;
  const StringValue value = entry.string();
  string = value.part(0, std::min(value.size(), kPlainStringMax), scratch);
  const bool is_one = HyperLogLog::is_one(string);
  if (is_one && !value.is_chunked()) return true;
  context.error(is_one ? kCorrupt : kNotOne);
  return false;
}

/// The same key gets other bytes.
void put(KeyWriter& key, Bytes string) {
  key.change_text(string);
  key.mark_edited();
}

size_t sparse_bytes_max(Context& context) {
  return context.db().values().limits.hyperloglog_sparse_bytes_max;
}

void pfadd_command(Context& context) {
  KeyWriter key = context.write(context.arg(1));
  const bool made = !key.exists();
  const std::string empty = made ? HyperLogLog::empty() : std::string();
  Bytes before = empty;
  if (!made && !read_string(context, *key.entry(), before)) return;

  const HyperLogLog::Change change =
      HyperLogLog(before).add(context.args.subspan(2), sparse_bytes_max(context),
                              [&] { return key.edit_string(before.size()); });
  if (change.corrupt) return context.error(kCorrupt);
  if (!change.replacement.empty()) {
    put(key, change.replacement);
  } else if (made) {
    put(key, empty);
  }
  const size_t changes = change.raised + (made ? 1 : 0);
  if (changes != 0) {
    key.count_changes(changes - 1);
    key.notify(kEventString, "pfadd");
  }
  context.reply.integer(changes != 0 ? 1 : 0);
}

// ---- PFCOUNT.

// A command that reads, and keeps in the string what it has computed.
void count_one(Context& context) {
  const Bytes name = context.arg(1);
  const Entry* entry = context.read(name);
  if (entry == nullptr) return context.reply.integer(0);
  Bytes string;
  if (!read_string(context, *entry, string)) return;
  const HyperLogLog one(string);
  std::optional<uint64_t> cardinality = one.cached_cardinality();
  if (!cardinality) {
    cardinality = one.cardinality();
    if (!cardinality) return context.error(kCorrupt);
    KeyWriter key = context.write(name, Touch::kPeek);
    HyperLogLog::cache_cardinality(key.edit_string(string.size()), *cardinality);
  }
  context.reply.integer(static_cast<int64_t>(*cardinality));
}

/// The HyperLogLogs of all the keys from argument `from` on, or an error was answered. Good until a
/// key changes.
bool read_keys(Context& context, size_t from, std::vector<HyperLogLog>& ones) {
  for (const Bytes name : context.args.subspan(from)) {
    const Entry* entry = context.read(name);
    if (entry == nullptr) continue;
    Bytes string;
    if (!read_string(context, *entry, string)) return false;
    ones.emplace_back(string);
  }
  return true;
}

/// Together, sparse ones of so many bytes are counted faster from their runs than unpacked.
constexpr size_t kRunBytesMax = 1024;

bool counts_from_runs(std::span<const HyperLogLog> ones) {
  size_t bytes = 0;
  for (const HyperLogLog& one : ones) {
    if (!one.is_sparse()) return false;
    bytes += one.bytes();
  }
  return bytes * ones.size() <= 2 * kRunBytesMax;
}

/// The registers of all, merged; nullptr when one is corrupt.
std::unique_ptr<HyperLogLog::Registers> merged(std::span<const HyperLogLog> ones) {
  auto registers = std::make_unique<HyperLogLog::Registers>();
  for (const HyperLogLog& one : ones) {
    if (!one.merge_into(*registers)) return nullptr;
  }
  return registers;
}

std::optional<uint64_t> cardinality_of(std::span<const HyperLogLog> ones) {
  if (counts_from_runs(ones)) return HyperLogLog::cardinality_of_sparse(ones);
  const auto registers = merged(ones);
  return registers ? std::optional(HyperLogLog::cardinality_of(*registers)) : std::nullopt;
}

void pfcount_command(Context& context) {
  if (context.argc() == 2) return count_one(context);
  std::vector<HyperLogLog> ones;
  if (!read_keys(context, 1, ones)) return;
  const std::optional<uint64_t> cardinality = cardinality_of(ones);
  if (!cardinality) return context.error(kCorrupt);
  context.reply.integer(static_cast<int64_t>(*cardinality));
}

void pfmerge_command(Context& context) {
  std::vector<HyperLogLog> ones;
  if (!read_keys(context, 1, ones)) return;
  const auto registers = merged(ones);
  if (!registers) return context.error(kCorrupt);
  const bool dense = std::any_of(ones.begin(), ones.end(),
                                 [](const HyperLogLog& one) { return !one.is_sparse(); });
  KeyWriter key = context.write(context.arg(1));
  const std::string empty = key.exists() ? std::string() : HyperLogLog::empty();
  Bytes before = empty;
  if (key.exists() && !read_string(context, *key.entry(), before)) return;
  const HyperLogLog::Change change =
      HyperLogLog(before).merge(*registers, dense, sparse_bytes_max(context));
  if (change.corrupt) return context.error(kCorrupt);
  put(key, change.replacement);
  key.notify(kEventString, "pfadd");
  context.reply.ok();
}

// ---- PFDEBUG.

/// Makes the key's string dense; false when it is corrupt, which was answered.
bool make_dense(Context& context, KeyWriter& key, const HyperLogLog& one) {
  const std::optional<std::string> dense = one.to_dense();
  if (dense) {
    put(key, *dense);
    return true;
  }
  context.error(kCorrupt);
  return false;
}

// It leaves the key dense, as Redis does.
void debug_registers(Context& context, KeyWriter& key, const HyperLogLog& one) {
  const auto registers = std::make_unique<HyperLogLog::Registers>();
  const bool sound = one.merge_into(*registers);
  if (!sound) return context.error(kCorrupt);
  if (one.is_sparse() && !make_dense(context, key, one)) return;
  context.reply.array(registers->size());
  for (const uint8_t rank : *registers) context.reply.integer(rank);
}

/// PFDEBUG SIMD: there is one way to merge and count registers, with it or without.
void debug_simd(Context& context) {
  if (!context.arg_is(2, "ON") && !context.arg_is(2, "OFF")) {
    return context.error("ERR Argument must be ON or OFF");
  }
  context.reply.ok();
}

void pfdebug_command(Context& context) {
  if (context.arg_is(1, "SIMD")) return debug_simd(context);
  KeyWriter key = context.write(context.arg(2));
  if (!key.exists()) return context.error("ERR The specified key does not exist");
  Bytes string;
  if (!read_string(context, *key.entry(), string)) return;
  const HyperLogLog one(string);
  if (context.arg_is(1, "GETREG")) return debug_registers(context, key, one);
  if (context.arg_is(1, "DECODE")) {
    if (!one.is_sparse()) return context.error("ERR HLL encoding is not sparse");
    return context.reply.bulk(one.runs_text());
  }
  if (context.arg_is(1, "ENCODING"))
    return context.reply.simple(one.is_sparse() ? "sparse" : "dense");
  if (!context.arg_is(1, "TODENSE")) {
    return context.error("ERR Unknown PFDEBUG subcommand '" + errors::shown(context.arg(1), 128) +
                         "'");
  }
  const bool sparse = one.is_sparse();
  if (sparse && !make_dense(context, key, one)) return;
  context.reply.integer(sparse ? 1 : 0);
}

// ---- PFSELFTEST.

constexpr uint64_t kTestElements = 100'000;
constexpr size_t kTestSparseBytesMax = 3000;
// Three standard deviations of 1.04 / sqrt(registers); the elements are always the same.
constexpr double kTestError = 3 * 1.04 / 128;

/// What is wrong with the estimate after `count` elements; empty when nothing is.
std::string wrong_estimate(const HyperLogLog& one, uint64_t count) {
  const std::optional<uint64_t> estimate = one.cardinality();
  const double error = static_cast<double>(estimate.value_or(0)) / static_cast<double>(count) - 1;
  if (estimate && error < kTestError && error > -kTestError) return {};
  return "TESTFAILED Too big error. card:" + std::to_string(count) +
         " estimate:" + std::to_string(estimate.value_or(0));
}

void pfselftest_command(Context& context) {
  std::string string = HyperLogLog::empty();
  uint64_t checkpoint = 1;
  for (uint64_t count = 1; count <= kTestElements; ++count) {
    const IntegerText text(static_cast<int64_t>(count));
    const Bytes element = text.view();
    HyperLogLog::Change change =
        HyperLogLog(string).add({&element, 1}, kTestSparseBytesMax, [&] { return string.data(); });
    if (!change.replacement.empty()) string = std::move(change.replacement);
    if (count != checkpoint) continue;
    checkpoint *= 10;
    const std::string wrong = wrong_estimate(HyperLogLog(string), count);
    if (!wrong.empty()) return context.error(wrong);
  }
  context.reply.ok();
}

constexpr CommandSpec kRows[] = {
    {.name = "pfadd",
     .handler = pfadd_command,
     .arity = -2,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCategoryHyperLogLog,
     .keys = {key_at(1, kKeyRW | kKeyInsert)},
     .group = "hyperloglog",
     .since = "2.8.9",
     .summary = "Counts elements in a HyperLogLog, which is made if there is none.",
     .complexity = "O(1) for each element",
     .syntax = "key [element [element ...]]"},
    {.name = "pfcount",
     .handler = pfcount_command,
     .arity = -2,
     .flags = kReadonly | kMayReplicate,
     .categories = kCategoryHyperLogLog,
     .keys = {keys_from(1, -1, 1, kKeyRW | kKeyAccess)},
     .group = "hyperloglog",
     .since = "2.8.9",
     .summary = "Estimates how many different elements the HyperLogLogs have counted together.",
     .complexity = "O(1) for one key, mostly from the cached figure; O(N) for N keys",
     .syntax = "key [key ...]"},
    {.name = "pfmerge",
     .handler = pfmerge_command,
     .arity = -2,
     .flags = kWrite | kDenyOom,
     .categories = kCategoryHyperLogLog,
     .keys = {key_at(1, kKeyRW | kKeyAccess | kKeyInsert),
              keys_from(2, -1, 1, kKeyRO | kKeyAccess)},
     .group = "hyperloglog",
     .since = "2.8.9",
     .summary = "Adds what other HyperLogLogs have counted to one, which is made if there is none.",
     .complexity = "O(N) for N keys",
     .syntax = "destkey [sourcekey [sourcekey ...]]"},
    {.name = "pfdebug",
     .handler = pfdebug_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kAdmin,
     .categories = kCategoryHyperLogLog,
     .keys = {key_at(2, kKeyRW | kKeyAccess)},
     .group = "hyperloglog",
     .since = "2.8.9",
     .summary =
         "Shows the inside of a HyperLogLog, for tests: GETREG, DECODE, ENCODING, TODENSE, SIMD.",
     .complexity = "N/A",
     .syntax = "subcommand key"},
    {.name = "pfselftest",
     .handler = pfselftest_command,
     .arity = 1,
     .flags = kAdmin,
     .categories = kCategoryHyperLogLog,
     .group = "hyperloglog",
     .since = "2.8.9",
     .summary = "Tests the estimates of HyperLogLogs.",
     .complexity = "N/A"},
};
static_assert(check_rows(kRows));

}  // namespace

std::span<const CommandSpec> hyperloglog_commands() {
  return kRows;
}

}  // namespace sorrel
