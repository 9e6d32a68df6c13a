#include "tests/support/replayed_peer.h"

#include <catch2/catch.hpp>

namespace sorrel::test {
namespace {

const Words kOptions = {"--databases", "4", "--enable-debug-command", "yes"};
constexpr int64_t kStartUnixUs = 1'700'000'000'000'000;

struct Replayed {
  Replayed() : peer(std::move(ReplayedPeer::start(kOptions, kStartUnixUs).value())) {
    channel = std::move(peer->connect(Protocol::kResp2).value());
  }
  void run(const Words& words) {
    const Result<Reply> reply = channel->call(words);
    REQUIRE(reply);
    REQUIRE_FALSE(reply.value().root().is_error());
  }

  std::unique_ptr<ReplayedPeer> peer;
  std::unique_ptr<Channel> channel;
};

TEST_CASE("what the journal tells gives the same data, whenever it is replayed") {
  Replayed replayed;
  replayed.run({"SET", "short", "1", "PX", "100"});
  replayed.run({"SET", "long", "1", "EX", "100"});
  replayed.peer->advance_ms(200);
  replayed.run({"INCR", "short"});  // another key by now
  replayed.run({"EXPIRE", "long", "50"});
  replayed.run({"SELECT", "3"});
  replayed.run({"SET", "elsewhere", "2"});
  CHECK(replayed.peer->fault().value_or("") == "");
  replayed.run({"MOVE", "elsewhere", "1"});
  replayed.peer->advance_ms(51'000);
  CHECK(replayed.peer->fault().value_or("") == "");
}

TEST_CASE("data that the journal doesn't tell of are found out") {
  Replayed replayed;
  replayed.run({"SET", "key", "1"});
  replayed.run({"DEBUG", "POPULATE", "1"});
  CHECK(replayed.peer->fault().value_or("") ==
        "replaying the journal gives other data: database 0, key \"key:0\": only the first has it");
  replayed.run({"FLUSHALL"});
  CHECK(replayed.peer->fault().value_or("") == "");
}

}  // namespace
}  // namespace sorrel::test
