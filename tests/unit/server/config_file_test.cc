#include "server/config_file.h"

#include "core/settings/config_example.h"

#include <catch2/catch.hpp>
#include <map>

using sorrel::ConfigProblem;
using sorrel::ConfigReader;
using sorrel::Result;
using sorrel::Settings;
using sorrel::Status;

namespace {

/// Files in memory; a pattern is a prefix followed by a star.
class MemoryFiles final : public sorrel::ConfigFiles {
 public:
  std::map<std::string, std::string> files;
  Result<std::string> read(const std::string& path) override {
    const auto file = files.find(path);
    if (file == files.end()) return Status::failure("no such file");
    return file->second;
  }
  std::vector<std::string> expand(const std::string& pattern) override {
    const std::string prefix = pattern.substr(0, pattern.find('*'));
    std::vector<std::string> paths;
    for (const auto& [path, text] : files) {
      if (path.starts_with(prefix)) paths.push_back(path);
    }
    return paths;
  }
};

struct Reading {
  Settings settings;
  MemoryFiles files;
  std::string read(const std::string& text) {
    const auto problem = ConfigReader(settings, files).read_text(text, "file main");
    return problem ? problem->sentence() : "OK";
  }
  std::string get(sorrel::Bytes name) { return settings.get_one(name).value_or("?"); }
};

}  // namespace

TEST_CASE("a configuration file sets what it says", "[config_file]") {
  Reading r;
  CHECK(r.read("# a comment\n\n  \t# indented\n\tTimeout 5 \r\nhz 1000\r\nmaxmemory 2mb\n"
               "requirepass \"a \\x41\\\"b\"\nsyslog-ident 'it\\'s'\nport 1\nport 7777") == "OK");
  CHECK(r.get("timeout") == "5");
  CHECK(r.get("hz") == "500");
  CHECK(r.get("maxmemory") == "2097152");
  CHECK(r.get("requirepass") == "a A\"b");
  CHECK(r.get("syslog-ident") == "it's");
  CHECK(r.get("port") == "7777");
}

TEST_CASE("lists add up or are replaced as Redis has it", "[config_file]") {
  const auto [text, name, value] = GENERATE(table<std::string, std::string, std::string>({
      {"save 1 2\nsave 3 4\nsave \"5 6 7 8\"", "save", "1 2 3 4 5 6 7 8"},
      {"save \"\"\nsave 1 2", "save", "1 2"},
      {"save 1 2\nsave \"\"", "save", ""},
      {"timeout 1", "save", "3600 1 300 100 60 10000"},
      {"bind 127.0.0.1 ::1\nbind 127.0.0.1", "bind", "127.0.0.1"},
      {"bind \"127.0.0.1 -::1\"", "bind", "127.0.0.1 -::1"},
      {"bind \"\"", "bind", ""},
      {"client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit \"pubsub 1kb 2 3\"",
       "client-output-buffer-limit", "normal 1 2 3 slave 268435456 67108864 60 pubsub 1024 2 3"},
      {"shutdown-on-sigint save force", "shutdown-on-sigint", "save force"},
      {"latency-tracking-info-percentiles \"\"", "latency-tracking-info-percentiles", ""},
      {"oom-score-adj-values 1 2 3", "oom-score-adj-values", "1 2 3"},
      {"replicaof no one", "replicaof", ""},
      {"replicaof host 6379", "slaveof", "host 6379"},
      {"list-max-ziplist-entries 5\nlua-replicate-commands yes", "timeout", "0"},
      {"hash-max-ziplist-entries 3\nhash-max-listpack-entries 4", "hash-max-ziplist-entries", "4"},
  }));
  Reading r;
  CAPTURE(text);
  CHECK(r.read(text) == "OK");
  CHECK(r.get(name) == value);
}

