#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("DEL, UNLINK, EXISTS and TOUCH count keys", "[keys]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  local.run("SET", "b", "2");
  CHECK(local.run("EXISTS", "a", "b", "a", "c") == ":3\r\n");
  CHECK(local.run("TOUCH", "a", "c") == ":1\r\n");
  CHECK(local.run("DEL", "a", "a", "c") == ":1\r\n");
  CHECK(local.run("UNLINK", "b") == ":1\r\n");
  CHECK(local.run("DBSIZE") == ":0\r\n");
}

TEST_CASE("RENAME moves value and expiry, and replaces what was there", "[keys]") {
  LocalEngine local;
  CHECK(local.run("RENAME", "a", "b") == "-ERR no such key\r\n");
  const std::string big(5000, 'x');
  local.run("SET", "a", big);
  local.run("EXPIRE", "a", "100");
  local.run("SET", "b", "old");
  CHECK(local.run("RENAMENX", "a", "b") == ":0\r\n");
  CHECK(local.run("RENAME", "a", "b") == "+OK\r\n");
  CHECK(local.run("GET", "b") == "$5000\r\n" + big + "\r\n");
  CHECK(local.run("TTL", "b") == ":100\r\n");
  CHECK(local.run("EXISTS", "a") == ":0\r\n");
  CHECK(local.run("RENAME", "b", "b") == "+OK\r\n");
  CHECK(local.run("RENAMENX", "b", "b") == ":0\r\n");
  CHECK(local.run("RENAMENX", "b", "c") == ":1\r\n");
}

TEST_CASE("COPY and MOVE reach other databases", "[keys]") {
  LocalEngine local;
  const std::string big(5000, 'x');
  local.run("SET", "a", big);
  CHECK(local.run("COPY", "a", "a") == "-ERR source and destination objects are the same\r\n");
  CHECK(local.run("COPY", "a", "b") == ":1\r\n");
  CHECK(local.run("COPY", "a", "b") == ":0\r\n");
  CHECK(local.run("COPY", "a", "b", "REPLACE") == ":1\r\n");
  CHECK(local.run("COPY", "a", "a", "DB", "3") == ":1\r\n");
  CHECK(local.run("COPY", "a", "a", "DB", "16") == "-ERR DB index is out of range\r\n");
  CHECK(local.run("MOVE", "a", "0") == "-ERR source and destination objects are the same\r\n");
  CHECK(local.run("MOVE", "a", "3") == ":0\r\n");
  CHECK(local.run("MOVE", "a", "4") == ":1\r\n");
  CHECK(local.run("EXISTS", "a", "b") == ":1\r\n");
  local.session.db = 4;
  CHECK(local.run("GET", "a") == "$5000\r\n" + big + "\r\n");
}

TEST_CASE("keys expire lazily and actively", "[keys][expire]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  CHECK(local.run("TTL", "a") == ":-1\r\n");
  CHECK(local.run("TTL", "b") == ":-2\r\n");
  CHECK(local.run("PEXPIRE", "a", "1500") == ":1\r\n");
  CHECK(local.run("TTL", "a") == ":2\r\n");
  CHECK(local.run("PTTL", "a") == ":1500\r\n");
  CHECK(local.run("PEXPIRE", "a", "1400", "GT") == ":0\r\n");
  CHECK(local.run("PEXPIRE", "a", "1400", "LT") == ":1\r\n");
  CHECK(local.run("EXPIRE", "a", "10", "NX", "XX") ==
        "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n");
  CHECK(local.run("EXPIRE", "a", "9223372036854775807") ==
        "-ERR invalid expire time in 'expire' command\r\n");
  local.clock.advance_ms(1399);
  CHECK(local.run("GET", "a") == "$1\r\n1\r\n");
  local.clock.advance_ms(1);
  CHECK(local.run("GET", "a") == "$-1\r\n");
  CHECK(local.engine.stats().expired_keys == 1);

  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    local.run("SET", key, "v");
    local.run("PEXPIRE", key, std::to_string(10 + i));
  }
  local.clock.advance_ms(59);
  local.engine.begin_turn();
  while (local.engine.tick()) {
  }
  CHECK(local.run("DBSIZE") == ":50\r\n");
  CHECK(local.run("EXPIRE", "k99", "-1") == ":1\r\n");
  CHECK(local.run("PERSIST", "k98") == ":1\r\n");
  CHECK(local.run("PERSIST", "k98") == ":0\r\n");
  CHECK(local.run("EXISTS", "k98", "k99") == ":1\r\n");
}

TEST_CASE("a key all of whose elements are due is nowhere, but for DBSIZE", "[keys][expire]") {
  LocalEngine local;
  local.run("HSET", "h", "f", "v", "g", "v");
  local.run("HPEXPIRE", "h", "10", "FIELDS", "2", "f", "g");
  local.run("SADD", "s", "a");
  local.run("SPEXPIRE", "s", "10", "MEMBERS", "1", "a");
  CHECK(local.run("KEYS", "h") == "*1\r\n$1\r\nh\r\n");
  local.clock.advance_ms(10);
  CHECK(local.run("KEYS", "*") == "*0\r\n");
  CHECK(local.run("DBSIZE") == ":2\r\n");
  // Who looks at the key takes it out.
  CHECK(local.run("SCAN", "0", "MATCH", "h") == "*2\r\n$1\r\n0\r\n*0\r\n");
  CHECK(local.run("DBSIZE") == ":1\r\n");
  CHECK(local.run("RANDOMKEY") == "$-1\r\n");
  CHECK(local.run("DBSIZE") == ":0\r\n");
  // One that has an element left is there.
  local.run("HSET", "h", "f", "v", "g", "v");
  local.run("HPEXPIRE", "h", "10", "FIELDS", "1", "f");
  local.clock.advance_ms(10);
  CHECK(local.run("KEYS", "*") == "*1\r\n$1\r\nh\r\n");
  CHECK(local.run("RANDOMKEY") == "$1\r\nh\r\n");
}

TEST_CASE("FLUSHALL and SWAPDB work on databases", "[keys]") {
  LocalEngine local;
  local.run("SET", "a", "1");
  CHECK(local.run("SWAPDB", "0", "1") == "+OK\r\n");
  CHECK(local.run("DBSIZE") == ":0\r\n");
  local.session.db = 1;
  CHECK(local.run("GET", "a") == "$1\r\n1\r\n");
  CHECK(local.run("FLUSHALL", "NOW") == "-ERR syntax error\r\n");
  CHECK(local.run("FLUSHALL", "ASYNC") == "+OK\r\n");
  CHECK(local.run("DBSIZE") == ":0\r\n");
  CHECK(local.run("SWAPDB", "0", "x") == "-ERR invalid second DB index\r\n");
}

TEST_CASE("OBJECT tells the encoding", "[keys]") {
  LocalEngine local;
  local.run("SET", "a", "12");
  CHECK(local.run("OBJECT", "ENCODING", "a") == "$3\r\nint\r\n");
  local.run("SET", "a", std::string(44, 'x'));
  CHECK(local.run("OBJECT", "ENCODING", "a") == "$6\r\nembstr\r\n");
  local.run("SET", "a", std::string(45, 'x'));
  CHECK(local.run("OBJECT", "ENCODING", "a") == "$3\r\nraw\r\n");
  CHECK(local.run("OBJECT", "NOSUCH") == "-ERR unknown subcommand 'NOSUCH'. Try OBJECT HELP.\r\n");
}
