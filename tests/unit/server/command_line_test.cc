#include "server/command_line.h"

#include <catch2/catch.hpp>

using sorrel::CommandLine;
using sorrel::ConfigFiles;
using sorrel::Result;
using sorrel::Settings;
using sorrel::Status;

namespace {

using Arguments = std::vector<std::string>;

std::string options(const Arguments& arguments) {
  return sorrel::parse_command_line(arguments).options;
}

class OneFile final : public ConfigFiles {
 public:
  Result<std::string> read(const std::string& path) override {
    if (path == "my.conf") return std::string("port 1\ntimeout 1\nhz 1\n");
    return Status::failure("can't open config file '" + path + "': No such file or directory");
  }
  std::vector<std::string> expand(const std::string&) override { return {}; }
};

struct Start {
  Settings settings;
  std::string load(const Arguments& arguments) {
    OneFile files;
    const auto problem = sorrel::load_configuration(
        sorrel::parse_command_line(arguments), files,
        [] { return Result<std::string>("timeout 2\nhz 2\n"); }, settings);
    return problem ? problem->sentence() : "OK";
  }
  std::string get(sorrel::Bytes name) { return settings.get_one(name).value_or("?"); }
};

}  // namespace

TEST_CASE("options become configuration lines", "[command_line]") {
  CHECK(options({"--port", "7777", "--appendonly", "yes"}) ==
        "port \"7777\" \nappendonly \"yes\" ");
  CHECK(options({"--port 7777", "--hz", "5"}) == "port 7777 \nhz \"5\" ");
  CHECK(options({"--bind", "127.0.0.1", "::1"}) == "bind \"127.0.0.1\" \"::1\" ");
  CHECK(options({"--requirepass", "--secret"}) == "requirepass \"--secret\" ");
  CHECK(options({"--save", ""}) == "save \"\" ");
  CHECK(options({"--save", "--hz", "5"}) == "save \"\" \nhz \"5\" ");
  CHECK(options({"--save"}) == "save \"\" ");
  CHECK(options({"-p", "1"}) == "\"-p\" \"1\" ");
}

TEST_CASE("a command line names a file, standard input, or a request", "[command_line]") {
  const auto parse = [](const Arguments& arguments) {
    return sorrel::parse_command_line(arguments);
  };
  CHECK(parse({}).config_file.empty());
  CHECK(parse({"a.conf"}).config_file == "a.conf");
  CHECK(parse({"a.conf", "--port", "1"}).options == "port \"1\" ");
  CHECK(parse({"-"}).reads_stdin);
  CHECK(parse({"-", "--port", "1"}).reads_stdin);
  CHECK(parse({"a.conf", "--port", "1", "-"}).reads_stdin);
  CHECK_FALSE(parse({"--port", "-", "--hz", "1"}).reads_stdin);
  CHECK(parse({"-v"}).request == CommandLine::Request::kShowVersion);
  CHECK(parse({"--version"}).request == CommandLine::Request::kShowVersion);
  CHECK(parse({"--help"}).request == CommandLine::Request::kShowHelp);
  CHECK(parse({"--port", "1"}).request == CommandLine::Request::kServe);
}

TEST_CASE("options win over standard input, and that over the file", "[command_line]") {
  Start start;
  CHECK(start.load({"my.conf", "--hz", "3", "--bind", "127.0.0.1", "::1", "-"}) == "OK");
  CHECK(start.get("port") == "1");
  CHECK(start.get("timeout") == "2");
  CHECK(start.get("hz") == "3");
  CHECK(start.get("bind") == "127.0.0.1 ::1");
}

TEST_CASE("a bad option is reported as such", "[command_line]") {
  CHECK(Start().load({"--port", "1", "--nosuch", "1"}) ==
        "from the command line, line 2: 'nosuch \"1\"': Bad directive or wrong number of "
        "arguments");
  CHECK(Start().load({"--port"}) ==
        "from the command line, line 1: 'port': wrong number of arguments");
  CHECK(Start().load({"none.conf"}) ==
        "file none.conf: can't open config file 'none.conf': No such file or directory");
}
