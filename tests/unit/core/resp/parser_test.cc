#include "core/resp/parser.h"

#include <catch2/catch.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

using namespace sorrel;

namespace {

using Outcome = RequestParser::Outcome;
using Words = std::vector<std::string>;

struct Parsed {
  std::vector<Words> requests;
  std::string error;
  size_t left = 0;  // bytes of an unfinished request

  bool operator==(const Parsed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Parsed& parsed) {
  for (const Words& words : parsed.requests) {
    for (const std::string& word : words) out << '[' << word << ']';
    out << '\n';
  }
  return out << "error: " << parsed.error << " left: " << parsed.left;
}

// A connection: what arrives is appended to a buffer that moves whenever it may.
class Feed {
 public:
  explicit Feed(RequestLimits limits = {}) : limits_(limits) {}

  void add(Bytes bytes) {
    buffer_ = std::make_unique<std::string>(*buffer_ + std::string(bytes));
    while (parsed_.error.empty()) {
      RequestBatch batch;
      const Outcome outcome = parser_.fill(*buffer_, limits_, batch);
      for (size_t i = 0; i < batch.size(); ++i) {
        parsed_.requests.emplace_back(batch[i].begin(), batch[i].end());
      }
      buffer_ = std::make_unique<std::string>(buffer_->substr(parser_.take_consumed()));
      if (outcome == Outcome::kError) parsed_.error = parser_.error();
      if (outcome != Outcome::kRequest) break;
    }
    parsed_.left = buffer_->size();
  }
  const Parsed& parsed() const { return parsed_; }

