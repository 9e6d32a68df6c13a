#include "server/process/program_log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace sorrel {
namespace {

class LogFile {
 public:
  LogFile() { std::filesystem::create_directory(directory_); }
  ~LogFile() { std::filesystem::remove_all(directory_); }
  std::string path() const { return (directory_ / "log").string(); }
  std::string content() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("sorrel-log-" + std::to_string(getpid()));
};

void load(Settings& settings, const std::string& name, const std::string& value) {
  REQUIRE(settings.load(name, SettingArguments(&value, 1)));
}

void set(Settings& settings, const std::string& name, const std::string& value) {
  const Settings::NamedValue assignment(name, value);
  REQUIRE_FALSE(settings.set_many(std::span(&assignment, 1)));
}

TEST_CASE("a log line has pid, role, time, level and text", "[program]") {
  LogFile file;
  Settings settings;
  load(settings, "logfile", file.path());
  ProgramLog log;
  REQUIRE(log.open(settings));
  log.say(LogLevel::kNotice, "first");
  log.set_role(ProgramLog::Role::kPrimary);
  log.say(LogLevel::kVerbose, "not this");
  log.say(LogLevel::kWarning, "second");
  const std::string pid = std::to_string(getpid());
  const std::string time = R"(\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3})";
  const std::regex expected(pid + ":C " + time + R"( \* first\n)" + pid + ":M " + time +
                            R"( # second\n)");
  INFO(file.content());
  CHECK(std::regex_match(file.content(), expected));
}

TEST_CASE("the log follows its settings, and its file when that is moved away", "[program]") {
  LogFile file;
  Settings settings;
  load(settings, "logfile", file.path());
  ProgramLog log;
  REQUIRE(log.open(settings));
  log.say(LogLevel::kNotice, "old");
  std::filesystem::rename(file.path(), file.path() + ".1");
  set(settings, "loglevel", "debug");
  set(settings, "log-format", "logfmt");
  set(settings, "log-timestamp-format", "milliseconds");
  log.say(LogLevel::kDebug, "a \"new\"\nline");
  const std::regex expected("pid=" + std::to_string(getpid()) +
                            R"( role=startup timestamp="\d{13}" level=debug )" +
                            R"(message="a 'new' line"\n)");
  INFO(file.content());
  CHECK(std::regex_match(file.content(), expected));
  set(settings, "log-format", "legacy");
  set(settings, "log-timestamp-format", "iso8601");
  log.say(LogLevel::kNotice, "x");
  CHECK(std::regex_search(
      file.content(), std::regex(R"(:C \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4} \* x\n)")));
}

TEST_CASE("a log file that can't be opened is said before anything is logged", "[program]") {
  Settings settings;
  load(settings, "logfile", "/no/such/directory/log");
  ProgramLog log;
  CHECK(log.open(settings).message() == "Can't open the log file: No such file or directory");
}

}  // namespace
}  // namespace sorrel
