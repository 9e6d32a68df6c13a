#include "core/settings/setting_spec.h"

#include "core/base/quoted_words.h"
#include "core/settings/keyspace_events.h"

#include <catch2/catch.hpp>
#include <set>

using sorrel::SettingArguments;
using sorrel::SettingSpec;
using sorrel::SettingValues;

namespace {

template <typename Function>
void for_each_setting(Function function) {
  for (const sorrel::SettingSection* section : sorrel::setting_sections()) {
    for (const SettingSpec& spec : section->rows) function(spec);
  }
}

/// What `name value...` does to the defaults: the value as CONFIG GET shows it, or the refusal.
std::string assigned(std::string_view name, const std::vector<std::string>& arguments) {
  const SettingSpec* spec = sorrel::find_setting(name);
  if (!spec) return "no such setting";
  SettingValues values;
  if (auto refusal = sorrel::assign_setting(*spec, arguments, false, values)) return *refusal;
  return sorrel::format_setting(*spec, values);
}

}  // namespace

TEST_CASE("names and aliases are unique, lower case and documented", "[settings]") {
  std::set<std::string_view> names;
  for_each_setting([&](const SettingSpec& spec) {
    CAPTURE(spec.name);
    CHECK(names.insert(spec.name).second);
    for (std::string_view alias : spec.aliases) {
      if (!alias.empty()) CHECK(names.insert(alias).second);
    }
    CHECK(std::none_of(spec.name.begin(), spec.name.end(),
                       [](char c) { return c != sorrel::to_lower(c); }));
    CHECK(spec.doc.ends_with('.'));
    CHECK(sorrel::find_setting(spec.name) == &spec);
  });
  CHECK(sorrel::find_setting("SLAVE-read-ONLY") == sorrel::find_setting("replica-read-only"));
  CHECK(sorrel::find_setting("nosuch") == nullptr);
  CHECK(sorrel::find_setting("") == nullptr);
}

TEST_CASE("every default obeys its own row", "[settings]") {
  for_each_setting([](const SettingSpec& spec) {
    if (spec.has(sorrel::kStartOnly)) return;
    CAPTURE(spec.name);
    SettingValues values;
    bool again = false;
    for (const std::string& line : sorrel::setting_lines(spec, values)) {
      const auto words = sorrel::split_quoted_words(line);
      REQUIRE(words);
      const auto refusal = sorrel::assign_setting(spec, *words, again, values);
      CHECK(refusal.value_or("taken") == "taken");
      again = true;
    }
    CHECK(sorrel::same_setting(spec, values, SettingValues()));
  });
}

TEST_CASE("no two rows share a member", "[settings]") {
  // Changing one directive must not show under another: every yes/no and every number in turn.
  for_each_setting([](const SettingSpec& spec) {
    for (const char* word : {"yes", "no", "7", "70", "seven"}) {
      SettingValues values;
      const std::string argument = word;
      const SettingArguments arguments(&argument, 1);
      if (sorrel::assign_setting(spec, arguments, false, values)) continue;
      for_each_setting([&](const SettingSpec& other) {
        if (&other == &spec) return;
        if (!sorrel::same_setting(other, values, SettingValues())) {
          FAIL(std::string(spec.name) + " changes " + std::string(other.name));
        }
      });
    }
  });
}

TEST_CASE("yes and no", "[settings]") {
  CHECK(assigned("dynamic-hz", {"No"}) == "no");
  CHECK(assigned("appendonly", {"YES"}) == "yes");
  for (const char* word : {"1", "true", "on", "", "yes "}) {
    CHECK(assigned("dynamic-hz", {word}) == "argument must be 'yes' or 'no'");
  }
}

TEST_CASE("integers have one spelling and bounds", "[settings]") {
  CHECK(assigned("timeout", {"2147483647"}) == "2147483647");
  CHECK(assigned("timeout", {"2147483648"}) ==
        "argument must be between 0 and 2147483647 inclusive");
  CHECK(assigned("timeout", {"-1"}) == "argument must be between 0 and 2147483647 inclusive");
  CHECK(assigned("slowlog-log-slower-than", {"-1"}) == "-1");
  for (const char* word :
       {"", " 5", "5 ", "+5", "05", "0x5", "-0", "5.0", "99999999999999999999"}) {
    CHECK(assigned("timeout", {word}) == "argument couldn't be parsed into an integer");
  }
  CHECK(assigned("timeout", {"1", "2"}) == "wrong number of arguments");
  CHECK(assigned("timeout", {}) == "wrong number of arguments");
}

TEST_CASE("hz is brought into its range", "[settings]") {
  CHECK(assigned("hz", {"0"}) == "1");
  CHECK(assigned("hz", {"501"}) == "500");
  CHECK(assigned("hz", {"-1"}) == "argument must be between 0 and 2147483647 inclusive");
  CHECK(assigned("hz", {"x"}) == "argument couldn't be parsed into an integer");
}

TEST_CASE("memory takes units and never wraps", "[settings]") {
  CHECK(assigned("maxmemory", {"1k"}) == "1000");
  CHECK(assigned("maxmemory", {"1Kb"}) == "1024");
  CHECK(assigned("maxmemory", {"2M"}) == "2000000");
  CHECK(assigned("maxmemory", {"1gb"}) == "1073741824");
  CHECK(assigned("maxmemory", {"7b"}) == "7");
  CHECK(assigned("maxmemory", {""}) == "0");
  CHECK(assigned("maxmemory", {"9223372036854775807"}) == "9223372036854775807");
  for (const char* word : {"9223372036854775808", "18446744073709551616", "99999999999g"}) {
    CHECK(assigned("maxmemory", {word}) ==
          "argument must be between 0 and 9223372036854775807 inclusive");
  }
  for (const char* word : {"1t", "-1", "1.5gb", "1 ", " 1", "gb", "0x10", "1%"}) {
    CHECK(assigned("maxmemory", {word}) == "argument must be a memory value");
  }
  CHECK(assigned("proto-max-bulk-len", {"1"}) ==
        "argument must be between 1048576 and 9223372036854775807 inclusive");
}

