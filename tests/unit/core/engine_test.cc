#include "core/engine.h"

#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>

using namespace sorrel;

TEST_CASE("an engine answers commands without a socket", "[engine]") {
  LocalEngine local;
  REQUIRE(local.run("SET", "key", "value") == "+OK\r\n");
  REQUIRE(local.run("GET", "key") == "$5\r\nvalue\r\n");
  REQUIRE(local.run("get", "nothing") == "$-1\r\n");
  REQUIRE(local.run("DEL", "key", "nothing") == ":1\r\n");
  REQUIRE(local.run("GET", "key") == "$-1\r\n");
}

TEST_CASE("calls that can't be dispatched get Redis's errors", "[engine]") {
  LocalEngine local;
  REQUIRE(local.run("NOSUCH", "a", "b") ==
          "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n");
  REQUIRE(local.run("GET") == "-ERR wrong number of arguments for 'get' command\r\n");
}

TEST_CASE("two engines share nothing", "[engine]") {
  LocalEngine one;
  LocalEngine two;
  one.run("SET", "key", "1");
  REQUIRE(two.run("GET", "key") == "$-1\r\n");
}

TEST_CASE("strings keep their value through every form", "[engine][string]") {
  LocalEngine local;
  for (const size_t size : {0, 1, 43, 44, 45, 255, 256, 1023, 1024, 1025, 70000}) {
    const std::string value(size, 'x');
    local.run("SET", "key", value);
    REQUIRE(local.run("GET", "key") == "$" + std::to_string(size) + "\r\n" + value + "\r\n");
  }
  local.run("SET", "key", "-9223372036854775808");
  REQUIRE(local.run("GET", "key") == "$20\r\n-9223372036854775808\r\n");
  const std::string long_key(300, 'k');
  local.run("SET", long_key, "v");
  REQUIRE(local.run("GET", long_key) == "$1\r\nv\r\n");
}
