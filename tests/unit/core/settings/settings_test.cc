#include "core/settings/settings.h"

#include <catch2/catch.hpp>

using sorrel::Settings;
using sorrel::SettingValues;

namespace {

using Pairs = std::vector<Settings::NamedValue>;

std::string set(Settings& settings, const Pairs& pairs, Settings::Caller caller = {}) {
  return settings.set_many(pairs, caller).value_or("OK");
}

std::string load(Settings& settings, std::string_view name, std::vector<std::string> arguments) {
  const sorrel::Status status = settings.load(name, arguments);
  return status.is_ok() ? "OK" : status.message();
}

}  // namespace

TEST_CASE("CONFIG SET changes all or nothing", "[settings]") {
  Settings settings;
  CHECK(set(settings, {{"maxmemory", "100mb"}, {"timeout", "5"}}) == "OK");
  CHECK(settings.values().maxmemory == 104857600);
  CHECK(settings.values().timeout == 5);
  CHECK(set(settings, {{"maxmemory", "1"}, {"timeout", "x"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be "
        "parsed into an integer");
  CHECK(settings.values().maxmemory == 104857600);
}

TEST_CASE("CONFIG SET names what is wrong as Redis does", "[settings]") {
  Settings settings;
  CHECK(set(settings, {{"zz", "1"}}) ==
        "ERR Unknown option or number of arguments for CONFIG SET - 'zz'");
  CHECK(set(settings, {{"TCP-backlog", "1"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'TCP-backlog') - can't set immutable "
        "config");
  CHECK(set(settings, {{"timeout", "1"}, {"TIMEOUT", "2"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter");
  CHECK(set(settings, {{"PORT", "65536"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'port') - argument must be between 0 "
        "and 65535 inclusive");
  CHECK(set(settings, {{"hash-max-ziplist-entries", "1"}, {"hash-max-listpack-entries", "2"}}) ==
        "OK");
  CHECK(settings.values().hash_max_listpack_entries == 2);
}

TEST_CASE("a refused change is undone for those who followed it", "[settings]") {
  Settings settings;
  std::vector<int64_t> followed;
  settings.on_change({"port", "bind"}, [&](const SettingValues&, const SettingValues& after) {
    followed.push_back(after.port);
    return std::nullopt;
  });
  settings.on_change({"maxclients"},
                     [&](const SettingValues&, const SettingValues&) -> sorrel::SettingRefusal {
                       return "no such luck";
                     });
  CHECK(set(settings, {{"port", "7000"}}) == "OK");
  CHECK(set(settings, {{"port", "7000"}}) == "OK");  // no change, nobody is told
  CHECK(set(settings, {{"port", "7001"}, {"maxclients", "5"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'maxclients') - no such luck");
  CHECK(followed == std::vector<int64_t>{7000, 7001, 7000});
  CHECK(settings.values().port == 7000);
  CHECK(settings.values().maxclients == 10000);
}

TEST_CASE("a directive at start may be immutable and gives a bare reason", "[settings]") {
  Settings settings;
  CHECK(load(settings, "TCP-backlog", {"7"}) == "OK");
  CHECK(settings.values().tcp_backlog == 7);
  CHECK(load(settings, "timeout", {"1", "2"}) == "wrong number of arguments");
  CHECK(load(settings, "timeout", {}) == "wrong number of arguments");
  CHECK(load(settings, "nosuch", {"1"}) == "Bad directive or wrong number of arguments");
  CHECK(load(settings, "activedefrag", {"maybe"}) == "argument must be 'yes' or 'no'");
}

TEST_CASE("what is set but not served yet is known", "[settings]") {
  Settings settings;
  CHECK(settings.unserved() == std::vector<std::string_view>{});
  CHECK(load(settings, "crash-memcheck-enabled", {"no"}) == "OK");
  CHECK(load(settings, "mptcp", {"no"}) == "OK");
  CHECK(load(settings, "save", {""}) == "OK");  // asks for nothing
  CHECK(settings.unserved() == std::vector<std::string_view>{"crash-memcheck-enabled"});
}

TEST_CASE("CONFIG GET takes globs and answers every name once", "[settings]") {
  Settings settings;
  const auto get = [&](std::vector<sorrel::Bytes> patterns) { return settings.get(patterns); };
  CHECK(get({"maxmemory-pol*", "maxmemory-policy"}) == Pairs{{"maxmemory-policy", "noeviction"}});
  CHECK(get({"MaxMemory"}) == Pairs{{"MaxMemory", "0"}});
  CHECK(get({"hash-max-*-VALUE"}) ==
        Pairs{{"hash-max-listpack-value", "64"}, {"hash-max-ziplist-value", "64"}});
  CHECK(get({"watchdog*"}).empty());
  CHECK(get({"watchdog-period"}) == Pairs{{"watchdog-period", "0"}});
  CHECK(get({"nosuch", "rename-command", "user"}).empty());
}

TEST_CASE("some settings can't change while data is loading", "[settings]") {
  Settings settings;
  const Settings::Caller loading = {true, true};
  CHECK(set(settings, {{"zz", "1"}, {"appendonly", "yes"}}, loading) ==
        "LOADING Redis is loading the dataset in memory");
  CHECK(set(settings, {{"timeout", "1"}}, loading) == "OK");
  CHECK(set(settings, {{"appendonly", "yes"}}) == "OK");
}

TEST_CASE("settings that name files follow enable-protected-configs", "[settings]") {
  const std::string refusal =
      "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected "
      "config";
  const auto [permission, local, remote] =
      GENERATE_REF(table<std::string, std::string, std::string>(
          {{"no", refusal, refusal}, {"local", "OK", refusal}, {"yes", "OK", "OK"}}));
  Settings settings;
  CHECK(load(settings, "enable-protected-configs", {permission}) == "OK");
  CHECK(set(settings, {{"dbfilename", "x"}}, {true, false}) == local);
  CHECK(set(settings, {{"dbfilename", "x"}}, {false, false}) == remote);
}