TEST_CASE("memory may be a share of maxmemory", "[settings]") {
  CHECK(assigned("maxmemory-clients", {"5%"}) == "5%");
  CHECK(assigned("maxmemory-clients", {"0%"}) == "0");
  CHECK(assigned("maxmemory-clients", {"1mb"}) == "1048576");
  CHECK(assigned("maxmemory-clients", {"101%"}) ==
        "percentage argument must be less or equal to 100");
  for (const char* word : {"%", "-1%", "1.5%", "-5", "x"}) {
    CHECK(assigned("maxmemory-clients", {word}) == "argument must be a memory or percent value");
  }
  CHECK(sorrel::MemoryShare{0, 50}.resolve(1000) == 500);
  CHECK(sorrel::MemoryShare{70, 0}.resolve(1000) == 70);
}

TEST_CASE("words out of a list", "[settings]") {
  CHECK(assigned("maxmemory-policy", {"ALLKEYS-lrm"}) == "allkeys-lrm");
  CHECK(assigned("oom-score-adj", {"relative"}) == "yes");
  CHECK(assigned("maxmemory-policy", {"lru"}) ==
        "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
        "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction, volatile-lrm, "
        "allkeys-lrm");
  CHECK(assigned("shutdown-on-sigterm", {"force", "SAVE"}) == "save force");
  CHECK(assigned("shutdown-on-sigterm", {"default", "save"}) == "save");
  CHECK(assigned("shutdown-on-sigterm", {"save", "nosave"}) ==
        "shutdown options SAVE and NOSAVE can't be used simultaneously");
  CHECK(assigned("shutdown-on-sigterm", {""}) ==
        "argument(s) must be one of the following: default, save, nosave, now, force");
}

TEST_CASE("a file mode is octal", "[settings]") {
  CHECK(assigned("unixsocketperm", {"0770"}) == "770");
  CHECK(assigned("unixsocketperm", {"8"}) == "argument couldn't be parsed as an octal number");
  CHECK(assigned("unixsocketperm", {"-7"}) == "argument must be between 0 and 777 inclusive");
}

TEST_CASE("the letters of notify-keyspace-events are put in order", "[settings]") {
  const auto [letters, shown] = GENERATE(table<std::string, std::string>({
      {"KEA", "AKE"},
      {"KEg$lshzxetd", "AKE"},
      {"mn", "nm"},
      {"KEAn", "AKE"},
      {"KEAm", "AKEm"},
      {"Kz", "zK"},
      {"", ""},
      {"xEx", "xE"},
  }));
  CHECK(assigned("notify-keyspace-events", {letters}) == shown);
  CHECK(assigned("notify-keyspace-events", {letters + "q"}) ==
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
}

TEST_CASE("output buffer limits are set class by class", "[settings]") {
  CHECK(assigned("client-output-buffer-limit", {"replica", "1k", "1kb", "3"}) ==
        "normal 0 0 0 slave 1000 1024 3 pubsub 33554432 8388608 60");
  CHECK(
      assigned("client-output-buffer-limit", {"NORMAL", "1", "1", "1", "normal", "2", "2", "2"}) ==
      "normal 2 2 2 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  CHECK(assigned("client-output-buffer-limit", {"normal", "0", "0"}) ==
        "Wrong number of arguments in buffer limit configuration.");
  CHECK(assigned("client-output-buffer-limit", {"master", "0", "0", "0"}) ==
        "Invalid client class specified in buffer limit configuration.");
  for (const char* seconds : {"-1", "a", "1.5"}) {
    CHECK(assigned("client-output-buffer-limit", {"normal", "0", "0", seconds}) ==
          "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
  }
}

TEST_CASE("percentiles are numbers from 0 to 100", "[settings]") {
  const std::string name = "latency-tracking-info-percentiles";
  CHECK(assigned(name, {"0.1", "100", "12.3456789"}) == "0.1 100 12.345679");
  CHECK(assigned(name, {""}).empty());
  CHECK(assigned(name, {"50", "x"}) == "Invalid latency-tracking-info-percentiles parameters");
  CHECK(assigned(name, {"nan"}) == "Invalid latency-tracking-info-percentiles parameters");
  for (const char* value : {"101", "-1", "inf"}) {
    CHECK(assigned(name, {value}) ==
          "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
  }
}

TEST_CASE("titles, host names and addresses are checked", "[settings]") {
  CHECK(assigned("proc-title-template", {"{title} {port}"}) == "{title} {port}");
  for (const char* text : {"{foo}", "{title", "{}"}) {
    CHECK(assigned("proc-title-template", {text}) ==
          "template format is invalid or contains unknown variables");
  }
  CHECK(assigned("cluster-announce-hostname", {"a.b-c"}) == "a.b-c");
  CHECK(assigned("cluster-announce-hostname", {"a!"}) ==
        "Hostnames may only contain alphanumeric characters, hyphens or dots");
  CHECK(assigned("bind", std::vector<std::string>(17, "a")) ==
        "Too many bind addresses specified.");
  CHECK(assigned("oom-score-adj-values", {"0", "200", "2001"}) ==
        "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
}
