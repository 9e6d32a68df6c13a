#include "server/connection.h"

#include "tests/unit/server/loopback.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace sorrel {
namespace {

const std::string kPing = "*1\r\n$4\r\nPING\r\n";

TEST_CASE("a client is answered", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  client.expect(request({"SET", "key", "value"}), "+OK\r\n");
  client.expect(request({"GET", "key"}), "$5\r\nvalue\r\n");
  client.expect("PING\r\n", "+PONG\r\n");
  // netcat users press return once more.
  client.expect("PING\r\n\n", "+PONG\r\n");
  client.expect("GET key\n", "$5\r\nvalue\r\n");
}

TEST_CASE("a pipeline is answered whole and in order, however long it is", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  std::string requests, replies;
  for (int i = 0; i < 20'000; ++i) {
    const std::string value = std::to_string(i);
    requests += request({"SET", "k", value}) + request({"GET", "k"});
    replies += "+OK\r\n$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  client.send(requests);
  CHECK(client.receive(replies.size()) == replies);
}

TEST_CASE("input may come in pieces of any size", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  const std::string text = request({"SET", "key", "a\r\nb"}) + "GET key\r\n" + kPing;
  const std::string reply = "+OK\r\n$4\r\na\r\nb\r\n+PONG\r\n";
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{5}, size_t{17}}) {
    for (size_t at = 0; at < text.size(); at += piece) {
      client.send(Bytes(text).substr(at, piece));
      // A reply that doesn't come would hide behind the next request: the loop is made to look.
      server.on_loop([] { return 0; });
    }
    CHECK(client.receive(reply.size()) == reply);
  }
}

TEST_CASE("a big argument is read into memory that follows what has arrived", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  const std::string value(20 << 20, 'v');
  client.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + std::to_string(value.size()) + "\r\n");
  client.send(Bytes(value).substr(0, 100'000));
  LoopbackClient other(server.port());
  REQUIRE(eventually([&] {
    other.send(request({"CLIENT", "LIST"}));
    const std::string header = other.receive(1);
    std::string length;
    for (std::string c = other.receive(1); c != "\r"; c = other.receive(1)) length += c;
    other.receive(1);
    const std::string list = other.receive(std::stoul(length) + 2);
    return list.find("qbuf=100033 ") != std::string::npos;
  }));
  client.send(Bytes(value).substr(100'000));
  client.expect("\r\n", "+OK\r\n");
  client.send(request({"GET", "big"}));
  CHECK(client.receive(11 + value.size() + 2) == "$20971520\r\n" + value + "\r\n");
}

TEST_CASE("a protocol error is told and ends the connection, good requests before it are done",
          "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.send(request({"SET", "key", "1"}) + "*1\r\nPING\r\n" + std::string(200'000, 'x'));
  CHECK(client.receive_rest() == "+OK\r\n-ERR Protocol error: expected '$', got 'P'\r\n");
  LoopbackClient other(server.port());
  other.expect(request({"GET", "key"}), "$1\r\n1\r\n");
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 1; }));
}

TEST_CASE("QUIT is answered, then the connection ends", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.send(request({"QUIT"}) + kPing);
  CHECK(client.receive_rest() == "+OK\r\n");
}

TEST_CASE("a client that has said all it will say gets its answers", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.send(request({"SET", "key", std::string(300'000, 'x')}) + request({"GET", "key"}));
  client.shut_down_writing();
  CHECK(client.receive_rest().size() == 5 + 9 + 300'000 + 2);
}

TEST_CASE("what a client sent before it was reset is executed", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  client.send(request({"SET", "last", "words"}));
  LoopbackClient other(server.port());
  CHECK(eventually([&] {
    other.send(request({"EXISTS", "last"}));
    return other.receive(4) == ":1\r\n";
  }));
  client.reset();
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 1; }));
}

TEST_CASE("a client that goes while it is written to harms nobody", "[server]") {
  LoopbackServer server;
  LoopbackClient steady(server.port());
  steady.expect(request({"SET", "big", std::string(4 << 20, 'x')}), "+OK\r\n");
  for (int i = 0; i < 20; ++i) {
    LoopbackClient client(server.port());
    for (int n = 0; n < 4; ++n) client.send(request({"GET", "big"}));
    if (i % 2 == 0) {
      client.receive(100);
      client.reset();
    }
  }
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 1; }));
  steady.expect(kPing, "+PONG\r\n");
}

TEST_CASE("a slow reader gets everything, in its own time", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port(), 4096);
  const std::string value(1 << 20, 'x');
  client.expect(request({"SET", "big", value}), "+OK\r\n");
  const std::string reply = "$1048576\r\n" + value + "\r\n";
  std::string requests;
  for (int i = 0; i < 16; ++i) requests += request({"GET", "big"});
  client.send(requests);
  for (int i = 0; i < 16; ++i) REQUIRE(client.receive(reply.size()) == reply);
  client.expect(kPing, "+PONG\r\n");
}