TEST_CASE("a problem is named with its line and Redis's reason", "[config_file]") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {"save 1 2 3", "Invalid save parameters"},
      {"timeout 1 2", "wrong number of arguments"},
      {"timeout", "wrong number of arguments"},
      {"timeout 5 # x", "wrong number of arguments"},
      {"shutdown-on-sigint",
       "argument(s) must be one of the following: default, save, nosave, now, force"},
      {"nosuch 1", "Bad directive or wrong number of arguments"},
      {"timeout abc", "argument couldn't be parsed into an integer"},
      {"timeout \"5", "Unbalanced quotes in configuration line"},
      {"timeout \"5\"6", "Unbalanced quotes in configuration line"},
      {"list-max-ziplist-entries 5 6", "Bad directive or wrong number of arguments"},
      {"rename-command GET", "Bad directive or wrong number of arguments"},
      {"include", "Bad directive or wrong number of arguments"},
      {"loadmodule", "Bad directive or wrong number of arguments"},
      {"user", "Bad directive or wrong number of arguments"},
      {"unixsocketperm 9", "argument couldn't be parsed as an octal number"},
      {"unixsocketperm 1000", "argument must be between 0 and 777 inclusive"},
      {"replicaof 127.0.0.1 99999", "Invalid master port"},
      {"replicaof a", "wrong number of arguments"},
      {"appendfilename a/b", "appendfilename can't be a path, just a filename"},
      {"dbfilename a/b", "dbfilename can't be a path, just a filename"},
      {"appenddirname a/b", "appenddirname can't be a path, just a dirname"},
      {"appenddirname \"\"", "appenddirname can't be empty"},
      {"backupdirname a/b", "backupdirname can't be a path, just a dirname"},
      {"backupdirname .", "backupdirname must name a directory of its own"},
      {"preload-file dump.rdb", "preload-file must be aof:<path> or rdb:<path>"},
      {"databases 0", "argument must be between 1 and 2147483647 inclusive"},
      {"socket-mark-id -1", "argument must be between 0 and 4294967295 inclusive"},
      {"enable-debug-command foo", "argument(s) must be one of the following: no, yes, local"},
      {"supervised foo", "argument(s) must be one of the following: upstart, systemd, auto, no"},
      {"notify-keyspace-events \"\" x", "wrong number of arguments"},
      {"maxmemory-clients 5%%", "argument must be a memory or percent value"},
  }));
  Reading r;
  CHECK(r.read("# one\n" + text + "\nport 1") == "file main, line 2: '" + text + "': " + reason);
  CHECK(r.get("port") == "6379");  // reading stopped there
}

TEST_CASE("the fatal report has redis-server's shape", "[config_file]") {
  const ConfigProblem in_line = {"file /etc/x.conf", 7, "timeout abc", "because"};
  CHECK(in_line.fatal_report("Sorrel 1.2") ==
        "\n*** FATAL CONFIG FILE ERROR (Sorrel 1.2) ***\n"
        "Reading the configuration file /etc/x.conf, at line 7\n"
        ">>> 'timeout abc'\nbecause\n");
  const ConfigProblem whole = {"file /etc/x.conf", 0, "", "no such file"};
  CHECK(whole.fatal_report("Sorrel 1.2") ==
        "\n*** FATAL CONFIG FILE ERROR (Sorrel 1.2) ***\n"
        "Reading the configuration file /etc/x.conf\nno such file\n");
}

TEST_CASE("include reads other files where it stands", "[config_file]") {
  Reading r;
  r.files.files = {{"a.conf", "timeout 1\nport 1"}, {"d/1.conf", "port 2"}, {"d/2.conf", "hz x"}};
  CHECK(r.read("include a.conf\nport 3\ninclude none*") == "OK");
  CHECK(r.get("timeout") == "1");
  CHECK(r.get("port") == "3");
  CHECK(r.read("include d/*") ==
        "file d/2.conf, line 1: 'hz x': argument couldn't be parsed into an integer");
  CHECK(r.get("port") == "2");
  CHECK(r.read("include nosuch") == "file nosuch: no such file");
}

TEST_CASE("a configuration is bounded", "[config_file]") {
  Reading r;
  r.files.files = {{"self", "include self"}};
  CHECK(r.read("include self") ==
        "file self, line 1: 'include self': Files include each other too deeply");
  const std::string longest(sorrel::kConfigLineBytesMax - 20, 'x');
  CHECK(r.read("requirepass " + longest) == "OK");
  CHECK_THAT(r.read("requirepass " + longest + longest),
             Catch::EndsWith("The line is longer than 1048576 bytes"));
  CHECK(r.read(std::string("timeout 1\0 2", 12)) ==
        std::string("file main, line 1: 'timeout 1\0 2': The line contains a zero byte", 64));
}

TEST_CASE("dir is kept as the resolver gives it", "[config_file]") {
  Reading r;
  r.settings.resolve_directories_with([](sorrel::Bytes path) -> Result<std::string> {
    if (path == "gone") return Status::failure("No such file or directory");
    return "/abs/" + std::string(path);
  });
  CHECK(r.read("dir here") == "OK");
  CHECK(r.get("dir") == "/abs/here");
  CHECK(r.read("dir gone") == "file main, line 1: 'dir gone': No such file or directory");
}

TEST_CASE("redis.conf.example gives exactly the defaults", "[config_file]") {
  Reading r;
  CHECK(r.read(sorrel::config_example()) == "OK");
  const std::vector<sorrel::Bytes> everything = {"*"};
  CHECK(r.settings.get(everything) == Settings().get(everything));
}
