#include "tools/bench/reply_counter.h"

#include <catch2/catch.hpp>
#include <string>

using sorrel::bench::ReplyCounter;

namespace {

// A status, an error-free null, integers, an empty and a binary bulk, arrays in arrays, an empty
// array and a null array: eight replies.
const std::string kStream(
    "+OK\r\n"
    "$-1\r\n"
    ":-12\r\n"
    "$0\r\n\r\n"
    "$4\r\n\r\n*1\r\n"
    "*3\r\n*2\r\n:1\r\n$1\r\nx\r\n*0\r\n$-1\r\n"
    "*0\r\n"
    "*-1\r\n");
constexpr uint64_t kReplies = 8;

}  // namespace

TEST_CASE("reply counter: counts whole replies, not elements") {
  ReplyCounter counter;
  REQUIRE(counter.feed(kStream));
  CHECK(counter.replies() == kReplies);
  CHECK(counter.errors() == 0);
}

TEST_CASE("reply counter: the stream may be cut anywhere") {
  for (size_t cut = 0; cut <= kStream.size(); cut++) {
    ReplyCounter counter;
    REQUIRE(counter.feed(kStream.substr(0, cut)));
    REQUIRE(counter.feed(kStream.substr(cut)));
    CHECK(counter.replies() == kReplies);
  }
  ReplyCounter counter;
  for (const char byte : kStream) REQUIRE(counter.feed({&byte, 1}));
  CHECK(counter.replies() == kReplies);
}

TEST_CASE("reply counter: a reply counts when its last byte is there") {
  ReplyCounter counter;
  REQUIRE(counter.feed("*2\r\n$3\r\nabc\r\n$3\r\nabc\r"));
  CHECK(counter.replies() == 0);
  REQUIRE(counter.feed("\n"));
  CHECK(counter.replies() == 1);
}

TEST_CASE("reply counter: errors are counted, and the first one kept") {
  for (size_t cut = 0; cut < 12; cut++) {
    const std::string stream("+OK\r\n-ERR no\r\n-ERR other\r\n:1\r\n");
    ReplyCounter counter;
    REQUIRE(counter.feed(stream.substr(0, cut)));
    REQUIRE(counter.feed(stream.substr(cut)));
    CHECK(counter.replies() == 4);
    CHECK(counter.errors() == 2);
    CHECK(counter.first_error() == "ERR no");
  }
}

TEST_CASE("reply counter: what is not RESP2 is refused") {
  CHECK_FALSE(ReplyCounter().feed("HTTP/1.1 400\r\n"));
  CHECK_FALSE(ReplyCounter().feed("$1x\r\n"));
  CHECK_FALSE(ReplyCounter().feed("$99999999999999999999\r\n"));
  CHECK_FALSE(ReplyCounter().feed("%1\r\n"));
}