 private:
  RequestLimits limits_;
  RequestParser parser_;
  std::unique_ptr<std::string> buffer_ = std::make_unique<std::string>();
  Parsed parsed_;
};

Parsed parse(Bytes input, RequestLimits limits = {}) {
  Feed feed(limits);
  feed.add(input);
  return feed.parsed();
}

std::vector<Words> requests(Bytes input) {
  const Parsed parsed = parse(input);
  CHECK(parsed.error.empty());
  CHECK(parsed.left == 0);
  return parsed.requests;
}

}  // namespace

TEST_CASE("a multibulk request is its arguments", "[resp]") {
  CHECK(requests("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n") ==
        std::vector<Words>{{"SET", "k", ""}});
  CHECK(requests("*2\r\n$3\r\nGET\r\n$12\r\na\r\nb\r\nc\r\nd\r\n\r\n") ==
        std::vector<Words>{{"GET", "a\r\nb\r\nc\r\nd\r\n"}});
}

TEST_CASE("arguments are views into the input", "[resp]") {
  const std::string input = "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\nGET key\r\n";
  RequestParser parser;
  RequestBatch batch;
  REQUIRE(parser.fill(input, {}, batch) == Outcome::kRequest);
  REQUIRE(batch.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(batch[i][1] == "key");
    CHECK(batch[i][1].data() > input.data());
    CHECK(batch[i][1].data() < input.data() + input.size());
  }
  CHECK(batch.input_end(0) == input.find("GET key"));
  CHECK(batch.input_end(1) == input.size());
}

TEST_CASE("what Redis ignores is ignored", "[resp]") {
  const std::vector<Words> ping{{"PING"}};
  CHECK(requests("PING\r\n\n") == ping);
  CHECK(requests("\r\n\r\nPING\r\n") == ping);
  CHECK(requests("   \r\nPING\n") == ping);
  CHECK(requests("*0\r\nPING\r\n") == ping);
  CHECK(requests("*-1\r\n*-9223372036854775808\r\nPING\r\n") == ping);
  // Neither the byte after a header's CR nor the two after an argument are looked at.
  CHECK(requests("*1\rx$4\rxPINGxx") == ping);
}

TEST_CASE("inline requests split as Redis splits them", "[resp]") {
  CHECK(requests("  SET\tkey  value \r\n") == std::vector<Words>{{"SET", "key", "value"}});
  CHECK(requests("\t\vPING\r\r\n") == std::vector<Words>{{"PING"}});
  CHECK(requests("PING a\rb\r\n") == std::vector<Words>{{"PING", "a", "b"}});
  CHECK(requests("PING a\vb\fc\n") == std::vector<Words>{{"PING", "a\vb\fc"}});
  CHECK(requests("ECHO a\"b c\\x41\\n\"\n") == std::vector<Words>{{"ECHO", "ab cA\n"}});
  CHECK(requests("ECHO 'it\\'s\\n'\n") == std::vector<Words>{{"ECHO", "it's\\n"}});
  CHECK(requests("ECHO \"\\xZZ\\q\\\"\" '' \"\"\n") ==
        std::vector<Words>{{"ECHO", "xZZq\"", "", ""}});
}

TEST_CASE("quotes must balance and end their word", "[resp]") {
  for (const char* line : {"\"PING\n", "'PING\n", "ECHO \"a\"b\n", "ECHO 'a'b\n", "ECHO \"a\\\"\n",
                           "ECHO \"a\\\n", "ECHO 'a\\'\n"}) {
    INFO(line);
    CHECK(parse(line).error == "ERR Protocol error: unbalanced quotes in request");
  }
}

TEST_CASE("malformed headers get Redis's errors", "[resp]") {
  const auto error = [](Bytes input) { return parse(input).error; };
  const std::string kCount = "ERR Protocol error: invalid multibulk length";
  const std::string kBulk = "ERR Protocol error: invalid bulk length";
  for (const char* count : {"2147483648", "abc", "", "+1", "01", "1 ", " 1", "-0", "1x",
                            "9223372036854775808", "0000000000000000000000000000001"}) {
    INFO(count);
    CHECK(error("*" + std::string(count) + "\r\n") == kCount);
  }
  CHECK(error("*2147483647\r\n").empty());
  for (const char* size : {"536870913", "-1", "", "4 ", "+4", "04", "00", "18446744073709551616"}) {
    INFO(size);
    CHECK(error("*1\r\n$" + std::string(size) + "\r\nPING\r\n") == kBulk);
  }
  CHECK(error("*1\r\n$536870912\r\n").empty());
  CHECK(error("*1\r\nx4\r\n") == "ERR Protocol error: expected '$', got 'x'");
  CHECK(error("*2\r\n$4\r\nECHO\r\n:1\r\n") == "ERR Protocol error: expected '$', got ':'");
  CHECK(error("*1\r\n\r\n") == "ERR Protocol error: expected '$', got '\r'");
}

TEST_CASE("a line has a limit, however it arrives", "[resp]") {
  const RequestLimits limits;
  const std::string fits(limits.line_bytes_max, '1');
  struct Case {
    Bytes before;
    Bytes end;
    Bytes error;
  };
  for (const Case& c : {Case{"", "\n", "ERR Protocol error: too big inline request"},
                        Case{"*", "\r\n", "ERR Protocol error: too big mbulk count string"},
                        Case{"*1\r\n$", "\r\n", "ERR Protocol error: too big bulk count string"}}) {
    // The type byte is part of the line.
    const std::string line = std::string(c.before) + fits.substr(c.before.empty() ? 0 : 1);
    CHECK(parse(line).error.empty());
    CHECK(parse(line + std::string(c.end)).error != c.error);
    CHECK(parse(line + "1").error == c.error);
    CHECK(parse(line + "1" + std::string(c.end)).error == c.error);
  }
}

TEST_CASE("before authentication the limits are small", "[resp]") {
  RequestLimits limits;
  limits.authenticated = false;
  const auto error = [&](Bytes input) { return parse(input, limits).error; };
  CHECK(error("*10\r\n").empty());
  CHECK(error("*11\r\n") == "ERR Protocol error: unauthenticated multibulk length");
  CHECK(error("*1\r\n$16384\r\n").empty());
  CHECK(error("*1\r\n$16385\r\n") == "ERR Protocol error: unauthenticated bulk length");
  CHECK(error("*1\r\n$536870913\r\n") == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("an unauthenticated batch is one request", "[resp]") {
  RequestLimits limits;
  limits.authenticated = false;
  RequestParser parser;
  RequestBatch batch;
  const std::string input = "AUTH x\r\n*11\r\n" + [] {
    std::string arguments;
    for (int i = 0; i < 11; ++i) arguments += "$1\r\na\r\n";
    return arguments;
  }();
  REQUIRE(parser.fill(input, limits, batch) == Outcome::kRequest);
  REQUIRE(batch.size() == 1);
  limits.authenticated = true;
  REQUIRE(parser.fill(input, limits, batch) == Outcome::kRequest);
  REQUIRE(batch.size() == 2);
  CHECK(batch[1].size() == 11);
}

TEST_CASE("proto-max-bulk-len is the caller's", "[resp]") {
  RequestLimits limits;
  limits.bulk_bytes_max = 3;
  CHECK(parse("*1\r\n$3\r\nabc\r\n", limits).requests == std::vector<Words>{{"abc"}});
  CHECK(parse("*1\r\n$4\r\nabcd\r\n", limits).error == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("so is the number of arguments", "[resp]") {
  RequestLimits limits;
  limits.arguments_max = 2;
  CHECK(parse("*2\r\n$1\r\na\r\n$1\r\nb\r\n", limits).requests.size() == 1);
  CHECK(parse("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", limits).error ==
        "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("good requests before an error are delivered", "[resp]") {
  const Parsed parsed = parse("PING\r\n*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n");
  CHECK(parsed.requests == std::vector<Words>{{"PING"}, {"PING"}});
  CHECK(parsed.error == "ERR Protocol error: invalid multibulk length");
}

TEST_CASE("any way to cut the input gives the same requests", "[resp]") {
  const std::string streams[] = {
      "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$10\r\n0123456789\r\nPING\r\n\n*0\r\n\r\n"
      "ECHO \"a \\x41\" 'b'\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*-1\r\nGET k\n*1\r\n$4\r\nPI",
      "*1\r\n$4\r\nPING\r\n*1\r\nx\r\n",
      "*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n",
      "PING\r\n*12345678901\r\n",
      "GET \"a\r\nGET b\r\n",
  };
  for (const std::string& stream : streams) {
    const Parsed whole = parse(stream);
    for (size_t cut = 0; cut <= stream.size(); ++cut) {
      for (size_t second = cut; second <= stream.size(); ++second) {
        Feed feed;
        feed.add(stream.substr(0, cut));
        feed.add(stream.substr(cut, second - cut));
        feed.add(stream.substr(second));
        if (!whole.error.empty()) {
          REQUIRE(feed.parsed().requests == whole.requests);
          REQUIRE(feed.parsed().error == whole.error);
        } else {
          REQUIRE(feed.parsed() == whole);
        }
      }
    }
  }
}

TEST_CASE("a stream fed byte by byte gives the same requests", "[resp]") {
  std::string stream;
  std::vector<Words> expected;
  for (int i = 0; i < 200; ++i) {
    Words words;
    stream += "*" + std::to_string(i % 13 + 1) + "\r\n";
    for (int j = 0; j <= i % 13; ++j) {
      words.emplace_back(static_cast<size_t>(i * j % 131), static_cast<char>('a' + j));
      stream += "$" + std::to_string(words.back().size()) + "\r\n" + words.back() + "\r\n";
    }
    expected.push_back(words);
  }
  Feed feed;
  for (const char c : stream) feed.add(Bytes(&c, 1));
  CHECK(feed.parsed().requests == expected);
  CHECK(feed.parsed().left == 0);
  CHECK(parse(stream) == feed.parsed());
}

TEST_CASE("a giant request fed byte by byte is looked at once", "[resp]") {
  constexpr size_t kCount = 150'000;
  std::string input = "*" + std::to_string(kCount) + "\r\n";
  for (size_t i = 0; i < kCount; ++i) input += "$1\r\nx\r\n";
  RequestParser parser;
  RequestBatch batch;
  // Quadratic work here would be 10^11 steps.
  for (size_t size = 1; size < input.size(); ++size) {
    if (parser.next(Bytes(input.data(), size), {}, batch) != Outcome::kNeedMore) FAIL("too early");
  }
  REQUIRE(parser.next(input, {}, batch) == Outcome::kRequest);
  CHECK(batch[0].size() == kCount);
  CHECK(batch[0][kCount - 1] == "x");
  CHECK(parser.memory_bytes() < 4096);
  batch.clear();
  CHECK(batch.empty());
}

TEST_CASE("the parser says how much an argument still wants", "[resp]") {
  RequestParser parser;
  RequestBatch batch;
  std::string input = "*2\r\n$3\r\nSET\r\n$1000";
  REQUIRE(parser.next(input, {}, batch) == Outcome::kNeedMore);
  CHECK(parser.bytes_wanted(input) == 0);
  input += "\r\nabc";
  REQUIRE(parser.next(input, {}, batch) == Outcome::kNeedMore);
  CHECK(parser.bytes_wanted(input) == 1002 - 3);
  input += std::string(999, 'z');
  REQUIRE(parser.next(input, {}, batch) == Outcome::kRequest);
  CHECK(parser.bytes_wanted(input) == 0);
}

TEST_CASE("a batch holds 64 requests and the rest waits", "[resp]") {
  std::string input;
  for (int i = 0; i < 100; ++i) input += "*1\r\n$2\r\n" + std::to_string(10 + i % 90) + "\r\n";
  RequestParser parser;
  RequestBatch batch;
  REQUIRE(parser.fill(input, {}, batch) == Outcome::kRequest);
  CHECK(batch.full());
  CHECK(batch[63][0] == "73");
  CHECK(parser.consumed() == batch.input_end(63));
  batch.clear();
  REQUIRE(parser.fill(input, {}, batch) == Outcome::kRequest);
  CHECK(batch.size() == 36);
  CHECK(batch[0][0] == "74");
  CHECK(parser.take_consumed() == input.size());
  CHECK(parser.consumed() == 0);
}

TEST_CASE("a caller that stops in a batch parses the rest again", "[resp]") {
  const std::string input = "BLPOP k 0\r\nPING\r\n*1\r\n$4\r\nECHO\r\n*x\r\n";
  RequestParser parser;
  RequestBatch batch;
  REQUIRE(parser.fill(input, {}, batch) == Outcome::kRequest);
  REQUIRE(batch.size() == 3);
  REQUIRE(parser.next(input, {}, batch) == Outcome::kError);
  parser.rewind(batch.input_end(0));
  CHECK(parser.take_consumed() == 11);
  const std::string rest = input.substr(11);
  batch.clear();
  REQUIRE(parser.fill(rest, {}, batch) == Outcome::kRequest);
  REQUIRE(batch.size() == 2);
  CHECK(batch[0][0] == "PING");
  CHECK(batch[1][0] == "ECHO");
  CHECK(parser.fill(rest, {}, batch) == Outcome::kError);
}
