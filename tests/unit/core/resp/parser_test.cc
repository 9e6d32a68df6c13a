#include "core/resp/parser.h"

#include <catch2/catch.hpp>
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
}

TEST_CASE("inline requests split as Redis splits them", "[resp]") {
  CHECK(requests("PING\r\n\n") == std::vector<Words>{{"PING"}});
  CHECK(requests("ECHO a\"b c\\x41\"\n") == std::vector<Words>{{"ECHO", "ab cA"}});
}
