// What the command table promises: a golden file sends every command, and the random streams of the
// differential runner draw every command that takes keys, or it stands below why they can't.
#include "core/engine.h"
#include "tests/differential/command_rows.h"
#include "tests/golden/golden_file.h"
#include "tests/support/local_engine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sorrel::test {
namespace {

using Names = std::set<std::string>;

// Commands with keys that no random stream draws, and why. Those that are newer than the server
// that judges are known by their rows.
constexpr std::pair<Bytes, Bytes> kNotDrawn[] = {
    {"memory|usage", "each server has its own layout"},
    {"spublish", "what it does shows on other connections"},
    {"ssubscribe", "a connection that subscribes is one for messages"},
    {"sunsubscribe", "a connection that subscribes is one for messages"},
    {"watch", "it shows in a transaction alone"},
    {"blmove", "would wait for what never comes"},
    {"blmpop", "would wait for what never comes"},
    {"blpop", "would wait for what never comes"},
    {"brpop", "would wait for what never comes"},
    {"brpoplpush", "would wait for what never comes"},
    {"bzmpop", "would wait for what never comes"},
    {"bzpopmax", "would wait for what never comes"},
    {"bzpopmin", "would wait for what never comes"},
    {"xinfo|consumers", "7.2 tells more of each, and has some more of them"},
};
constexpr Bytes kJudgeVersion = "7.0.15";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The names that a file sends: of "CLIENT LIST", both "client" and "client|list".
void add_names_sent(const GoldenFile& file, Names& names) {
  for (const GoldenStep& step : file.steps()) {
    if (step.kind != GoldenStep::Kind::kCommand && step.kind != GoldenStep::Kind::kSend) continue;
    const std::string first = lower(step.words.at(0));
    names.insert(first);
    if (step.words.size() > 1) names.insert(first + "|" + lower(step.words[1]));
  }
}

Names names_sent_by_golden_files() {
  Names names;
  const std::filesystem::path root = SORREL_SOURCE_DIR "/tests/golden";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".resp") continue;
    const Result<GoldenFile> file = GoldenFile::load(entry.path());
    INFO(entry.path());
    REQUIRE(file);
    add_names_sent(file.value(), names);
  }
  return names;
}

Names names_drawn() {
  Names names;
  for (const CommandGroup& group : command_groups()) {
    for (const CommandRow& row : group.rows) names.insert(std::string(row.name));
  }
  for (const auto& [name, reason] : kNotDrawn) names.insert(std::string(name));
  return names;
}

template <class Wanted>
std::vector<std::string> missing(const CommandTable& table, const Names& names, Wanted wanted) {
  std::vector<std::string> found;
  for (const auto& command : table.all()) {
    const std::string name(command->spec->name);
    if (wanted(*command->spec) && !names.contains(name)) found.push_back(name);
  }
  return found;
}

bool any_command(const CommandSpec&) {
  return true;
}

bool takes_keys(const CommandSpec& spec) {
  return spec.handler != nullptr && spec.keys[0].begin != KeySpec::Begin::kNone;
}

std::vector<int> numbers_of(Bytes version) {
  std::vector<int> numbers(1);
  for (const char c : version) {
    if (c == '.') numbers.push_back(0);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      numbers.back() = numbers.back() * 10 + (c - '0');
    }
  }
  return numbers;
}

bool is_drawable(const CommandSpec& spec) {
  return takes_keys(spec) && numbers_of(spec.since) <= numbers_of(kJudgeVersion);
}

constexpr CommandSpec row(Bytes name, KeySpec keys, Bytes since = "1.0.0") {
  CommandSpec spec;
  spec.name = name;
  spec.since = since;
  spec.handler = [](Context&) {};
  spec.keys[0] = keys;
  return spec;
}

constexpr CommandSpec kPlanted[] = {
    row("get", key_at(1, kKeyRO)),
    row("client", {}),
    row("client|list", {}),
    row("msetex", key_at(1, kKeyRO), "8.4.0"),
    row("newest", key_at(1, kKeyRO), "7.0.16"),
};

}  // namespace

TEST_CASE("a command without its golden file is found", "[coverage]") {
  CommandTable table;
  table.add(kPlanted);
  const Result<GoldenFile> file =
      GoldenFile::parse("planted", "> CLIENT id\n:1\n# > GET k\n>> Set a b\n");
  REQUIRE(file);
  Names names;
  add_names_sent(file.value(), names);
  CHECK(names == Names{"client", "client|id", "set", "set|a"});
  CHECK(missing(table, names, any_command) ==
        std::vector<std::string>{"get", "client|list", "msetex", "newest"});
  CHECK(missing(table, {}, is_drawable) == std::vector<std::string>{"get"});
}

TEST_CASE("every command has its golden file", "[coverage]") {
  LocalEngine local;
  CHECK(missing(local.engine.commands(), names_sent_by_golden_files(), any_command) ==
        std::vector<std::string>{});
}

TEST_CASE("every command that takes keys is drawn at random", "[coverage]") {
  LocalEngine local;
  CHECK(missing(local.engine.commands(), names_drawn(), is_drawable) == std::vector<std::string>{});
}

}  // namespace sorrel::test
