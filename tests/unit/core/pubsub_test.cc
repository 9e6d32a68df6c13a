#include "core/pubsub.h"

#include "core/base/glob.h"
#include "tests/support/local_engine.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

namespace sorrel {
namespace {

using Kind = SubscriptionKind;

TEST_CASE("A pattern index finds what a look at every pattern finds", "[pubsub]") {
  constexpr const char* kParts[] = {"a", "b", "ab", "*", "?", "[ab]", "\\*", ":", "", "a*b"};
  Random random(7);
  const auto text = [&](size_t parts) {
    std::string made;
    for (; parts > 0; --parts) made += kParts[random.below(std::size(kParts))];
    return made;
  };
  PatternIndex<int> index;
  std::map<std::string, int> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string pattern = text(random.below(4));
    if (random.below(2) == 0) {
      index[pattern] = model[pattern] = step;
    } else if (model.erase(pattern) != 0) {
      index.erase(pattern);
    }
    REQUIRE(index.size() == model.size());
    REQUIRE((index.find(pattern) != nullptr) == (model.count(pattern) != 0));
    const std::string channel = text(random.below(5));
    std::map<std::string, int> found, expected;
    index.for_each_match(channel,
                         [&](Bytes matching, int& value) { found.emplace(matching, value); });
    for (const auto& [each, value] : model) {
      if (glob_match(each, channel)) expected.emplace(each, value);
    }
    REQUIRE(found == expected);
  }
}

// Sessions come, listen, stop and go at random; a message must reach exactly those who listen.
TEST_CASE("Messages reach exactly those who listen", "[pubsub]") {
  LocalEngine local;
  PubSub& pubsub = local.engine.pubsub();
  constexpr size_t kSessions = 12;
  constexpr const char* kChannels[] = {"a", "b", "ab", "c"};
  std::vector<std::unique_ptr<Session>> sessions(kSessions);
  std::vector<std::set<std::string>> model(kSessions);
  Random random(11);
  for (int step = 0; step < 20'000; ++step) {
    const size_t who = random.below(kSessions);
    const std::string channel = kChannels[random.below(std::size(kChannels))];
    if (!sessions[who]) {
      sessions[who] = std::make_unique<Session>(nullptr);
      local.engine.open_session(*sessions[who]);
    }
    Session& session = *sessions[who];
    switch (random.below(8)) {
      case 0:
        local.engine.close_session(session);
        sessions[who].reset();
        model[who].clear();
        break;
      case 1:
      case 2:
        REQUIRE(pubsub.unsubscribe(session, Kind::kChannel, channel) ==
                (model[who].erase(channel) != 0));
        break;
      case 3:
        pubsub.unsubscribe_all(session);
        model[who].clear();
        break;
      default:
        REQUIRE(pubsub.subscribe(session, Kind::kChannel, channel) ==
                model[who].insert(channel).second);
    }
    size_t listening = 0;
    size_t clients = 0;
    for (const auto& names : model) {
      listening += names.count(channel);
      clients += !names.empty();
    }
    REQUIRE(pubsub.publish(channel, "m") == listening);
    REQUIRE(pubsub.clients() == clients);
    REQUIRE(pubsub.subscribers(Kind::kChannel, channel) == listening);
    for (size_t i = 0; i < kSessions; ++i) {
      if (!sessions[i]) continue;
      REQUIRE(sessions[i]->output.empty() == (model[i].count(channel) == 0));
      REQUIRE(sessions[i]->has(Session::kSubscribed) == !model[i].empty());
      sessions[i]->output.consume(sessions[i]->output.size());
    }
  }
  for (auto& session : sessions) {
    if (session) local.engine.close_session(*session);
  }
  CHECK(pubsub.channels() == 0);
}

TEST_CASE("A client's own message comes behind the reply to its command", "[pubsub]") {
  LocalEngine local;
  local.run("HELLO", "3");
  local.run("SUBSCRIBE", "a");
  CHECK(local.run("PUBLISH", "a", "m") == ":1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n");
  local.run("MULTI");
  local.run("PUBLISH", "a", "m");
  local.run("PING");
  CHECK(local.run("EXEC") == "*2\r\n:1\r\n+PONG\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n");
}

TEST_CASE("A transaction is one in the journal, and only what writes is in it", "[transaction]") {
  LocalEngine local;
  Journal::Reader reader;
  local.engine.journal().attach(reader);
  local.run("MULTI");
  local.run("GET", "k");
  local.run("SET", "k", "1");
  local.run("INCR", "k");
  local.run("EXEC");
  local.run("MULTI");
  local.run("GET", "k");
  local.run("EXEC");
  std::string written;
  while (!local.engine.journal().peek(reader).empty()) {
    const Bytes bytes = local.engine.journal().peek(reader);
    written += bytes;
    local.engine.journal().advance(reader, bytes.size());
  }
  local.engine.journal().detach(reader);
  CHECK(written ==
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*1\r\n$5\r\nMULTI\r\n"
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"
        "*1\r\n$4\r\nEXEC\r\n");
}

}  // namespace
}  // namespace sorrel
