#include "core/resp/reply_reader.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sorrel;

namespace {

bool contains(const std::string& text, Bytes part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("INFO has every section, and each field once", "[server]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  local.run("EXPIRE", "a", "100");
  local.run("NOSUCH");
  const std::string info = local.run("INFO", "everything");
  for (const Bytes title : {"# Server", "# Clients", "# Memory", "# Persistence", "# Stats",
                            "# Replication", "# CPU", "# Modules", "# Commandstats", "# Errorstats",
                            "# Latencystats", "# Cluster", "# Keyspace"}) {
    INFO(title);
    CHECK(contains(info, title));
  }
  CHECK(contains(info, "\r\nredis_version:7.2."));
  CHECK(contains(info, "\r\ndb0:keys=1,expires=1,avg_ttl=100000\r\n"));
  CHECK(contains(info, "\r\nerrorstat_ERR:count=1\r\n"));
  CHECK(contains(info, "\r\ncmdstat_set:calls=1,"));
  CHECK(contains(local.run("INFO"), "# Errorstats"));
  CHECK(!contains(local.run("INFO"), "# Commandstats"));
  CHECK(contains(local.run("INFO", "KEYSPACE"), "# Keyspace"));
  CHECK(local.run("INFO", "nosuch") == "$0\r\n\r\n");
  CHECK(local.run("CONFIG", "RESETSTAT") == "+OK\r\n");
  CHECK(!contains(local.run("INFO", "commandstats"), "cmdstat_set"));
}

TEST_CASE("INFO tells what the loop's turns and the commands in them took", "[server]") {
  LocalEngine local;
  const auto fields = [&] {
    const std::string info = local.run("INFO", "stats");
    const size_t from = info.find("eventloop_cycles:");
    return info.substr(from, info.find("\r\nacl_access") - from);
  };
  local.run("CONFIG", "RESETSTAT");
  local.engine.tick();
  local.clock.advance_ms(Rates::kIntervalMs);
  local.engine.begin_turn();
  local.engine.stats().turns = 32;
  local.engine.stats().turn_ns = 3'200'000;
  for (const auto& command : local.engine.commands().all()) {
    if (command->name == "get" || command->name == "exec") command->nanoseconds = 70'000;
  }
  local.engine.tick();
  CHECK(fields() ==
        "eventloop_cycles:32\r\neventloop_duration_sum:3200\r\neventloop_duration_cmd_sum:70\r\n"
        "instantaneous_eventloop_cycles_per_sec:20\r\n"
        "instantaneous_eventloop_duration_usec:100\r\n"
        "client_query_buffer_limit_disconnections:0\r\n"
        "client_output_buffer_limit_disconnections:0");
  local.run("CONFIG", "RESETSTAT");
  CHECK(fields().starts_with("eventloop_cycles:0\r\neventloop_duration_sum:0\r\n"));
}

TEST_CASE("what COMMAND tells of every command is one whole reply", "[server]") {
  LocalEngine local;
  for (const char* version : {"2", "3"}) {
    local.run("HELLO", version);
    for (const char* what : {"INFO", "DOCS", "LIST"}) {
      const Result<Reply> reply = ReplyReader::read_whole(local.run("COMMAND", what));
      INFO("RESP" << version << ", COMMAND " << what << ": " << reply.status().message());
      CHECK(reply);
    }
  }
}

TEST_CASE("CONFIG reads and changes settings", "[server]") {
  LocalEngine local;
  CHECK(local.run("CONFIG", "GET", "maxmemory-policy") ==
        "*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n");
  CHECK(local.run("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", "allkeys-lru") ==
        "+OK\r\n");
  CHECK(local.run("CONFIG", "GET", "maxmemory") ==
        "*2\r\n$9\r\nmaxmemory\r\n$10\r\n1073741824\r\n");
  CHECK(local.run("CONFIG", "SET", "maxmemory") ==
        "-ERR wrong number of arguments for 'config|set' command\r\n");
  CHECK(local.run("CONFIG", "SET", "nosuch", "1").substr(0, 4) == "-ERR");
  CHECK(local.run("CONFIG", "SET", "maxmemory", "2gb", "maxmemory-policy", "bad").substr(0, 4) ==
        "-ERR");
  CHECK(contains(local.run("CONFIG", "GET", "maxmemory"), "1073741824"));
  CHECK(local.run("CONFIG", "REWRITE") == "-ERR The server is running without a config file\r\n");
}

TEST_CASE("slow and large calls are logged, newest first", "[server]") {
  LocalEngine local;
  local.run("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "2");
  local.run("SLOWLOG", "RESET");
  local.run("SET", "a", std::string(200, 'x'));
  local.run("SET", "b", "2");
  CHECK(local.run("SLOWLOG", "LEN") == ":2\r\n");
  const std::string log = local.run("SLOWLOG", "GET", "-1");
  CHECK(contains(log, "SLOWLOG"));
  local.run("CONFIG", "SET", "slowlog-log-slower-than", "-1", "commandlog-request-larger-than",
            "150", "commandlog-reply-larger-than", "150");
  local.run("SET", "a", std::string(200, 'x'));
  local.run("GET", "a");
  CHECK(contains(local.run("COMMANDLOG", "GET", "-1", "large-request"), "... (72 more bytes)"));
  // GET's, and that of COMMANDLOG GET itself.
  CHECK(local.run("COMMANDLOG", "LEN", "large-reply") == ":2\r\n");
  CHECK(local.run("COMMANDLOG", "RESET", "large-reply") == "+OK\r\n");
  CHECK(local.run("COMMANDLOG", "LEN", "large-reply") == ":0\r\n");
  CHECK(local.run("COMMANDLOG", "LEN", "other") ==
        "-ERR type should be one of the following: slow, large-request, large-reply\r\n");
}

TEST_CASE("the latency of commands has a histogram", "[server]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  CHECK(
      local.run("LATENCY", "HISTOGRAM", "set") ==
      "*2\r\n$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n");
  CHECK(local.run("LATENCY", "HISTOGRAM", "nosuch") == "*0\r\n");
  local.engine.latency().set_threshold(10);
  local.engine.latency().add("command", 50, 1);
  local.engine.latency().add("command", 20, 1);
  local.engine.latency().add("command", 30, 2);
  CHECK(local.run("LATENCY", "LATEST") == "*1\r\n*4\r\n$7\r\ncommand\r\n:2\r\n:30\r\n:50\r\n");
  CHECK(contains(local.run("LATENCY", "GRAPH", "command"), "high 50 ms, low 30 ms"));
  CHECK(local.run("LATENCY", "RESET") == ":1\r\n");
  CHECK(local.run("LATENCY", "GRAPH", "command") ==
        "-ERR No samples available for event 'command'\r\n");
}

TEST_CASE("DEBUG is refused unless allowed, and its digest is Redis's", "[server]") {
  LocalEngine local;
  CHECK(local.run("DEBUG", "DIGEST").substr(0, 30) == "-ERR DEBUG command not allowed");
  const std::string yes[] = {"yes"};
  REQUIRE(local.settings.load("enable-debug-command", yes));
  CHECK(local.run("DEBUG", "DIGEST") == "+0000000000000000000000000000000000000000\r\n");
  local.run("SET", "a", "b");
  CHECK(local.run("DEBUG", "DIGEST") == "+479783d7290f02957dfbe3408a858ba13eea1709\r\n");
  local.session.db = 1;
  local.run("SET", "c", "123");
  local.run("EXPIRE", "c", "1000");
  CHECK(local.run("DEBUG", "DIGEST") == "+c03ee0c4ac115ddca8f7120b07bc7e45a3ea7140\r\n");
  CHECK(local.run("DEBUG", "DIGEST-VALUE", "c") ==
        "*1\r\n+6f720be4ac4df2a2a7c35fa640511a20a52ceda8\r\n");
  CHECK(local.run("DEBUG", "POPULATE", "10", "p", "20") == "+OK\r\n");
  CHECK(local.run("STRLEN", "p:9") == ":20\r\n");
}

namespace {

/// One number and one text, and one number that can only be set.
class TwoControls final : public AllocatorControls {
 public:
  Result<std::optional<int64_t>> number(const std::string& name,
                                        std::optional<int64_t> value) override {
    if (name == "purge" && value) return std::optional<int64_t>();
    if (name != "decay") return Status::failure("No such file or directory");
    return std::optional<int64_t>(std::exchange(decay_, value.value_or(decay_)));
  }
  Result<std::optional<std::string>> text(const std::string& name,
                                          std::optional<std::string> value) override {
    if (name != "prefix") return Status::failure("No such file or directory");
    if (!value) return std::optional<std::string>(prefix_);
    prefix_ = *value;
    return std::optional<std::string>();
  }

 private:
  int64_t decay_ = 7;
  std::string prefix_ = "jeprof";
};

}  // namespace

TEST_CASE("DEBUG MALLCTL reads and sets the allocator's controls", "[server]") {
  LocalEngine local;
  REQUIRE(local.settings.load("enable-debug-command", std::vector<std::string>{"yes"}).is_ok());
  CHECK(local.run("DEBUG", "MALLCTL", "decay") ==
        "-ERR The server's allocator has no controls\r\n");
  CHECK(local.run("DEBUG", "MALLCTL-STR", "prefix") ==
        "-ERR The server's allocator has no controls\r\n");
  TwoControls controls;
  local.host.controls = &controls;
  CHECK(local.run("DEBUG", "MALLCTL", "decay") == ":7\r\n");
  CHECK(local.run("DEBUG", "MALLCTL", "decay", "9") == ":7\r\n");
  CHECK(local.run("DEBUG", "MALLCTL", "decay") == ":9\r\n");
  CHECK(local.run("DEBUG", "MALLCTL", "decay", "x") ==
        "-ERR value is not an integer or out of range\r\n");
  CHECK(local.run("DEBUG", "MALLCTL", "purge", "1") == "+OK\r\n");
  CHECK(local.run("DEBUG", "MALLCTL", "prefix") == "-ERR No such file or directory\r\n");
  CHECK(local.run("DEBUG", "MALLCTL-STR", "prefix") == "$6\r\njeprof\r\n");
  CHECK(local.run("DEBUG", "MALLCTL-STR", "prefix", "a") == "+OK\r\n");
  CHECK(local.run("DEBUG", "MALLCTL-STR", "prefix") == "$1\r\na\r\n");
  CHECK(local.run("DEBUG", "MALLCTL-STR", "decay") == "-ERR No such file or directory\r\n");
}
