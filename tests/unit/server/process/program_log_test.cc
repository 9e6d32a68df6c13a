#include "server/process/program_log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
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

/// Digits as 9 and months as Mmm: what stays the same of a line.
std::string shape(std::string text) {
  for (const char* month :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
    for (size_t at = text.find(month); at != std::string::npos; at = text.find(month, at)) {
      text.replace(at, 3, "Mmm");
    }
  }
  for (char& c : text) {
    if (c >= '0' && c <= '9') c = '9';
    if (c == '-') c = '+';  // an offset may be either
  }
  return text;
}

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
  REQUIRE(log.open(settings.values()));
  log.say(LogLevel::kNotice, "first");
  log.set_role(ProgramLog::Role::kPrimary);
  log.say(LogLevel::kVerbose, "not this");
  log.say(LogLevel::kWarning, "second");
  const std::string pid = shape(std::to_string(getpid()));
  CHECK(shape(file.content()) == pid + ":C 99 Mmm 9999 99:99:99.999 * first\n" + pid +
                                     ":M 99 Mmm 9999 99:99:99.999 # second\n");
  CHECK(file.content().starts_with(std::to_string(getpid()) + ":C "));
}

TEST_CASE("the log follows its settings, and its file when that is moved away", "[program]") {
  LogFile file;
  Settings settings;
  load(settings, "logfile", file.path());
  ProgramLog log;
  REQUIRE(log.open(settings.values()));
  log.follow(settings);
  log.say(LogLevel::kNotice, "old");
  std::filesystem::rename(file.path(), file.path() + ".1");
  set(settings, "loglevel", "debug");
  set(settings, "log-format", "logfmt");
  set(settings, "log-timestamp-format", "milliseconds");
  log.say(LogLevel::kDebug, "a \"new\"\nline");
  const std::string pid = std::to_string(getpid());
  const std::string logfmt = "pid=" + pid +
                             " role=startup timestamp=\"9999999999999\" level=debug "
                             "message=\"a 'new' line\"\n";
  CHECK(shape(file.content()) == shape(logfmt));
  set(settings, "log-format", "legacy");
  set(settings, "log-timestamp-format", "iso8601");
  log.say(LogLevel::kNotice, "x");
  CHECK(shape(file.content()) ==
        shape(logfmt) + shape(pid) + ":C 9999+99+99T99:99:99.999+9999 * x\n");
}

TEST_CASE("a log file that can't be opened is said before anything is logged", "[program]") {
  Settings settings;
  load(settings, "logfile", "/no/such/directory/log");
  ProgramLog log;
  CHECK(log.open(settings.values()).message() ==
        "Can't open the log file: No such file or directory");
}

}  // namespace
}  // namespace sorrel
