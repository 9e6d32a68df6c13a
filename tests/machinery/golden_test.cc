#include "tests/golden/golden_file.h"
#include "tests/golden/golden_runner.h"
#include "tests/support/server_peer.h"

#include <catch2/catch.hpp>

namespace sorrel::test {
namespace {

GoldenRunner redis_runner(Protocol protocol = Protocol::kResp2,
                          std::chrono::milliseconds held_up = kHeldUp) {
  return GoldenRunner(
      [](const Words& options) -> Result<std::unique_ptr<Peer>> {
        auto peer = ServerPeer::start("redis-server", Transport::kTcp, true, options);
        if (!peer) return peer.status();
        return std::unique_ptr<Peer>(std::move(peer.value()));
      },
      protocol, held_up);
}

GoldenFile file_of(const std::string& text) {
  Result<GoldenFile> file = GoldenFile::parse("test", text);
  INFO(file.status().message());
  REQUIRE(file);
  return file.value();
}

TEST_CASE("a file that can't be understood is refused with its line") {
  const std::pair<const char*, const char*> texts[] = {
      {"what\n", "line 1"},
      {"# c\n> \"open\n", "line 2"},
      {"@no-such-thing x\n", "line 1"},
      {"@end\n", "line 1"},
      {"@needs LPUSH\n", "@end"},
      {"@advance\n", "line 1"},
      {"> PING\n\n+PONG\n", "line 3"},
  };
  for (const auto& [text, where] : texts) {
    INFO(text);
    const Result<GoldenFile> file = GoldenFile::parse("test", text);
    REQUIRE_FALSE(file);
    CHECK(file.status().message().find(where) != std::string::npos);
  }
}

TEST_CASE("a right expectation passes and a wrong one fails, by line") {
  GoldenRunner runner = redis_runner();
  const GoldenOutcome good = runner.run(file_of("> SET k v\n+OK\n> GET k\n\"v\"\n"));
  CHECK(good.failures.empty());
  CHECK(good.steps == 2);

  for (const char* wrong : {"> SET k v\n\"OK\"\n", "> SET k v\n", "> SET k v\n+ok\n",
                            "> GET k\nnil[]\n", "> PING\n< nothing\n", ">> PING\n< nothing\n",
                            ">> PING\n< closed\n", "@needs SET\n> GET k\n:1\n@end\n"}) {
    INFO(wrong);
    const GoldenOutcome outcome = runner.run(file_of(wrong));
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].starts_with("test:"));
  }
}

TEST_CASE("a file starts with no keys, and its settings don't outlive it") {
  GoldenRunner runner = redis_runner();
  const GoldenFile file = file_of(
      "> DBSIZE\n:0\n> CONFIG GET hz\n[\"hz\" \"10\"]\n"
      "@config hz 50\n> CONFIG GET hz\n[\"hz\" \"50\"]\n> SET k v\n+OK\n");
  CHECK(runner.run(file).failures.empty());
  CHECK(runner.run(file).failures.empty());
}

TEST_CASE("connections, captures, raw bytes, closing, own server") {
  const GoldenFile file = file_of(
      "@server --hz 77\n"
      "> CONFIG GET hz\n[\"hz\" \"77\"]\n"
      "> CLIENT ID\n:*\n@capture first\n"
      "@client other\n> CLIENT KILL ID ${first}\n:1\n"
      "@client main\n< closed\n"
      "@client raw\n>raw \"PING\\r\\n\"\n<\n+PONG\n>raw \"*1\\r\\n$x\\r\\n\"\n<\n"
      "-ERR Protocol error: invalid bulk length\n< closed\n");
  const GoldenOutcome outcome = redis_runner().run(file);
  for (const std::string& failure : outcome.failures) UNSCOPED_INFO(failure);
  CHECK(outcome.failures.empty());
}

TEST_CASE("a file that differs is played again if the peer was held up") {
  // A setting outlives the file: what it finds differs the first time only.
  const GoldenFile file = file_of(
      "> CONFIG GET lua-time-limit\n[\"lua-time-limit\" \"77\"]\n"
      "> CONFIG SET lua-time-limit 77\n+OK\n");
  const GoldenOutcome again =
      redis_runner(Protocol::kResp2, std::chrono::milliseconds::zero()).run(file);
  CHECK(again.failures.empty());
  CHECK(again.played == 2);
  CHECK(redis_runner(Protocol::kResp2, std::chrono::hours(1)).run(file).failures.size() == 1);
}

TEST_CASE("blocks that aren't for this way are skipped and counted") {
  const GoldenFile file = file_of(
      "@sorrel-only it is new\n> NOSUCH\n+OK\n@end\n"
      "@needs NOSUCH\n> NOSUCH\n+OK\n@end\n"
      "@only resp3\n> NOSUCH\n+OK\n@end\n");
  const GoldenOutcome outcome = redis_runner().run(file);
  CHECK(outcome.failures.empty());
  CHECK(outcome.skipped == 3);
  CHECK(outcome.steps == 0);
}

TEST_CASE("recording fills what is missing and keeps the rest") {
  const GoldenFile file =
      file_of("# c\n> ZADD z 1.5 m\n\n> SET k v\n:99\n> ZSCORE z m\n> TTL k\n:-9..0\n");
  GoldenRunner resp2 = redis_runner(), resp3 = redis_runner(Protocol::kResp3);
  const GoldenOutcome outcome2 = resp2.run(file), outcome3 = resp3.run(file);
  CHECK(file.with_recordings(make_recordings(file, outcome2, outcome3, false)) ==
        "# c\n> ZADD z 1.5 m\n:1\n\n> SET k v\n:99\n> ZSCORE z m\n\"1.5\"\n@resp3\n,1.5\n> TTL "
        "k\n:-9..0\n");
  CHECK(file.with_recordings(make_recordings(file, outcome2, outcome3, true)) ==
        "# c\n> ZADD z 1.5 m\n:1\n\n> SET k v\n+OK\n> ZSCORE z m\n\"1.5\"\n@resp3\n,1.5\n> TTL "
        "k\n:-9..0\n");
}

}  // namespace
}  // namespace sorrel::test
