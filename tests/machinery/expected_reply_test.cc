#include "tests/support/expected_reply.h"

#include "core/resp/reply_reader.h"

#include <catch2/catch.hpp>

namespace sorrel::test {
namespace {

Reply reply_of(Bytes wire) {
  Result<Reply> reply = ReplyReader::read_whole(std::string(wire));
  INFO(reply.status().message());
  REQUIRE(reply);
  return reply.value();
}

bool holds(Bytes notation, Bytes wire) {
  const Result<ExpectedReply> expected = parse_expected(notation);
  INFO(notation);
  REQUIRE(expected);
  return matches(expected.value(), reply_of(wire).root());
}

TEST_CASE("each kind of reply matches itself and nothing else") {
  const std::pair<const char*, const char*> kinds[] = {
      {"+OK", "+OK\r\n"},
      {"-ERR a b", "-ERR a b\r\n"},
      {":7", ":7\r\n"},
      {"\"OK\"", "$2\r\nOK\r\n"},
      {"nil", "$-1\r\n"},
      {"nil[]", "*-1\r\n"},
      {"[]", "*0\r\n"},
      {"[:1 \"a\" +\"OK\"]", "*3\r\n:1\r\n$1\r\na\r\n+OK\r\n"},
      {"{\"a\" :1}", "%1\r\n$1\r\na\r\n:1\r\n"},
      {"~[:1 :2]", "~2\r\n:2\r\n:1\r\n"},
      {">[\"a\"]", ">1\r\n$1\r\na\r\n"},
      {",1.5", ",1.5\r\n"},
      {"true", "#t\r\n"},
      {"false", "#f\r\n"},
      {"(123", "(123\r\n"},
      {"=txt\"hi\"", "=6\r\ntxt:hi\r\n"},
  };
  for (const auto& [notation, ignored] : kinds) {
    for (const auto& [other, wire] : kinds) {
      INFO(other);
      CHECK(holds(notation, wire) == (std::string(notation) == other));
    }
  }
}

TEST_CASE("RESP3's one null stands for both of RESP2's") {
  CHECK(holds("nil", "_\r\n"));
  CHECK(holds("nil[]", "_\r\n"));
}

TEST_CASE("patterns") {
  CHECK(holds(":*", ":-3\r\n"));
  CHECK(holds(":99..100", ":99\r\n"));
  CHECK_FALSE(holds(":99..100", ":98\r\n"));
  CHECK_FALSE(holds(":99..100", ":101\r\n"));
  CHECK(holds("any", "*0\r\n"));
  CHECK(holds("glob\"a*c?\"", "$5\r\nabbcd\r\n"));
  CHECK_FALSE(holds("glob\"a*c?\"", "$4\r\nabbc\r\n"));
  CHECK(holds("[:1 ... :3]", "*4\r\n:1\r\n:5\r\n:6\r\n:3\r\n"));
  CHECK_FALSE(holds("[:1 ... :3]", "*2\r\n:1\r\n:5\r\n"));
  CHECK(holds("text[\"# Server\" ... \"v:*\"]", "$18\r\n# Server\r\nx:1\r\nv:2\r\n"));
  CHECK_FALSE(holds("text[\"# Server\" \"v:*\"]", "$18\r\n# Server\r\nx:1\r\nv:2\r\n"));
}

TEST_CASE("what may come in any order must still be all there, once") {
  CHECK(holds("unordered[:1 :2 :2]", "*3\r\n:2\r\n:1\r\n:2\r\n"));
  CHECK_FALSE(holds("unordered[:1 :2 :2]", "*3\r\n:2\r\n:1\r\n:1\r\n"));
  CHECK_FALSE(holds("unordered[:1 :2]", "*3\r\n:2\r\n:1\r\n:1\r\n"));
  CHECK(holds("unordered-pairs[:1 :2 :3 :4]", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
  CHECK_FALSE(holds("unordered-pairs[:1 :2 :3 :4]", "*4\r\n:3\r\n:2\r\n:1\r\n:4\r\n"));
  CHECK(holds("unordered{:1 :2 ...}", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n"));
}

TEST_CASE("bad notation is refused") {
  for (const char* notation : {"", "[", "{:1 :2", "[+OK]", ":x", ":1..", "\"open", "what", ":1 :2",
                               "=tx\"a\"", "nil[", "]"}) {
    INFO(notation);
    CHECK_FALSE(parse_expected(notation));
  }
}

TEST_CASE("a printed reply is the notation of that reply") {
  const char* wires[] = {
      "+OK\r\n",
      "+ \r\n",
      "-ERR a \"b\"\r\n",
      "$5\r\na\0\r\n\xff\r\n",
      "$-1\r\n",
      "*-1\r\n",
      "_\r\n",
      "*2\r\n*1\r\n-ERR x\r\n%1\r\n+k\r\n*0\r\n",
      "~2\r\n$1\r\nb\r\n$1\r\na\r\n",
      ">2\r\n$7\r\nmessage\r\n#t\r\n",
      ",inf\r\n",
      "(-123456789012345678901234567890\r\n",
      "=7\r\nmkd:a\nb\r\n",
  };
  for (const char* wire : wires) {
    // One of them holds a NUL.
    const Bytes bytes = wire[1] == '5' ? Bytes("$5\r\na\0\r\n\xff\r\n", 11) : Bytes(wire);
    const Reply reply = reply_of(bytes);
    const std::string printed = print_reply(reply.root());
    INFO(printed);
    const Result<ExpectedReply> expected = parse_expected(printed);
    REQUIRE(expected);
    CHECK(matches(expected.value(), reply.root()));
  }
}

}  // namespace
}  // namespace sorrel::test