TEST_CASE("one client's flood doesn't hold up another", "[server]") {
  LoopbackServer server;
  LoopbackClient flood(server.port());
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  std::string requests;
  for (int i = 0; i < 30'000; ++i) requests += kPing;
  // Too much for the socket's buffers: it is answered as it is read.
  std::thread sender([&] { flood.send(requests); });
  for (int i = 0; i < 10; ++i) client.expect(kPing, "+PONG\r\n");
  const std::string replies = flood.receive(30'000 * 7);
  sender.join();
  CHECK(replies.size() == 30'000 * 7);
}

TEST_CASE("a client whose unread replies pass the hard limit is closed", "[server]") {
  LoopbackServer server({{"client-output-buffer-limit", "normal 1mb 0 0"}});
  LoopbackClient client(server.port(), 4096);
  client.expect(request({"SET", "big", std::string(200'000, 'x')}), "+OK\r\n");
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += request({"GET", "big"});
  client.send(requests);
  CHECK(client.receive_rest().size() < 40'000'000);
  CHECK(server.log().contains("closed ASAP for overcoming of output buffer limits."));
  CHECK(server.on_loop([&] {
    return server.instance().engine().stats().output_buffer_limit_disconnections;
  }) == 1);
}

// Messages are numbered: what is read must be in order and whole, to the last one.
TEST_CASE("a slow subscriber loses its oldest messages instead of its connection", "[server]") {
  constexpr int kMessages = 3000;
  const std::string body(10'000, 'x');
  LoopbackServer server({{"client-output-buffer-limit", "pubsub 1mb 0 0"},
                         {"client-output-buffer-policy", "pubsub drop-oldest"}});
  LoopbackClient slow(server.port(), 4096);
  const std::string confirmed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  slow.expect(request({"SUBSCRIBE", "c"}), confirmed);
  LoopbackClient publisher(server.port());
  const auto number = [](int i) { return std::to_string(1'000'000 + i); };
  for (int i = 0; i < kMessages; ++i) {
    publisher.expect(request({"PUBLISH", "c", number(i) + body}), ":1\r\n");
  }
  const uint64_t dropped =
      server.on_loop([&] { return server.instance().engine().stats().dropped_messages; });
  CHECK(dropped > 0);
  CHECK(server.on_loop([&] { return server.instance().engine().client_memory().total(); }) <
        2'000'000);
  const std::string head = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$10007\r\n";
  int last = -1;
  for (uint64_t left = kMessages - dropped; left > 0; --left) {
    REQUIRE(slow.receive(head.size()) == head);
    const std::string message = slow.receive(7 + body.size() + 2);
    REQUIRE(message.substr(7) == body + "\r\n");
    const int got = std::stoi(message.substr(0, 7)) - 1'000'000;
    REQUIRE(got > last);
    last = got;
  }
  CHECK(last == kMessages - 1);
  CHECK(server.set("client-output-buffer-policy", "pubsub disconnect").empty());
  for (int i = 0; i < kMessages; ++i) {
    publisher.send(request({"PUBLISH", "c", number(i) + body}));
    const std::string told = publisher.receive(4);
    if (told == ":0\r\n") break;
  }
  CHECK(server.log().contains("closed ASAP for overcoming of output buffer limits."));
}

TEST_CASE("a pipeline of big replies isn't executed further than the limits see", "[server]") {
  LoopbackServer server({{"client-output-buffer-limit", "normal 10mb 0 0"}});
  LoopbackClient client(server.port(), 4096);
  client.expect(request({"SET", "big", std::string(4 << 20, 'x')}), "+OK\r\n");
  std::string requests;
  for (int i = 0; i < 60; ++i) requests += request({"GET", "big"});
  client.send(requests);
  client.receive_rest();
  const auto executed =
      server.on_loop([&] { return server.instance().engine().stats().commands_processed; });
  // What the kernel's buffers took, and the limit: not all of it.
  CHECK(executed < 20);
}

TEST_CASE("a browser that was led here is cut off before its second line", "[server]") {
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.send("POST / HTTP/1.1\r\nSET key evil\r\n");
  CHECK(client.receive_rest().empty());
  CHECK(server.log().contains("Possible SECURITY ATTACK detected."));
  LoopbackClient get(server.port());
  get.send("GET / HTTP/1.1\r\nHost: localhost\r\nSET key evil\r\n");
  CHECK(get.receive_rest().empty());
  LoopbackClient other(server.port());
  other.expect(request({"EXISTS", "key"}), ":0\r\n");
}

TEST_CASE("an argument that is whole passes the limit, too", "[server]") {
  LoopbackServer server({{"client-query-buffer-limit", "1mb"}});
  const auto set = [](size_t bytes) {
    return "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(bytes) + "\r\n" +
           std::string(bytes, 'x') + "\r\n";
  };
  LoopbackClient below(server.port());
  below.expect(set(1'048'000), "+OK\r\n");
  LoopbackClient above(server.port());
  above.send(set(1'048'576));
  CHECK(above.receive_rest().empty());
  below.expect(request({"STRLEN", "k"}), ":1048000\r\n");
  CHECK(server.on_loop([&] {
    return server.instance().engine().stats().query_buffer_limit_disconnections;
  }) == 1);
}

TEST_CASE("a big argument counts for maxmemory-clients before it is executed", "[server]") {
  LoopbackServer server({{"maxmemory-clients", "3mb"}});
  LoopbackClient client(server.port());
  client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3200000\r\n" + std::string(3'200'000, 'x') + "\r\n");
  CHECK(client.receive_rest().empty());
  LoopbackClient other(server.port());
  other.expect(request({"EXISTS", "k"}), ":0\r\n");
  CHECK(server.log().contains("Evicting client: id="));
}

TEST_CASE("clients' memory is what they hold", "[server]") {
  LoopbackServer server;
  const auto total = [&] {
    return server.on_loop([&] { return server.instance().engine().client_memory().total(); });
  };
  CHECK(total() == 0);
  {
    LoopbackClient client(server.port());
    client.expect(kPing, "+PONG\r\n");
    const size_t idle = total();
    // Its output keeps a kilobyte; there is no input buffer.
    CHECK(idle > 0);
    CHECK(idle < 3000);
    client.send("*2\r\n$3\r\nGET\r\n$4000000\r\n" + std::string(2'000'000, 'x'));
    CHECK(eventually([&] { return total() > idle + 2'000'000; }));
  }
  CHECK(eventually([&] { return total() == 0; }));
}

TEST_CASE("a client whose unread replies stay over the soft limit is closed after a while",
          "[server]") {
  ManualClock clock;
  LoopbackServer server({{"client-output-buffer-limit", "normal 0 1mb 10"}, {"hz", "500"}}, &clock);
  LoopbackClient client(server.port(), 4096);
  client.expect(request({"SET", "big", std::string(200'000, 'x')}), "+OK\r\n");
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += request({"GET", "big"});
  client.send(requests + request({"SET", "done", "1"}));
  LoopbackClient other(server.port());
  REQUIRE(eventually([&] {
    other.send(request({"EXISTS", "done"}));
    return other.receive(4) == ":1\r\n";
  }));
  server.advance_ms(clock, 9'000);
  CHECK_FALSE(server.log().contains("closed ASAP"));
  server.advance_ms(clock, 2'000);
  CHECK(eventually([&] { return server.log().contains("closed ASAP"); }));
}

TEST_CASE("a query that passes its limit ends the connection", "[server]") {
  LoopbackServer server({{"client-query-buffer-limit", "1mb"}});
  LoopbackClient client(server.port());
  client.send("*2\r\n$3\r\nGET\r\n$4000000\r\n");
  std::thread sender([&] {
    const std::string block(100'000, 'x');
    for (int i = 0; i < 30 && ::send(client.fd(), block.data(), block.size(), MSG_NOSIGNAL) > 0;
         ++i) {
    }
  });
  CHECK(client.receive_rest().empty());
  sender.join();
  CHECK(server.log().contains("Closing client that reached max query buffer length: id="));
}

TEST_CASE("a client that waits for CLIENT UNPAUSE is served then, and bounded until then",
          "[server]") {
  LoopbackServer server;
  LoopbackClient paused(server.port());
  LoopbackClient other(server.port());
  other.expect(request({"CLIENT", "PAUSE", "100000", "WRITE"}), "+OK\r\n");
  std::string requests, replies;
  for (int i = 0; i < 10'000; ++i) {
    requests += request({"INCR", "n"});
    replies += ":" + std::to_string(i + 1) + "\r\n";
  }
  std::thread sender([&] { paused.send(requests); });
  other.expect(request({"GET", "n"}), "$-1\r\n");
  other.expect(request({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  CHECK(paused.receive(replies.size()) == replies);
  sender.join();
}

TEST_CASE("a paused client may be killed, and may go", "[server]") {
  LoopbackServer server;
  LoopbackClient other(server.port());
  other.expect(request({"CLIENT", "PAUSE", "100000", "WRITE"}), "+OK\r\n");
  LoopbackClient killed(server.port());
  killed.send(request({"CLIENT", "ID"}) + request({"INCR", "n"}));
  const std::string id = killed.receive(4).substr(1, 1);
  other.expect(request({"CLIENT", "KILL", "ID", id}), ":1\r\n");
  CHECK(killed.receive_rest().empty());
  {
    LoopbackClient gone(server.port());
    // Not gone before it came: its first command is answered.
    gone.send(request({"PING"}) + request({"INCR", "n"}));
    CHECK(gone.receive(7) == "+PONG\r\n");
  }
  CHECK(eventually(
      [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 1; }));
  other.expect(request({"CLIENT", "UNPAUSE"}), "+OK\r\n");
  // Its INCR was never run: nobody could have been told the result.
  other.expect(request({"GET", "n"}), "$-1\r\n");
}

// How many wait for a key.
size_t waiting(LoopbackServer& server) {
  return server.on_loop([&] { return server.instance().engine().blocking().waiting(); });
}

TEST_CASE("a client that went while it waited takes nothing along", "[server]") {
  for (const size_t behind : {size_t{0}, 2 * Connection::kWaitingInputMax}) {
    LoopbackServer server;
    LoopbackClient other(server.port());
    other.expect(kPing, "+PONG\r\n");
    LoopbackClient gone(server.port());
    gone.send(request({"BLPOP", "queue", "0"}) + std::string(behind, '\n'));
    REQUIRE(eventually([&] { return waiting(server) == 1; }));
    if (behind != 0) {
      // The server has read as much as it will.
      CHECK(eventually([&] {
        return server.on_loop([&] { return server.instance().engine().stats().net_input_bytes; }) >=
               Connection::kWaitingInputMax;
      }));
    }
    // Both are there when the loop looks again.
    server.on_loop([&] {
      other.send(request({"RPUSH", "queue", "a"}) + request({"LLEN", "queue"}));
      gone.reset();
      return 0;
    });
    CHECK(other.receive(8) == ":1\r\n:1\r\n");
    CHECK(eventually(
        [&] { return server.on_loop([&] { return server.instance().connection_count(); }) == 1; }));
  }
}

TEST_CASE("a waiting client is seen to go, whatever it has sent behind", "[server]") {
  LoopbackServer server;
  {
    LoopbackClient gone(server.port());
    gone.send(request({"BLPOP", "queue", "0"}) + request({"ECHO", std::string(200'000, 'x')}));
    REQUIRE(eventually([&] { return waiting(server) == 1; }));
  }
  CHECK(eventually([&] { return waiting(server) == 0; }));
}

TEST_CASE("an idle client is closed after `timeout`", "[server]") {
  ManualClock clock;
  LoopbackServer server({{"timeout", "60"}, {"hz", "500"}}, &clock);
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  server.advance_ms(clock, 59'000);
  client.expect(kPing, "+PONG\r\n");
  server.advance_ms(clock, 61'000);
  CHECK(client.receive_rest().empty());
  CHECK(server.log().contains("Closing idle client"));
}

TEST_CASE("who listens, or waits for the end of a pause, is not idle", "[server]") {
  ManualClock clock;
  LoopbackServer server({{"timeout", "60"}, {"hz", "500"}}, &clock);
  LoopbackClient idle(server.port()), monitor(server.port()), paused(server.port());
  idle.expect(kPing, "+PONG\r\n");
  monitor.expect(request({"MONITOR"}), "+OK\r\n");
  paused.expect(request({"CLIENT", "PAUSE", "1000000", "WRITE"}), "+OK\r\n");
  paused.send(request({"SET", "key", "1"}));
  REQUIRE(eventually([&] {
    return server.on_loop([&] {
      bool waits = false;
      server.instance().engine().sessions().for_each(
          [&](Session& session) { waits |= session.has(Session::kPaused); });
      return waits;
    });
  }));
  server.advance_ms(clock, 61'000);
  CHECK(idle.receive_rest().empty());
  server.advance_ms(clock, 1'000'000);
  CHECK(paused.receive(5) == "+OK\r\n");
  monitor.receive(1);
}

TEST_CASE("a client without the password can't have the server keep replies for it", "[server]") {
  LoopbackServer server({{"requirepass", "secret"}});
  LoopbackClient client(server.port(), 4096);
  std::string requests;
  for (int i = 0; i < 20'000; ++i) requests += kPing;
  std::thread sender([&] {
    // Ends when the server has had enough.
    for (int i = 0; i < 1000; ++i) {
      if (::send(client.fd(), requests.data(), requests.size(), MSG_NOSIGNAL) <= 0) break;
    }
  });
  CHECK(eventually([&] { return server.log().contains("closed ASAP for overcoming"); }));
  sender.join();
}

}  // namespace
}  // namespace sorrel
