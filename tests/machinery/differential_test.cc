// The differential runner must be able to fail: wrong peers are found, and the streams that show it
// are shrunk to what matters.
#include "tests/differential/comparison.h"
#include "tests/differential/faulty_peer.h"
#include "tests/differential/named_consumers.h"
#include "tests/differential/shrink.h"
#include "tests/support/server_peer.h"
#include "tests/support/stream_moments.h"

#include <catch2/catch.hpp>

namespace sorrel::test {
namespace {

constexpr size_t kCommands = 2000;

struct Pair {
  std::unique_ptr<ServerPeer> left;
  std::unique_ptr<ServerPeer> right;
};

std::unique_ptr<ServerPeer> start_redis(const Words& options = {}) {
  auto peer = ServerPeer::start("redis-server", Transport::kUnixSocket, true, options);
  INFO(peer.status().message());
  REQUIRE(peer);
  return std::move(peer.value());
}

Exceptions exceptions_of(const std::string& text) {
  Result<Exceptions> exceptions = Exceptions::parse(text);
  REQUIRE(exceptions);
  return exceptions.value();
}

/// What differs by nature between two right servers in the string group: nothing.
Stream string_stream(Peer& peer, uint64_t seed) {
  Result<CommandDocs> docs = read_command_docs(peer);
  REQUIRE(docs);
  Result<Generator> generator = Generator::make(docs.value(), {"string"}, seed);
  REQUIRE(generator);
  return generator.value().stream(kCommands);
}

std::optional<Difference> compare(Peer& left, Peer& right, const Stream& stream,
                                  Protocol protocol = Protocol::kResp2) {
  Exceptions none;
  Result<std::optional<Difference>> result = Comparison(left, right, none, protocol).run(stream);
  INFO(result.status().message());
  REQUIRE(result);
  return result.value();
}

Stream shrunk(Peer& left, Peer& right, const Stream& stream) {
  Exceptions none;
  Comparison comparison(left, right, none, Protocol::kResp2);
  return shrink(stream, comparison.still_fails_like(stream));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The two one-byte strings of an array, the other way round.
std::string swapped(const std::string& array) {
  constexpr size_t kHeaderBytes = 4, kElementBytes = 7;
  return array.substr(kHeaderBytes + kElementBytes) + array.substr(kHeaderBytes, kElementBytes);
}

TEST_CASE("two right servers don't differ") {
  auto left = start_redis(), right = start_redis();
  const Stream stream = string_stream(*left, 7);
  CHECK_FALSE(compare(*left, *right, stream));
  CHECK_FALSE(compare(*left, *right, stream, Protocol::kResp3));
}

TEST_CASE("one altered reply is found and shrunk to the command that gets it") {
  auto left = start_redis(), inner = start_redis();
  FaultyPeer right(*inner, {.on_reply = [](std::string bytes) {
    return replaced(std::move(bytes), ":20\r\n", ":21\r\n");
  }});
  const Stream stream = string_stream(*left, 7);
  REQUIRE(compare(*left, right, stream));
  const Stream minimal = shrunk(*left, right, stream);
  CHECK(minimal.size() <= 2);
  CHECK(compare(*left, right, minimal));
}

TEST_CASE("a write that is lost in silence is found in the data") {
  auto left = start_redis(), inner = start_redis();
  FaultyPeer right(*inner, {.on_request = [](std::string bytes) {
    return replaced(std::move(bytes), "$6\r\nGETDEL\r\n", "$3\r\nGET\r\n");
  }});
  const Stream stream = {{"SET", "k", "v"}, {"PING"}, {"SET", "other", "v"}, {"GETDEL", "k"}};
  const std::optional<Difference> difference = compare(*left, right, stream);
  REQUIRE(difference);
  CHECK(difference->index == stream.size());
  CHECK(difference->what.find("\"k\"") != std::string::npos);
  CHECK(shrunk(*left, right, stream) == Stream{{"SET", "k", "v"}, {"GETDEL", "k"}});
}

TEST_CASE("a lost expiry is found in the data") {
  auto left = start_redis(), inner = start_redis();
  FaultyPeer right(*inner, {.on_request = [](std::string bytes) {
    return replaced(std::move(bytes), "$6\r\n100000", "$6\r\n900000");
  }});
  CHECK(compare(*left, right, {{"SET", "k", "v", "EX", "100000"}}));
}

TEST_CASE("another encoding is found in the data") {
  auto left = start_redis(), right = start_redis({"--list-max-listpack-size", "2"});
  auto wrong = start_redis({"--hash-max-listpack-entries", "1"});
  CHECK_FALSE(compare(*left, *right, {{"HSET", "h", "a", "1", "b", "2"}}));
  // (The other way round it is what 7.2 may choose.)
  CHECK(compare(*wrong, *left, {{"HSET", "h", "a", "1", "b", "2"}}));
}

TEST_CASE("a peer that closes the connection differs") {
  auto left = start_redis(), right = start_redis({"--proto-max-bulk-len", "1mb"});
  CHECK(compare(*left, *right, {{"SET", "k", std::string(2'000'000, 'x')}, {"GET", "k"}}));
}

TEST_CASE("an exception allows what its rule says and no more") {
  auto left = start_redis(), right = start_redis();
  Exceptions exceptions = exceptions_of("# comment\nKEYS * | any-order | because | somewhere\n");
  FaultyPeer reversed(*right, {.on_reply = [](std::string bytes) {
    return bytes.starts_with("*2\r\n") ? "*2\r\n" + swapped(bytes) : bytes;
  }});
  FaultyPeer shortened(*right, {.on_reply = [](std::string bytes) {
    return bytes.starts_with("*2\r\n") ? "*1\r\n$1\r\na\r\n" : bytes;
  }});
  const Stream keys = {{"MSET", "a", "1", "b", "2"}, {"keys", "*"}};
  const Stream values = {{"MSET", "a", "1", "b", "2"}, {"MGET", "a", "b"}};
  const auto differs = [&](Peer& peer, const Stream& stream) {
    Result<std::optional<Difference>> result =
        Comparison(*left, peer, exceptions, Protocol::kResp2).run(stream);
    return result && result.value() && result.value()->index < stream.size();
  };
  CHECK_FALSE(differs(reversed, keys));
  CHECK(differs(reversed, values));
  CHECK(differs(shortened, keys));
}

TEST_CASE("a difference that is listed with both answers is allowed in these alone") {
  auto left = start_redis(), right = start_redis();
  Exceptions exceptions =
      exceptions_of("BITCOUNT * | differs :0 => glob\"ERR *\" | because | somewhere\n");
  FaultyPeer strict(*right, {.on_reply = [](std::string bytes) {
    return bytes.starts_with(":") ? "-ERR syntax error\r\n" : bytes;
  }});
  const auto differs = [&](const Stream& stream) {
    Result<std::optional<Difference>> result =
        Comparison(*left, strict, exceptions, Protocol::kResp2).run(stream);
    return result && result.value() && result.value()->index < stream.size();
  };
  CHECK_FALSE(differs({{"BITCOUNT", "absent", "x", "y"}}));
  CHECK(differs({{"SET", "k", "a"}, {"BITCOUNT", "k", "0", "-1"}}));
  CHECK(differs({{"STRLEN", "absent"}}));
}

TEST_CASE("a key that one side was refused to change is deleted on both") {
  auto left = start_redis(), right = start_redis();
  FaultyPeer strict(*right, {.on_request = [](std::string bytes) {
    return replaced(std::move(bytes), "$6\r\nXSETID\r\n$1\r\nt\r\n$3\r\n8-0\r\n",
                    "$6\r\nXSETID\r\n$1\r\nt\r\n$3\r\n0-0\r\n");
  }});
  const Stream stream = {{"XADD", "t", "1-0", "f", "v"},
                         {"XSETID", "t", "8-0"},
                         {"XADD", "t", "5-0", "f", "v"},
                         {"XLEN", "t"}};
  const auto found = [&](const std::string& rule) {
    Exceptions exceptions =
        exceptions_of("XSETID * | " + rule + " any => glob\"ERR *\" | because | somewhere\n");
    auto result = Comparison(*left, strict, exceptions, Protocol::kResp2).run(stream);
    REQUIRE(result);
    return result.value() ? result.value()->index : stream.size() + 1;
  };
  CHECK(found("differs") == 2);
  CHECK(found("differs-deleted") == stream.size() + 1);
}

TEST_CASE("moments may differ by what clocks do, and nothing else") {
  const auto same = [](const std::string& left, const std::string& right) {
    return same_but_for_moments(left, right, 1000);
  };
  const std::string seen = R"(["seen-time" :1795288742643 "pel-count" :1])";
  CHECK(same(seen, R"(["seen-time" :1795288742000 "pel-count" :1])"));
  CHECK(same(seen, R"(["seen-time" :1795288742000 "active-time" :1795288742000 "pel-count" :1])"));
  CHECK_FALSE(same(seen, R"(["seen-time" :1795288749999 "pel-count" :1])"));
  CHECK_FALSE(same(seen, R"(["seen-time" :1795288742643 "pel-count" :2])"));
  CHECK_FALSE(same(seen, R"(["seen-time" :1795288742643 "pel-count" :1 :1])"));
}

TEST_CASE("the consumers that a command names are made by commands of their own") {
  const Words reading = {"xreadgroup", "COUNT", "1", "GROUP", "g", "c",
                         "STREAMS",    "a",     "b", ">",     "0"};
  CHECK(make_named_consumers(reading) ==
        std::vector<Words>{{"XGROUP", "CREATECONSUMER", "a", "g", "c"},
                           {"XGROUP", "CREATECONSUMER", "b", "g", "c"}});
  CHECK(make_named_consumers({"XCLAIM", "k", "g", "c", "0", "1-1"}) ==
        std::vector<Words>{{"XGROUP", "CREATECONSUMER", "k", "g", "c"}});
  CHECK(make_named_consumers({"XREADGROUP", "STREAMS", "GROUP", ">"}).empty());
  CHECK(make_named_consumers({"XCLAIM", "k", "g"}).empty());
  CHECK(make_named_consumers({"GET", "k", "g", "c"}).empty());
}

TEST_CASE("an exception without a reason or a source is refused") {
  CHECK_FALSE(Exceptions::parse("KEYS * | any-order | | source\n"));
  CHECK_FALSE(Exceptions::parse("KEYS * | any-order | reason\n"));
  CHECK_FALSE(Exceptions::parse("KEYS * | no-such-rule | reason | source\n"));
}

TEST_CASE("the same seed gives the same stream, another seed another") {
  auto peer = start_redis();
  CHECK(string_stream(*peer, 3) == string_stream(*peer, 3));
  CHECK(string_stream(*peer, 3) != string_stream(*peer, 4));
}

TEST_CASE("shrinking keeps exactly what the failure needs") {
  Stream stream;
  for (int i = 0; i < 1000; ++i) stream.push_back({"C" + std::to_string(i), "a", "b", "c"});
  const auto needs = [](const Stream& candidate) {
    bool first = false, both = false;
    for (const Words& words : candidate) {
      if (words[0] == "C17") first = true;
      if (words[0] == "C901" && first && words.size() > 1 && words.back() == "c") both = true;
    }
    return both;
  };
  CHECK(shrink(stream, needs) == Stream{{"C17"}, {"C901", "c"}});
}

}  // namespace
}  // namespace sorrel::test
