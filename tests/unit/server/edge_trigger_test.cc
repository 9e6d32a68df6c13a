// Clients that the loop tells of only when something new has come: those that have spoken a few
// times. Whatever the server leaves in a socket it must come back to by itself.
#include "server/connections.h"
#include "tests/unit/server/loopback.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

namespace sorrel {
namespace {

const std::string kPing = "*1\r\n$4\r\nPING\r\n";
const std::string kPong = "+PONG\r\n";
constexpr size_t kRead = Connections::kReadBytes;

void talk(LoopbackClient& client) {
  for (int i = 0; i < 20; ++i) client.expect(kPing, kPong);
}

std::string repeated(const std::string& text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Requests of that many bytes in all, and how many they are.
std::string requests_of(size_t bytes, size_t& count) {
  count = bytes / kPing.size() - 2;
  const size_t rest = bytes - count * kPing.size();
  // One that isn't as long as the others: "*2 PING x…" is answered with its argument.
  std::string last;
  for (size_t n = 0; last.size() < rest; ++n) last = request({"PING", std::string(n, 'x')});
  REQUIRE(last.size() == rest);
  return repeated(kPing, count) + last;
}

// What is sent while the loop is held is in the socket at once, whole.
template <typename Send>
void send_at_once(LoopbackServer& server, Send send) {
  server.on_loop([&] {
    send();
    return 0;
  });
}

TEST_CASE("what fills the read buffer to the byte is answered, and what follows", "[server]") {
  LoopbackServer server;
  for (const size_t bytes : {kRead - 1, kRead, kRead + 1, 2 * kRead, 3 * kRead}) {
    LoopbackClient client(server.port());
    talk(client);
    size_t pings = 0;
    const std::string requests = requests_of(bytes, pings);
    REQUIRE(requests.size() == bytes);
    send_at_once(server, [&] { client.send(requests); });
    CHECK(client.receive(pings * kPong.size()) == repeated(kPong, pings));
    CHECK(client.receive(1) == "$");
    std::string rest;
    while (rest.size() < 2 || rest.substr(rest.size() - 2) != "\r\n") rest += client.receive(1);
    const size_t echoed = std::stoul(rest);
    CHECK(client.receive(echoed + 2).size() == echoed + 2);
    client.expect(kPing, kPong);
  }
}

TEST_CASE("more requests than a turn runs, of a client that has spoken before", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  talk(client);
  const size_t count = 20 * Connection::kRequestsPerTurn + 1;
  std::thread sender([&] { client.send(repeated(kPing, count)); });
  CHECK(client.receive(count * kPong.size()) == repeated(kPong, count));
  sender.join();
  client.expect(kPing, kPong);
}

TEST_CASE("an end that comes with the last request is seen", "[server]") {
  LoopbackServer server;
  for (const size_t bytes : {size_t{200}, kRead, 2 * kRead}) {
    LoopbackClient client(server.port());
    talk(client);
    size_t pings = 0;
    const std::string requests = requests_of(bytes, pings);
    send_at_once(server, [&] {
      client.send(requests);
      client.shut_down_writing();
    });
    const std::string answers = client.receive_rest();
    CHECK(answers.substr(0, pings * kPong.size()) == repeated(kPong, pings));
  }
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 0; }));
}

TEST_CASE("an end that comes alone is seen", "[server]") {
  LoopbackServer server;
  {
    LoopbackClient client(server.port());
    talk(client);
  }
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 0; }));
}

TEST_CASE("who was paused with much behind is told of new things again", "[server]") {
  LoopbackServer server;
  LoopbackClient paused(server.port());
  LoopbackClient other(server.port());
  talk(paused);
  for (int round = 0; round < 3; ++round) {
    other.expect(request({"CLIENT", "PAUSE", "100000", "WRITE"}), "+OK\r\n");
    const size_t behind = 4 * Connection::kWaitingInputMax / kPing.size();
    std::thread sender([&] { paused.send(request({"INCR", "n"}) + repeated(kPing, behind)); });
    other.expect(request({"CLIENT", "UNPAUSE"}), "+OK\r\n");
    CHECK(paused.receive(4) == ":" + std::to_string(round + 1) + "\r\n");
    CHECK(paused.receive(behind * kPong.size()) == repeated(kPong, behind));
    sender.join();
    talk(paused);
  }
}

TEST_CASE("who didn't read its replies for a while is told of new things again", "[server]") {
  LoopbackServer server({{"client-output-buffer-limit", "normal 0 0 0"}});
  LoopbackClient client(server.port());
  talk(client);
  const std::string value(100'000, 'v');
  client.expect(request({"SET", "key", value}), "+OK\r\n");
  const std::string reply = "$100000\r\n" + value + "\r\n";
  for (int round = 0; round < 2; ++round) {
    client.send(repeated(request({"GET", "key"}), 200));
    for (int i = 0; i < 200; ++i) REQUIRE(client.receive(reply.size()) == reply);
    talk(client);
  }
}

}  // namespace
}  // namespace sorrel
