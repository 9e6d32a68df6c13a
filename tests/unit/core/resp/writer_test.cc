#include "core/resp/writer.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

using namespace sorrel;

namespace {

template <typename Write>
std::string written(Protocol protocol, Write&& write) {
  Output output;
  ReplyWriter reply(output, protocol);
  write(reply);
  return output.to_string();
}

// The same reply in RESP2 and RESP3.
template <typename Write>
void expect(Write&& write, const std::string& resp2, const std::string& resp3) {
  CHECK(written(Protocol::kResp2, write) == resp2);
  CHECK(written(Protocol::kResp3, write) == resp3);
}
template <typename Write>
void expect(Write&& write, const std::string& both) {
  expect(write, both, both);
}

}  // namespace

TEST_CASE("lines", "[writer]") {
  expect([](ReplyWriter& w) { w.ok(); }, "+OK\r\n");
  expect([](ReplyWriter& w) { w.simple("PONG"); }, "+PONG\r\n");
  expect([](ReplyWriter& w) { w.error("ERR no such key"); }, "-ERR no such key\r\n");
  expect([](ReplyWriter& w) { w.error("ERR a\r\nb\n+OK\rc"); }, "-ERR a  b +OK c\r\n");
  expect([](ReplyWriter& w) { w.simple("a\nb"); }, "+a b\r\n");
  expect([](ReplyWriter& w) { w.error(""); }, "-\r\n");
}

TEST_CASE("integers", "[writer]") {
  for (const int64_t value :
       {int64_t{0}, int64_t{7}, int64_t{10}, int64_t{99}, int64_t{100}, int64_t{255}, int64_t{256},
        int64_t{65536}, int64_t{-1}, int64_t{-255}, std::numeric_limits<int64_t>::max(),
        std::numeric_limits<int64_t>::min()}) {
    const std::string digits = std::to_string(value);
    expect([=](ReplyWriter& w) { w.integer(value); }, ":" + digits + "\r\n");
    expect([=](ReplyWriter& w) { w.bulk_integer(value); },
           "$" + std::to_string(digits.size()) + "\r\n" + digits + "\r\n");
  }
  for (int64_t value = 0; value < 1000; ++value) {
    REQUIRE(written(Protocol::kResp2, [=](ReplyWriter& w) { w.integer(value); }) ==
            ":" + std::to_string(value) + "\r\n");
  }
}

TEST_CASE("bulk strings of every size", "[writer]") {
  for (const size_t size :
       {0u, 1u, 9u, 10u, 99u, 100u, 255u, 256u, 1000u, 8192u, 8193u, 100'000u, 3'000'000u}) {
    const std::string value(size, 'v');
    const std::string bytes = "$" + std::to_string(size) + "\r\n" + value + "\r\n";
    expect(
        [&](ReplyWriter& w) {
          w.bulk(value);
          w.bulk(value);
        },
        bytes + bytes);
  }
}

TEST_CASE("nulls and booleans", "[writer]") {
  expect([](ReplyWriter& w) { w.null(); }, "$-1\r\n", "_\r\n");
  expect([](ReplyWriter& w) { w.null_array(); }, "*-1\r\n", "_\r\n");
  expect(
      [](ReplyWriter& w) {
        w.boolean(true);
        w.boolean(false);
      },
      ":1\r\n:0\r\n", "#t\r\n#f\r\n");
}

TEST_CASE("reals, big numbers and verbatim strings", "[writer]") {
  expect([](ReplyWriter& w) { w.real(0.1); }, "$3\r\n0.1\r\n", ",0.1\r\n");
  expect([](ReplyWriter& w) { w.real(-std::numeric_limits<double>::infinity()); }, "$4\r\n-inf\r\n",
         ",-inf\r\n");
  expect([](ReplyWriter& w) { w.real(std::numeric_limits<double>::quiet_NaN()); }, "$3\r\nnan\r\n",
         ",nan\r\n");
  expect([](ReplyWriter& w) { w.big_number("123456789012345678901234567890"); },
         "$30\r\n123456789012345678901234567890\r\n", "(123456789012345678901234567890\r\n");
  expect([](ReplyWriter& w) { w.verbatim("Some string", "txt"); }, "$11\r\nSome string\r\n",
         "=15\r\ntxt:Some string\r\n");
}

TEST_CASE("aggregates", "[writer]") {
  expect([](ReplyWriter& w) { w.array(0); }, "*0\r\n");
  expect([](ReplyWriter& w) { w.array(300); }, "*300\r\n");
  expect([](ReplyWriter& w) { w.map(200); }, "*400\r\n", "%200\r\n");
  expect([](ReplyWriter& w) { w.set(3); }, "*3\r\n", "~3\r\n");
  expect([](ReplyWriter& w) { w.push(3); }, "*3\r\n", ">3\r\n");
  expect(
      [](ReplyWriter& w) {
        if (w.attribute(1)) {
          w.simple("ttl");
          w.integer(5);
        }
        w.ok();
      },
      "+OK\r\n", "|1\r\n+ttl\r\n:5\r\n+OK\r\n");
}

TEST_CASE("aggregates whose size comes last", "[writer]") {
  expect(
      [](ReplyWriter& w) {
        const auto map = w.begin_map();
        w.bulk("list");
        const auto list = w.begin_array();
        for (int i = 0; i < 300; ++i) w.integer(7);
        w.end_array(list, 300);
        w.bulk("set");
        const auto set = w.begin_set();
        w.end_set(set, 0);
        w.end_map(map, 2);
      },
      "*4\r\n$4\r\nlist\r\n*300\r\n" +
          [] {
            std::string sevens;
            for (int i = 0; i < 300; ++i) sevens += ":7\r\n";
            return sevens;
          }() +
          "$3\r\nset\r\n*0\r\n",
      "%2\r\n$4\r\nlist\r\n*300\r\n" +
          [] {
            std::string sevens;
            for (int i = 0; i < 300; ++i) sevens += ":7\r\n";
            return sevens;
          }() +
          "$3\r\nset\r\n~0\r\n");
  expect(
      [](ReplyWriter& w) {
        const auto push = w.begin_push();
        w.bulk("x");
        w.end_push(push, 1);
      },
      "*1\r\n$1\r\nx\r\n", ">1\r\n$1\r\nx\r\n");
  expect([](ReplyWriter& w) { w.end_null_array(w.begin_array()); }, "*-1\r\n", "_\r\n");
}
