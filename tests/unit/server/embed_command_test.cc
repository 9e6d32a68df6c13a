// Commands of the host's own, from outside.

#include "sorrel/sorrel.hpp"
#include "tests/unit/server/loopback.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace sorrel {
namespace {

options loopback_options() {
  options made;
  made.set("bind", "127.0.0.1").any_port();
  return made;
}

std::string text_of(const reply& answer) {
  return std::string(answer.text());
}

TEST_CASE("a host's command is a command like all others", "[embed]") {
  std::unique_ptr<client> inside;
  server made(loopback_options());
  made.register_command("Shop.Order", -3, SORREL_COMMAND_WRITE | SORREL_COMMAND_DENYOOM, {1, 1, 1},
                        [&](call& order) {
                          CHECK(order[0] == "SHOP.order");
                          const int64_t left = inside->get<int64_t>("DECRBY", order[1], order[2]);
                          order.map(2);
                          order.string("left");
                          order.integer(left);
                          order.string("raw");
                          order.whole(inside->call("MGET", order[1], "none"));
                        });
  made.start_thread();
  inside = std::make_unique<client>(made.connect());
  client user = made.connect();
  user.call("SET", "tea", 10);
  const reply ordered = user.call("SHOP.order", "tea", 3);
  REQUIRE(ordered.type() == SORREL_REPLY_MAP);
  CHECK(ordered[1].integer() == 7);
  CHECK(ordered[3][0].text() == "7");
  CHECK(ordered[3][1].is_null());
  LoopbackClient socket(made.port());
  socket.expect(request({"SHOP.order", "tea", "2"}),
                "*4\r\n$4\r\nleft\r\n:5\r\n$3\r\nraw\r\n*2\r\n$1\r\n5\r\n$-1\r\n");
  CHECK(text_of(user.call("shop.order", "tea")) ==
        "ERR wrong number of arguments for 'shop.order' command");
  CHECK(user.get<std::vector<std::string>>("COMMAND", "GETKEYS", "shop.order", "tea", "1") ==
        std::vector<std::string>{"tea"});
  CHECK(user.call("COMMAND", "INFO", "shop.order")[0][1].integer() == -3);
  CHECK(user.call("COMMAND", "DOCS", "shop.order").size() == 2);
  inside.reset();
}

TEST_CASE("a host's command that doesn't reply once is an error", "[embed]") {
  server made;
  const auto add = [&](const char* name, std::function<void(call&)> function) {
    made.register_command(name, 1, 0, {}, std::move(function));
  };
  add("x.none", [](call&) {});
  add("x.two", [](call& c) { c.integer(1), c.integer(2); });
  add("x.short", [](call& c) { c.array(2), c.integer(1); });
  add("x.empty", [](call& c) { c.array(0); });
  add("x.nested", [](call& c) { c.array(2), c.set(1), c.null(), c.array(1), c.boolean(true); });
  add("x.huge", [](call& c) { c.map(std::numeric_limits<size_t>::max()); });
  add("x.deep", [](call& c) {
    for (int depth = 0; depth < 1000; ++depth) c.array(1);
    c.integer(1);
  });
  add("x.deepest", [](call& c) {
    for (int depth = 0; depth < 64; ++depth) c.array(1);
    c.integer(1);
  });
  add("x.throws", [](call&) { throw std::runtime_error("no tea"); });
  add("x.status", [](call& c) { c.status("FINE"); });
  add("x.real", [](call& c) { c.real(0.5); });
  made.start_thread();
  client user = made.connect();
  for (const std::string name : {"x.none", "x.two", "x.short", "x.huge", "x.deep"}) {
    CHECK(text_of(user.call(name)) == "ERR '" + name + "' didn't give exactly one reply");
  }
  CHECK(user.call("x.empty").type() == SORREL_REPLY_ARRAY);
  CHECK(user.call("x.deepest").type() == SORREL_REPLY_ARRAY);
  const reply nested = user.call("x.nested");
  REQUIRE(nested.size() == 2);
  CHECK(nested[0].type() == SORREL_REPLY_SET);
  CHECK(nested[1][0].type() == SORREL_REPLY_BOOLEAN);
  CHECK(text_of(user.call("x.throws")) == "ERR no tea");
  CHECK(text_of(user.call("x.status")) == "FINE");
  CHECK(user.call("x.real").real() == 0.5);
}

TEST_CASE("what a command inside a host's command brings about comes behind the outer one",
          "[embed]") {
  std::unique_ptr<client> inside;
  server made(loopback_options());
  made.register_command("x.tell", 1, 0, {}, [&](call& answer) {
    answer.array(2);
    answer.integer(inside->get<int64_t>("PUBLISH", "news", "hello"));
    answer.integer(inside->get<int64_t>("RPUSH", "queue", "a"));
  });
  made.start_thread();
  inside = std::make_unique<client>(made.connect());
  const std::string message = ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n";
  const std::string subscribed = ">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";
  LoopbackClient user(made.port());
  user.send(request({"HELLO", "3"}));
  user.expect(request({"SUBSCRIBE", "news"}), {});
  const std::string opening = user.receive(1);
  std::string said = opening;
  while (!said.ends_with(subscribed)) said += user.receive(1);
  user.expect(request({"x.tell"}), "*2\r\n:1\r\n:1\r\n" + message);
  // Whoever waits is served behind the transaction, too.
  user.expect(request({"DEL", "queue"}), ":1\r\n");
  LoopbackClient waiter(made.port());
  waiter.expect(request({"PING"}) + request({"BLPOP", "queue", "0"}), "+PONG\r\n");
  client third = made.connect();
  CHECK(eventually([&] {
    return third.get<std::string>("INFO", "clients").find("blocked_clients:1") != std::string::npos;
  }));
  user.expect(request({"MULTI"}), "+OK\r\n");
  user.expect(request({"x.tell"}), "+QUEUED\r\n");
  user.expect(request({"LLEN", "queue"}), "+QUEUED\r\n");
  user.expect(request({"EXEC"}), "*2\r\n*2\r\n:1\r\n:1\r\n:1\r\n" + message);
  const std::string served = "*2\r\n$5\r\nqueue\r\n$1\r\na\r\n";
  CHECK(waiter.receive(served.size()) == served);
  inside.reset();
}

TEST_CASE("what is called in an open transaction isn't handed out as safe", "[embed]") {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("sorrel-embed-exec-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  options with;
  with.set("dir", directory).set("appendonly", "yes").set("appendfsync", "always");
  {
    std::unique_ptr<client> inside;
    sorrel_status status = SORREL_INVALID;
    server made(with);
    made.register_command("x.set", 1, 0, {}, [&](call& answer) {
      const char* const words[] = {"SET", "inner", "1"};
      sorrel_reply* reply = nullptr;
      status = sorrel_client_call(inside->handle(), 3, words, nullptr, -1, &reply);
      sorrel_reply_free(reply);
      answer.integer(1);
    });
    made.start_thread();
    inside = std::make_unique<client>(made.connect());
    client user = made.connect();
    user.call("x.set");
    CHECK(status == SORREL_OK);
    user.call("MULTI");
    user.call("SET", "outer", "1");
    user.call("x.set");
    user.call("SET", "inner", "2");
    CHECK(user.call("EXEC").size() == 3);
    CHECK(status == SORREL_WOULD_BLOCK);
    CHECK(user.get<std::string>("GET", "inner") == "2");
    user.call("x.set");
    CHECK(status == SORREL_OK);
    inside.reset();
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("rename-command renames, hides and takes away, a host's commands too", "[embed]") {
  const std::string secret = "b840fc02d524045429941cc15f59e41cb7be6c52";
  options with;
  with.set("rename-command", "config " + secret)
      .set("rename-command", "get \"\"")
      .set("rename-command", "mine yours");
  server made(with);
  made.register_command("mine", 1, SORREL_COMMAND_FAST, {0, 0, 0},
                        [](call& answer) { answer.integer(7); });
  made.start_thread();
  client user = made.connect();
  CHECK(user.call("CONFIG", "GET", "port").is_error());
  CHECK(user.call(secret, "GET", "port").size() == 2);
  CHECK(text_of(user.call("GET", "key")) ==
        "ERR unknown command 'GET', with args beginning with: 'key' ");
  CHECK(user.call("MINE").is_error());
  CHECK(user.get<int>("YOURS") == 7);
  options wrong;
  wrong.set("rename-command", "nosuch other");
  server refused(wrong);
  CHECK_THROWS_WITH(refused.start_thread(), "No such command in rename-command: nosuch");
}

TEST_CASE("a command that can't be is refused with the reason", "[embed]") {
  server made;
  const auto refused = [&](const char* name, int arity, unsigned flags, sorrel_keys keys) {
    const auto nothing = [](sorrel_call*, int, const char* const*, const size_t*, void*) {};
    const sorrel_status status =
        sorrel_server_register_command(made.handle(), name, arity, flags, keys, nothing, nullptr);
    return status == SORREL_INVALID ? std::string(sorrel_server_error(made.handle()))
                                    : std::string(sorrel_status_text(status));
  };
  CHECK(refused("ok.one", 1, 0, {}) == "ok");
  CHECK(refused("OK.ONE", 1, 0, {}) == "there is a command 'ok.one' already");
  CHECK(refused("get", 2, 0, {}) == "there is a command 'get' already");
  CHECK(refused("", 1, 0, {}) == "a command's name has 1 to 16 characters");
  CHECK(refused("a.name.too.long.x", 1, 0, {}) == "a command's name has 1 to 16 characters");
  CHECK(refused("a b", 1, 0, {}) == "a command's name has letters, digits, '.', '-' and '_'");
  CHECK(refused("a", 0, 0, {}) == "the arity counts the name, so it isn't 0");
  CHECK(refused("a", 1, 1u << 20, {}) == "an unknown flag");
  CHECK(refused("a", 1, SORREL_COMMAND_WRITE | SORREL_COMMAND_READONLY, {}) ==
        "a command either writes or reads only");
  CHECK(refused("a", 1, SORREL_COMMAND_DENYOOM, {}) ==
        "only a command that writes can be refused for want of memory");
  const std::string keys =
      "keys go from argument 1 or later, in steps, to an argument that isn't before the first";
  CHECK(refused("a", 2, 0, {0, 1, 1}) == keys);
  CHECK(refused("a", 2, 0, {2, 1, 1}) == keys);
  CHECK(refused("a", 2, 0, {1, -1, 0}) == keys);
  const std::string far = "keys are among the arguments 1 to 65535";
  constexpr int kMost = std::numeric_limits<int>::max(), kLeast = std::numeric_limits<int>::min();
  CHECK(refused("a", 2, 0, {1, -1, kMost}) == far);
  CHECK(refused("a", 2, 0, {1, kMost, 1}) == far);
  CHECK(refused("a", 2, 0, {1, kLeast, 1}) == far);
  CHECK(refused("a", 2, 0, {kMost, kMost, 1}) == far);
  made.start_thread();
  CHECK(refused("late", 1, 0, {}) == "not possible in this state");
}

}  // namespace
}  // namespace sorrel
