#include "tests/differential/generator.h"

#include "tests/differential/named_consumers.h"

#include <algorithm>
#include <utility>

namespace sorrel::test {
namespace {

using Type = ArgumentSpec::Type;

// Chances in percent.
constexpr uint64_t kOptionGiven = 35;
constexpr uint64_t kRepeats = 45;
constexpr uint64_t kOptionsShuffled = 20;
constexpr uint64_t kSpoiled = 6;
constexpr uint64_t kOddCase = 5;
constexpr uint64_t kBurst = 4;
constexpr uint64_t kRightNumber = 92;  // of keys, of weights
constexpr int kRepeatsMax = 4;
constexpr uint64_t kManyRepeats = 75;
constexpr int kManyRepeatsMax = 12;
constexpr uint64_t kBurstMin = 100;
constexpr uint64_t kBurstMax = 600;

struct NamedKind {
  Bytes argument;
  ValueKind kind;
};
/// What is drawn for an argument wherever it has this name.
constexpr NamedKind kNamedKinds[] = {
    {"member", ValueKind::kMember},       {"member1", ValueKind::kMember},
    {"member2", ValueKind::kMember},      {"field", ValueKind::kMember},
    {"element", ValueKind::kElement},     {"pivot", ValueKind::kElement},
    {"score", ValueKind::kScore},         {"weight", ValueKind::kScore},
    {"longitude", ValueKind::kLongitude}, {"latitude", ValueKind::kLatitude},
    {"radius", ValueKind::kDistance},     {"width", ValueKind::kDistance},
    {"height", ValueKind::kDistance},     {"offset", ValueKind::kCount},
    {"count", ValueKind::kCount},         {"num-matches", ValueKind::kCount},
    {"len", ValueKind::kCount},           {"limit", ValueKind::kCount},
    {"numkeys", ValueKind::kCount},       {"rank", ValueKind::kRank},
    {"index", ValueKind::kIndex},         {"stop", ValueKind::kIndex},
    {"newkey", ValueKind::kDestination},  {"destkey", ValueKind::kDestination},
    {"dst", ValueKind::kDestination},     {"destination", ValueKind::kDestination},
};

/// What a row says of an argument, by its name or by the token before it.
const ArgumentValue* value_of(const CommandRow& row, const ArgumentSpec& argument) {
  for (const ArgumentValue& value : row.values) {
    if (value.argument == argument.name) return &value;
    if (!argument.token.empty() && value.argument == argument.token) return &value;
  }
  return nullptr;
}

Given given_of(const CommandRow& row, const ArgumentSpec& argument) {
  const ArgumentValue* value = value_of(row, argument);
  return value == nullptr ? Given::kSometimes : value->given;
}

bool names_argument(const std::vector<ArgumentSpec>& arguments, Bytes name) {
  return std::any_of(arguments.begin(), arguments.end(), [name](const ArgumentSpec& argument) {
    return argument.name == name || argument.token == name || names_argument(argument.parts, name);
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

ValueKind kind_of_type(const ArgumentSpec& argument) {
  const bool is_end = argument.name == "start" || argument.name == "end";
  switch (argument.type) {
    case Type::kKey:
      return ValueKind::kKey;
    case Type::kUnixTime:
      return kind_of_time(argument);
    case Type::kPattern:
      return ValueKind::kPattern;
    case Type::kDouble:
      // ZCOUNT's and ZRANGEBYSCORE's are called doubles.
      return argument.name == "min" || argument.name == "max" ? ValueKind::kScoreBound
                                                              : ValueKind::kFloat;
    case Type::kInteger:
      return is_end ? ValueKind::kIndex : ValueKind::kInteger;
    default:
      return ValueKind::kValue;
  }
}

}  // namespace

Result<Generator> Generator::make(const CommandDocs& docs, const std::set<std::string>& groups,
                                  uint64_t seed, const std::set<std::string>& without) {
  std::vector<Row> rows;
  std::set<std::string> missing = groups;
  for (const CommandGroup& group : command_groups()) {
    const std::string name(group.name);
    missing.erase(name);
    if (!groups.empty() && !groups.contains(name)) continue;
    for (const CommandRow& row : group.rows) {
      if (Status status = check_row(docs, row); !status) return status;
      if (without.contains(std::string(row.name))) continue;
      rows.push_back({&docs.at(std::string(row.name)), row, group});
    }
  }
  if (!missing.empty()) return Status::failure("no such group: " + *missing.begin());
  return Generator(std::move(rows), seed);
}

Generator::Generator(std::vector<Row> rows, uint64_t seed) : rows_(std::move(rows)), pool_(seed) {
  for (const Row& row : rows_) weights_ += row.weight();
}

Stream Generator::stream(size_t commands) {
  Stream stream;
  stream.reserve(commands);
  while (stream.size() < commands) stream.push_back(next());
  return stream;
}

Words Generator::next() {
  if (drawn_.empty()) {
    Words words = draw();
    for (Words& creation : make_named_consumers(words)) drawn_.push_back(std::move(creation));
    drawn_.push_back(std::move(words));
  }
  Words next = std::move(drawn_.front());
  drawn_.pop_front();
  return next;
}

Words Generator::draw() {
  uint64_t left = pool_.random().below(weights_);
  auto row = rows_.begin();
  while (left >= row->weight()) {
    left -= row->weight();
    ++row;
  }
  pool_.begin_command(row->group.families, row->group.others);
  counts_ = Counts{.burst = pool_.chance(kBurst)};
  Words words = row->spec->name;
  add_all(*row, shuffled_options(row->spec->arguments), words);
  if (!row->row.always_right && pool_.chance(kSpoiled)) spoil(words, row->spec->name.size());
  return words;
}

void Generator::add_all(const Row& row, const std::vector<ArgumentSpec>& arguments, Words& words) {
  for (const ArgumentSpec& argument : arguments) {
    if (is_given(row, argument)) add_argument(row, argument, words);
  }
}

bool Generator::is_given(const Row& row, const ArgumentSpec& argument) {
  const Given given = given_of(row.row, argument);
  if (given == Given::kNever) return false;
  return !argument.optional || given == Given::kAlways || pool_.chance(kOptionGiven);
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
  if (argument.name == "numkeys") counts_.numkeys_at = words.size();
  const int repeats = repeats_of(row, argument);
  for (int repeat = 0; repeat < repeats; ++repeat) {
    if (token_once && argument.token_repeats) words.push_back(argument.token);
    add_value(row, argument, words);
  }
  count_keys(argument, repeats, words);
}

int Generator::repeats_of(const Row& row, const ArgumentSpec& argument) {
  if (!argument.multiple) return 1;
  if (argument.name == "weight" && pool_.chance(kRightNumber)) return std::max(counts_.keys, 1);
  const bool many = given_of(row.row, argument) == Given::kMany;
  if (counts_.burst && many) {
    pool_.widen();
    return static_cast<int>(kBurstMin + pool_.random().below(kBurstMax - kBurstMin));
  }
  int repeats = 1;
  while (repeats < (many ? kManyRepeatsMax : kRepeatsMax) &&
         pool_.chance(many ? kManyRepeats : kRepeats))
    ++repeats;
  return repeats;
}

void Generator::count_keys(const ArgumentSpec& argument, int count, Words& words) {
  if (argument.type != Type::kKey || counts_.numkeys_at == 0) return;
  counts_.keys = count;
  if (pool_.chance(kRightNumber)) words[counts_.numkeys_at] = std::to_string(count);
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
      add_argument(row, choice_of(row, argument), words);
      return;
    default:
      words.push_back(pool_.draw(kind_of(row, argument)));
  }
}

const ArgumentSpec& Generator::choice_of(const Row& row, const ArgumentSpec& argument) {
  const ArgumentValue* value = value_of(row.row, argument);
  const Bytes wanted = value == nullptr ? Bytes() : value->choice;
  const auto found =
      std::find_if(argument.parts.begin(), argument.parts.end(),
                   [wanted](const ArgumentSpec& part) { return part.name == wanted; });
  if (found != argument.parts.end()) return *found;
  return argument.parts[pool_.random().below(argument.parts.size())];
}

ValueKind Generator::kind_of(const Row& row, const ArgumentSpec& argument) const {
  const ArgumentValue* value = value_of(row.row, argument);
  if (value != nullptr && value->kind != ValueKind::kByType) return value->kind;
  if (argument.name == "seconds" || argument.name == "milliseconds") return kind_of_time(argument);
  for (const NamedKind& named : kNamedKinds) {
    if (named.argument == argument.name) return named.kind;
  }
  return kind_of_type(argument);
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
