#include "tests/differential/generator.h"

#include <algorithm>

namespace sorrel::test {
namespace {

using Type = ArgumentSpec::Type;

// Chances in percent.
constexpr uint64_t kOptionGiven = 35;
constexpr uint64_t kRepeats = 45;
constexpr uint64_t kOptionsShuffled = 20;
constexpr uint64_t kSpoiled = 6;
constexpr uint64_t kOddCase = 5;
constexpr int kRepeatsMax = 4;

bool names_argument(const std::vector<ArgumentSpec>& arguments, Bytes name) {
  return std::any_of(arguments.begin(), arguments.end(), [name](const ArgumentSpec& argument) {
    return argument.name == name || names_argument(argument.parts, name);
  });
}

Status check_row(const CommandDocs& docs, const CommandRow& row) {
  const auto spec = docs.find(std::string(row.name));
  if (spec == docs.end()) return Status::failure("no such command: " + std::string(row.name));
  for (const ArgumentValue& value : row.values) {
    if (names_argument(spec->second.arguments, value.argument)) continue;
    return Status::failure(std::string(row.name) + " has no argument " +
                           std::string(value.argument));
  }
  return Status::ok();
}

ValueKind kind_of_time(const ArgumentSpec& argument) {
  const bool ms = argument.name.find("milliseconds") != std::string::npos;
  if (argument.type == Type::kUnixTime) {
    return ms ? ValueKind::kUnixMilliseconds : ValueKind::kUnixSeconds;
  }
  return ms ? ValueKind::kFarMilliseconds : ValueKind::kFarSeconds;
}

}  // namespace

Result<Generator> Generator::make(const CommandDocs& docs, const std::set<std::string>& groups,
                                  uint64_t seed) {
  std::vector<Row> rows;
  std::set<std::string> missing = groups;
  for (const CommandGroup& group : command_groups()) {
    const std::string name(group.name);
    missing.erase(name);
    if (!groups.empty() && !groups.contains(name)) continue;
    for (const CommandRow& row : group.rows) {
      if (Status status = check_row(docs, row); !status) return status;
      rows.push_back({&docs.at(std::string(row.name)), row});
    }
  }
  if (!missing.empty()) return Status::failure("no such group: " + *missing.begin());
  return Generator(std::move(rows), seed);
}

Generator::Generator(std::vector<Row> rows, uint64_t seed) : rows_(std::move(rows)), pool_(seed) {
  for (const Row& row : rows_) weights_ += static_cast<uint64_t>(row.row.weight);
}

Stream Generator::stream(size_t commands) {
  Stream stream;
  stream.reserve(commands);
  while (stream.size() < commands) stream.push_back(next());
  return stream;
}

Words Generator::next() {
  uint64_t left = pool_.random().below(weights_);
  auto row = rows_.begin();
  while (left >= static_cast<uint64_t>(row->row.weight)) {
    left -= static_cast<uint64_t>(row->row.weight);
    ++row;
  }
  Words words = row->spec->name;
  add_all(*row, shuffled_options(row->spec->arguments), words);
  if (pool_.chance(kSpoiled)) spoil(words, row->spec->name.size());
  return words;
}

void Generator::add_all(const Row& row, const std::vector<ArgumentSpec>& arguments, Words& words) {
  for (const ArgumentSpec& argument : arguments) {
    if (is_given(row, argument)) add_argument(row, argument, words);
  }
}

bool Generator::is_given(const Row& row, const ArgumentSpec& argument) {
  if (!argument.optional || pool_.chance(kOptionGiven)) return true;
  return std::any_of(row.row.values.begin(), row.row.values.end(), [&](const ArgumentValue& value) {
    return value.always && value.argument == argument.name;
  });
}

/// Most commands take their trailing options in any order; those that don't must refuse it alike.
std::vector<ArgumentSpec> Generator::shuffled_options(const std::vector<ArgumentSpec>& arguments) {
  std::vector<ArgumentSpec> order = arguments;
  if (!pool_.chance(kOptionsShuffled)) return order;
  const auto first = std::find_if(order.begin(), order.end(),
                                  [](const ArgumentSpec& argument) { return argument.optional; });
  for (auto last = order.end(); last - first > 1; --last) {
    std::iter_swap(
        first + static_cast<int64_t>(pool_.random().below(static_cast<uint64_t>(last - first))),
        last - 1);
  }
  return order;
}

void Generator::add_argument(const Row& row, const ArgumentSpec& argument, Words& words) {
  const bool token_once = !argument.token.empty() && argument.type != Type::kToken;
  if (token_once && !argument.token_repeats) words.push_back(argument.token);
  for (int repeat = 0; repeat < kRepeatsMax; ++repeat) {
    if (token_once && argument.token_repeats) words.push_back(argument.token);
    add_value(row, argument, words);
    if (!argument.multiple || !pool_.chance(kRepeats)) break;
  }
}

void Generator::add_value(const Row& row, const ArgumentSpec& argument, Words& words) {
  switch (argument.type) {
    case Type::kToken:
      words.push_back(argument.token);
      return;
    case Type::kBlock:
      add_all(row, argument.parts, words);
      return;
    case Type::kOneOf:
      add_argument(row, argument.parts[pool_.random().below(argument.parts.size())], words);
      return;
    default:
      words.push_back(pool_.draw(kind_of(row, argument)));
  }
}

ValueKind Generator::kind_of(const Row& row, const ArgumentSpec& argument) const {
  for (const ArgumentValue& value : row.row.values) {
    if (value.argument == argument.name) return value.kind;
  }
  if (argument.name == "seconds" || argument.name == "milliseconds") return kind_of_time(argument);
  switch (argument.type) {
    case Type::kKey:
      return ValueKind::kKey;
    case Type::kUnixTime:
      return kind_of_time(argument);
    case Type::kPattern:
      return ValueKind::kPattern;
    case Type::kDouble:
      return ValueKind::kFloat;
    case Type::kInteger:
      return argument.name == "start" || argument.name == "end" ? ValueKind::kIndex
                                                                : ValueKind::kInteger;
    default:
      return ValueKind::kValue;
  }
}

/// Makes a command that is wrong in one way, mostly; the name stays.
void Generator::spoil(Words& words, size_t name_words) {
  const size_t arguments = words.size() - name_words;
  const auto any_argument = [&] {
    return words.begin() + static_cast<int64_t>(name_words + pool_.random().below(arguments));
  };
  switch (pool_.random().below(arguments == 0 ? 2 : 6)) {
    case 0:
      words.push_back(pool_.draw(ValueKind::kValue));
      return;
    case 1:
      std::transform(words[0].begin(), words[0].end(), words[0].begin(), to_lower);
      return;
    case 2:
      words.erase(any_argument());
      return;
    case 3:
      words.resize(name_words + pool_.random().below(arguments));
      return;
    case 4:
      words.push_back(*any_argument());
      return;
    default:
      *any_argument() = pool_.draw(ValueKind::kBadNumber);
  }
}

}  // namespace sorrel::test
