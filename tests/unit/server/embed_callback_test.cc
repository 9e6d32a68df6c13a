// Callbacks of in-process clients that go on where they were called.

#include "sorrel/sorrel.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sorrel {
namespace {

TEST_CASE("a callback may send the next call, for ever, and others are served", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  int sent = 0;
  std::atomic<bool> enough{false};
  std::promise<void> ended;
  const std::function<void(sorrel_status, const reply&)> next = [&](sorrel_status, const reply&) {
    if (++sent > 200'000 && enough) return ended.set_value();
    user.send(next, "PING");
  };
  user.send(next, "PING");
  CHECK(made.connect().call("ECHO", "served").text() == "served");
  enough = true;
  ended.get_future().get();
}

TEST_CASE("what callbacks send and call is answered in its order", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  std::vector<int> order;
  std::promise<void> ended;
  const auto note = [&](int number) {
    return [&order, number](sorrel_status, const reply&) { order.push_back(number); };
  };
  user.send(
      [&](sorrel_status, const reply&) {
        user.send(note(1), "INCR", "n");
        CHECK(order.empty());
        CHECK(user.get<int>("INCR", "n") == 2);
        CHECK(order == std::vector<int>{1});
        user.send(note(2), "INCR", "n");
        user.send([&](sorrel_status, const reply&) { ended.set_value(); }, "INCR", "n");
      },
      "PING");
  ended.get_future().get();
  CHECK(order == std::vector<int>{1, 2});
  CHECK(user.get<int>("GET", "n") == 4);
}

TEST_CASE("a client that is freed takes no more calls from its callbacks", "[embed]") {
  struct Retrying {
    static void answered(void* user, sorrel_status status, sorrel_reply* answer) {
      auto& self = *static_cast<Retrying*>(user);
      sorrel_reply_free(answer);
      self.statuses.push_back(status);
      self.retried = self.send();
    }
    sorrel_status send() {
      const char* const words[] = {"BLPOP", "none", "0"};
      return sorrel_client_send(client, 3, words, nullptr, &answered, this);
    }
    sorrel_client* client = nullptr;
    std::vector<sorrel_status> statuses;
    sorrel_status retried = SORREL_OK;
  };
  server made = server::in_memory();
  Retrying retrying;
  REQUIRE(sorrel_client_new(made.handle(), &retrying.client) == SORREL_OK);
  REQUIRE(retrying.send() == SORREL_OK);
  sorrel_client_free(retrying.client);
  CHECK(retrying.statuses == std::vector<sorrel_status>{SORREL_CLOSED});
  CHECK(retrying.retried == SORREL_CLOSED);
}

TEST_CASE("who sends may hold a lock that the callback takes", "[embed]") {
  constexpr int kCalls = 5000;
  server made = server::in_memory();
  client user = made.connect();
  std::mutex mine;
  int answered = 0;
  std::promise<void> ended;
  for (int i = 0; i < kCalls; ++i) {
    const std::lock_guard lock(mine);
    user.send(
        [&](sorrel_status, const reply&) {
          const std::lock_guard inside(mine);
          if (++answered == kCalls) ended.set_value();
        },
        "PING");
  }
  ended.get_future().get();
}

TEST_CASE("who is told that a client was freed may call another client", "[embed]") {
  server made = server::in_memory();
  client other = made.connect();
  std::atomic<int> told{0};
  constexpr int kRounds = 50, kCalls = 20;
  for (int i = 0; i < kRounds; ++i) {
    client user = made.connect();
    for (int j = 0; j < kCalls; ++j) {
      user.send(
          [&](sorrel_status, const reply&) {
            CHECK(other.call("PING").text() == "PONG");
            ++told;
          },
          "PING");
    }
  }
  CHECK(told == kRounds * kCalls);
}

TEST_CASE("a thread with the name of the one that ran the server may free it", "[embed]") {
  for (int i = 0; i < 20; ++i) {
    sorrel_server* made = nullptr;
    REQUIRE(sorrel_server_new(nullptr, &made) == SORREL_OK);
    REQUIRE(sorrel_server_start_thread(made) == SORREL_OK);
    REQUIRE(sorrel_server_stop(made, 0, -1) == SORREL_OK);
    sorrel_status freed = SORREL_FAILED;
    std::thread([&] { freed = sorrel_server_free(made); }).join();
    REQUIRE(freed == SORREL_OK);
  }
}

TEST_CASE("a server whose loop another thread turns isn't freed", "[embed]") {
  server made;
  made.open();
  sorrel_status freed = SORREL_OK;
  std::thread([&] { freed = sorrel_server_free(made.handle()); }).join();
  CHECK(freed == SORREL_STATE);
  CHECK(made.connect().call("ECHO", 'x').text() == "x");
  CHECK(sorrel_server_save(made.handle(), "") == SORREL_INVALID);
}

}  // namespace
}  // namespace sorrel
