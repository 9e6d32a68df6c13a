// The public interface, from outside: C where the shape matters, C++ where it is told shorter.

#include "sorrel/sorrel.hpp"
#include "tests/unit/server/loopback.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sorrel {
namespace {

using std::chrono::milliseconds;

options loopback_options() {
  options made;
  made.set("bind", "127.0.0.1").any_port();
  return made;
}

std::string text_of(const reply& answer) {
  return std::string(answer.text());
}

// What arrives on the loop's thread, awaited on the test's.
class Heard {
 public:
  void add(reply said) {
    const std::lock_guard lock(mutex_);
    said_.push_back(std::move(said));
    changed_.notify_all();
  }
  std::vector<reply> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    const auto enough = [&] { return said_.size() >= count; };
    for (int waited_ms = 0; waited_ms < LoopbackClient::kPatienceMs && !enough();
         waited_ms += LoopbackClient::kStepMs) {
      changed_.wait_for(lock, milliseconds(LoopbackClient::kStepMs), enough);
    }
    CHECK(enough());
    return said_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<reply> said_;
};

// ---- Options.

TEST_CASE("options take the words of redis.conf, and say what is wrong with others", "[embed]") {
  sorrel_options* options = nullptr;
  REQUIRE(sorrel_options_new(&options) == SORREL_OK);
  CHECK(sorrel_options_set(options, "maxmemory", "100mb") == SORREL_OK);
  CHECK(sorrel_options_set(options, "bind", "127.0.0.1 ::1") == SORREL_OK);
  CHECK(std::string(sorrel_options_error(options)).empty());
  CHECK(sorrel_options_set(options, "maxmemory", "many") == SORREL_INVALID);
  CHECK(std::string(sorrel_options_error(options)).rfind("maxmemory: ", 0) == 0);
  CHECK(sorrel_options_set(options, "no-such-thing", "1") == SORREL_INVALID);
  CHECK(sorrel_options_set(options, "requirepass", "\"open") == SORREL_INVALID);
  CHECK(std::string(sorrel_options_error(options)) == "requirepass: unbalanced quotes");
  CHECK(sorrel_options_set(nullptr, "port", "1") == SORREL_INVALID);
  CHECK(sorrel_options_set(options, nullptr, "1") == SORREL_INVALID);
  CHECK(sorrel_options_set(options, "port", nullptr) == SORREL_INVALID);
  CHECK(sorrel_options_new(nullptr) == SORREL_INVALID);
  sorrel_options_free(options);
  sorrel_options_free(nullptr);
  CHECK(std::string(sorrel_options_error(nullptr)).empty());
}

TEST_CASE("options of a file, and of several servers", "[embed]") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("sorrel_embed_" + std::to_string(getpid()));
  std::ofstream(path) << "databases 3\n# a comment\nmaxmemory-policy allkeys-lru\n";
  options with;
  with.load(path.string());
  server one(with), two(with);
  with.set("databases", "5");
  server three(with);
  const auto databases = [](server& of) {
    of.start_thread();
    return of.connect().get<std::map<std::string, std::string>>("CONFIG", "GET",
                                                                "databases")["databases"];
  };
  CHECK(databases(one) == "3");
  CHECK(databases(two) == "3");
  CHECK(databases(three) == "5");
  std::ofstream(path) << "databases 3\nport many\n";
  CHECK_THROWS_WITH(with.load(path.string()),
                    Catch::StartsWith("file " + path.string() + ", line 2: 'port many': "));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(with.load(path.string()), error);
}

struct CountedMemory {
  static constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
  std::atomic<size_t> bytes{0};
  std::atomic<size_t> limit{kNoLimit};
  std::atomic<size_t> purges{0};
  sorrel_allocator table() {
    return {[](void* user, size_t size) -> void* {
              auto& counted = *static_cast<CountedMemory*>(user);
              if (counted.bytes + size > counted.limit) return nullptr;
              counted.bytes += size;
              return malloc(size);
            },
            [](void* user, void* memory, size_t size) {
              static_cast<CountedMemory*>(user)->bytes -= size;
              free(memory);
            },
            nullptr,
            this,
            nullptr,
            [](void* user) { ++static_cast<CountedMemory*>(user)->purges; }};
  }
};

TEST_CASE("keys and values are in the host's memory, all of which comes back", "[embed]") {
  CountedMemory memory;
  options with;
  with.allocator(memory.table());
  {
    server made(with);
    made.start_thread();
    client user = made.connect();
    const size_t before = memory.bytes;
    CHECK(memory.purges == 0);
    user.call("MEMORY", "PURGE");
    CHECK(memory.purges == 1);
    user.call("SET", "key", std::string(100'000, 'x'));
    CHECK(memory.bytes >= before + 100'000);
    memory.limit = memory.bytes + 1000;
    const reply refused = user.call("SET", "key2", std::string(100'000, 'x'));
    CHECK(refused.is_error());
    CHECK(text_of(refused).rfind("OOM ", 0) == 0);
    memory.limit = CountedMemory::kNoLimit;
    CHECK(text_of(user.call("SET", "key2", std::string(100'000, 'x'))) == "OK");
  }
  CHECK(memory.bytes == 0);
  const sorrel_allocator half = {nullptr, memory.table().free, nullptr, nullptr, nullptr, nullptr};
  CHECK_THROWS_WITH(with.allocator(half), "an allocator needs both allocate and free");
}

TEST_CASE("the log goes to the host, from its level on", "[embed]") {
  struct Lines {
    std::mutex mutex;
    std::vector<std::string> lines;
  } lines;
  const auto log = [](void* user, sorrel_log_level, const char* line, size_t length) {
    auto& into = *static_cast<Lines*>(user);
    const std::lock_guard lock(into.mutex);
    into.lines.emplace_back(line, length);
  };
  for (const char* level : {"notice", "nothing"}) {
    options with;
    with.set("loglevel", level).set("replica-priority", "50").logger(log, &lines);
    server made(with);
    made.start_thread();
    made.stop();
  }
  const auto count = [&](const std::string& line) {
    return std::count(lines.lines.begin(), lines.lines.end(), line);
  };
  CHECK(count("The setting 'replica-priority' has no effect yet.") == 1);
  CHECK(count("User requested shutdown...") == 1);
}

// ---- Replies.

TEST_CASE("a reply is a tree of RESP3's types", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  CHECK(user.call("PING").type() == SORREL_REPLY_STATUS);
  CHECK(user.call("GET", "none").type() == SORREL_REPLY_NULL);
  CHECK(user.call("NO-SUCH").type() == SORREL_REPLY_ERROR);
  CHECK(user.call("DEL", "none").type() == SORREL_REPLY_INTEGER);
  CHECK(user.call("HELLO").type() == SORREL_REPLY_MAP);
  user.call("SET", "key", "value");
  const reply value = user.call("GET", "key");
  CHECK(value.type() == SORREL_REPLY_STRING);
  size_t length = 0;
  const char* const text = sorrel_reply_string(value.handle(), &length);
  CHECK(length == 5);
  CHECK(std::string(text) == "value");  // a NUL is behind it
  const reply many = user.call("MGET", "key", "none");
  REQUIRE(many.type() == SORREL_REPLY_ARRAY);
  REQUIRE(many.size() == 2);
  CHECK(many[0].text() == "value");
  CHECK(many[1].is_null());
  CHECK(sorrel_reply_at(many.handle(), 2) == nullptr);
  CHECK(sorrel_reply_integer(many.handle()) == 0);
  CHECK(sorrel_reply_string(many.handle(), nullptr) == nullptr);
}

TEST_CASE("functions on replies take null for the null reply", "[embed]") {
  CHECK(sorrel_reply_type_of(nullptr) == SORREL_REPLY_NULL);
  CHECK(sorrel_reply_integer(nullptr) == 0);
  CHECK(sorrel_reply_real(nullptr) == 0);
  size_t length = 1;
  CHECK(sorrel_reply_string(nullptr, &length) == nullptr);
  CHECK(length == 0);
  CHECK(sorrel_reply_count(nullptr) == 0);
  CHECK(sorrel_reply_at(nullptr, 0) == nullptr);
  CHECK(sorrel_reply_ref(nullptr) == nullptr);
  sorrel_reply_free(nullptr);
}

TEST_CASE("a part of a reply outlives its root, its client and its server", "[embed]") {
  reply part;
  {
    server made = server::in_memory();
    client user = made.connect();
    user.call("MSET", "a", "1", "b", std::string("two\0bytes", 9));
    part = user.call("MGET", "a", "b")[1];
  }
  std::thread([&] { CHECK(part.text() == std::string_view("two\0bytes", 9)); }).join();
}

TEST_CASE("replies become values of C++, or say why not", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  using Strings = std::vector<std::string>;
  CHECK(user.get<bool>("SET", "n", 41));
  CHECK_FALSE(user.get<bool>("SET", "n", 1, "NX"));
  CHECK(user.get<int>("INCR", "n") == 42);
  CHECK(user.get<int>("GET", "n") == 42);
  CHECK(user.get<double>("INCRBYFLOAT", "n", 0.5) == 42.5);
  CHECK(user.get<std::string>("GET", "n") == "42.5");
  CHECK(user.get<std::optional<std::string>>("GET", "none") == std::nullopt);
  CHECK(user.get<std::optional<double>>("GET", "n") == 42.5);
  user.call("MSET", "a", "1", "b", "2");
  CHECK(user.get<Strings>("MGET", "a", "b") == Strings{"1", "2"});
  CHECK(user.get<std::vector<std::optional<int>>>("MGET", "a", "none") ==
        std::vector<std::optional<int>>{1, std::nullopt});
  CHECK(user.get<std::map<std::string, std::string>>("CONFIG", "GET", "maxmemory") ==
        std::map<std::string, std::string>{{"maxmemory", "0"}});
  user.call("SET", "big", 300);
  CHECK_THROWS_AS(user.get<int8_t>("GET", "big"), type_error);
  CHECK_THROWS_AS(user.get<uint8_t>("INCR", "big"), type_error);
  CHECK_THROWS_AS(user.get<int>("GET", "none"), type_error);
  CHECK_THROWS_AS(user.get<Strings>("GET", "a"), type_error);
  try {
    user.get<int>("INCR", "n");
    FAIL("an error is no integer");
  } catch (const command_error& failed) {
    CHECK(failed.code() == "ERR");
  }
}

// ---- Ways to run.

TEST_CASE("without options there is no socket", "[embed]") {
  server made = server::in_memory();
  CHECK(made.port() == 0);
}

TEST_CASE("two servers in one process have their own ports and data", "[embed]") {
  const options with = loopback_options();
  server one(with), two(with);
  one.start_thread();
  two.start_thread();
  REQUIRE(one.port() != 0);
  REQUIRE(one.port() != two.port());
  client first = one.connect();
  first.call("SET", "key", "1");
  LoopbackClient socket(two.port());
  socket.expect(request({"GET", "key"}), "$-1\r\n");
  LoopbackClient other(one.port());
  other.expect(request({"GET", "key"}), "$1\r\n1\r\n");
}

TEST_CASE("a server runs once", "[embed]") {
  server made = server::in_memory();
  CHECK(sorrel_server_start_thread(made.handle()) == SORREL_STATE);
  CHECK(sorrel_server_open(made.handle()) == SORREL_STATE);
  CHECK(std::string(sorrel_server_error(made.handle())) == "the server has run already");
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  CHECK(sorrel_server_attach(made.handle(), &loop) == SORREL_STATE);
  CHECK(uv_loop_close(&loop) == 0);
  CHECK(sorrel_server_poll(made.handle(), 0) == SORREL_STATE);
  CHECK(sorrel_server_fd(made.handle()) == -1);
  made.stop();
  CHECK(made.is_closed());
  CHECK(sorrel_server_start_thread(made.handle()) == SORREL_STATE);
  CHECK(made.stop());
}

TEST_CASE("a server whose users aren't served doesn't start", "[embed]") {
  for (const char* const name : {"user", "aclfile"}) {
    options with;
    with.set(name, name == std::string("user") ? "default on >secret ~* +@all" : "users.acl");
    server made(with);
    CHECK_THROWS_WITH(made.start_thread(), Catch::StartsWith(name + std::string(": users and")));
  }
}

TEST_CASE("a server that would be taken for another than it is doesn't start", "[embed]") {
  const std::pair<const char*, const char*> settings[] = {{"replicaof", "127.0.0.1 6379"},
                                                          {"cluster-enabled", "yes"},
                                                          {"tls-port", "6380"},
                                                          {"loadmodule", "/some/module.so"}};
  for (const auto& [name, value] : settings) {
    options with;
    with.set(name, value);
    server made(with);
    CHECK_THROWS_WITH(made.start_thread(), Catch::StartsWith(name + std::string(": ")) &&
                                               Catch::Contains("not served yet"));
  }
}

TEST_CASE("each thread has its own error, and several may stop a server", "[embed]") {
  server made(loopback_options());
  made.start_thread();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&made, t] {
      for (int i = 0; i < 100; ++i) {
        const bool fails = t % 2 == 0;
        int port = 0;
        CHECK((fails ? sorrel_server_adopt_fd(made.handle(), -1)
                     : sorrel_server_port(made.handle(), &port)) ==
              (fails ? SORREL_INVALID : SORREL_OK));
        CHECK(std::string(sorrel_server_error(made.handle())) == (fails ? "not a descriptor" : ""));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::thread& thread : threads) thread = std::thread([&made] { CHECK(made.stop()); });
  for (std::thread& thread : threads) thread.join();
  CHECK(made.is_closed());
}

TEST_CASE("a server that never ran has nothing to offer, and can be freed", "[embed]") {
  server made;
  int port = 1;
  sorrel_client* none = nullptr;
  CHECK(sorrel_server_port(made.handle(), &port) == SORREL_STATE);
  CHECK(sorrel_client_new(made.handle(), &none) == SORREL_STATE);
  CHECK(none == nullptr);
  CHECK(sorrel_server_adopt_fd(made.handle(), 0) == SORREL_STATE);
  CHECK(sorrel_server_socketpair(made.handle(), &port) == SORREL_STATE);
  CHECK(made.stop());
  CHECK_FALSE(made.is_closed());
}

TEST_CASE("null handles are invalid", "[embed]") {
  int number = 0;
  sorrel_client* none = nullptr;
  sorrel_reply* reply = nullptr;
  const char* const ping[] = {"PING"};
  CHECK(sorrel_server_new(nullptr, nullptr) == SORREL_INVALID);
  CHECK(sorrel_server_start_thread(nullptr) == SORREL_INVALID);
  CHECK(sorrel_server_attach(nullptr, nullptr) == SORREL_INVALID);
  CHECK(sorrel_server_open(nullptr) == SORREL_INVALID);
  CHECK(sorrel_server_fd(nullptr) == -1);
  CHECK(sorrel_server_poll(nullptr, 0) == SORREL_INVALID);
  CHECK(sorrel_server_run(nullptr) == SORREL_INVALID);
  CHECK(sorrel_server_port(nullptr, &number) == SORREL_INVALID);
  CHECK(sorrel_server_adopt_fd(nullptr, 0) == SORREL_INVALID);
  CHECK(sorrel_server_socketpair(nullptr, &number) == SORREL_INVALID);
  CHECK(sorrel_server_save(nullptr, "x") == SORREL_INVALID);
  CHECK(sorrel_server_load(nullptr, "x") == SORREL_INVALID);
  CHECK(sorrel_server_stop(nullptr, 0, 0) == SORREL_INVALID);
  CHECK(sorrel_server_is_closed(nullptr) == 0);
  CHECK(sorrel_server_free(nullptr) == SORREL_OK);
  CHECK(std::string(sorrel_server_error(nullptr)).empty());
  CHECK(sorrel_client_new(nullptr, &none) == SORREL_INVALID);
  CHECK(sorrel_client_call(nullptr, 1, ping, nullptr, 0, &reply) == SORREL_INVALID);
  CHECK(sorrel_client_send(nullptr, 1, ping, nullptr, nullptr, nullptr) == SORREL_INVALID);
  CHECK(sorrel_client_on_push(nullptr, nullptr, nullptr) == SORREL_INVALID);
  sorrel_client_free(nullptr);
  server made = server::in_memory();
  client user = made.connect();
  const char* const hole[] = {"GET", nullptr};
  CHECK(sorrel_client_call(user.handle(), 0, ping, nullptr, -1, &reply) == SORREL_INVALID);
  CHECK(sorrel_client_call(user.handle(), 1, nullptr, nullptr, -1, &reply) == SORREL_INVALID);
  CHECK(sorrel_client_call(user.handle(), 2, hole, nullptr, -1, &reply) == SORREL_INVALID);
  CHECK(sorrel_client_send(user.handle(), 0, ping, nullptr, nullptr, nullptr) == SORREL_INVALID);
  CHECK(sorrel_client_call(user.handle(), 1, ping, nullptr, -1, nullptr) == SORREL_OK);
}

TEST_CASE("impossible ways to stop are refused", "[embed]") {
  server made = server::in_memory();
  CHECK(sorrel_server_stop(made.handle(), SORREL_STOP_SAVE | SORREL_STOP_NOSAVE, 0) ==
        SORREL_INVALID);
  CHECK(sorrel_server_stop(made.handle(), 1u << 20, 0) == SORREL_INVALID);
  CHECK_FALSE(made.is_closed());
}

TEST_CASE("a port that is taken is told, in every way to run", "[embed]") {
  server taken(loopback_options());
  taken.start_thread();
  options with;
  with.set("bind", "127.0.0.1").set("port", std::to_string(taken.port()));
  const std::string why =
      "127.0.0.1:" + std::to_string(taken.port()) + ": bind: Address already in use";
  server own(with), polled(with);
  CHECK_THROWS_WITH(own.start_thread(), why);
  CHECK(own.is_closed());
  CHECK_THROWS_WITH(polled.open(), why);
  CHECK(sorrel_server_poll(polled.handle(), 0) == SORREL_CLOSED);
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  {
    server attached(with);
    CHECK_THROWS_WITH(attached.attach(&loop), why);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("a server on a host's loop: calls there are direct, and it leaves the loop as it was",
          "[embed]") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  {
    auto made = std::make_unique<server>(loopback_options());
    made->attach(&loop);
    client user = made->connect();
    CHECK(text_of(user.call("SET", "key", "1")) == "OK");  // no turn of the loop is needed
    CHECK(user.get<int>("INCR", "key") == 2);
    bool sent = false;
    user.send([&](sorrel_status status,
                  const reply& answer) { sent = status == SORREL_OK && answer.text() == "2"; },
              "GET", "key");
    CHECK(sent);
    // A connection, and a client of another thread, are served as the loop turns.
    std::atomic<int> done{0};
    const int port = made->port();
    std::thread by_socket([&] {
      LoopbackClient(port).expect(request({"GET", "key"}), "$1\r\n2\r\n");
      ++done;
    });
    std::thread by_call([&] {
      client other = made->connect();
      CHECK(other.get<int>("GET", "key") == 2);
      ++done;
    });
    while (done < 2) uv_run(&loop, UV_RUN_NOWAIT);
    by_socket.join();
    by_call.join();
    CHECK_FALSE(made->stop());
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(made->is_closed());
    CHECK_THROWS_AS(user.call("PING"), error);
  }
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("a server on a host's loop can be freed while it runs", "[embed]") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  auto made = std::make_unique<server>(loopback_options());
  made->attach(&loop);
  client user = made->connect();
  LoopbackClient socket(made->port());
  uv_run(&loop, UV_RUN_NOWAIT);
  made.reset();
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
  CHECK(socket.receive_rest().empty());
  CHECK_THROWS_AS(user.call("PING"), error);
}

TEST_CASE("a polled server works when its descriptor says so", "[embed]") {
  server made(loopback_options());
  made.open();
  REQUIRE(made.fd() >= 0);
  const auto ready = [&] {
    pollfd fd = {made.fd(), POLLIN, 0};
    return poll(&fd, 1, LoopbackClient::kPatienceMs) == 1;
  };
  REQUIRE(made.poll(milliseconds(0)));
  client user = made.connect();
  CHECK(text_of(user.call("SET", "key", "1")) == "OK");
  LoopbackClient socket(made.port());
  socket.send(request({"GET", "key"}));
  pollfd answered = {socket.fd(), POLLIN, 0};
  while (poll(&answered, 1, 0) == 0) {
    REQUIRE(ready());
    REQUIRE(made.poll(milliseconds(0)));
  }
  CHECK(socket.receive(7) == "$1\r\n1\r\n");
  std::thread([&] {
    CHECK(sorrel_server_poll(made.handle(), 0) == SORREL_STATE);
    CHECK(sorrel_server_stop(made.handle(), 0, 1) == SORREL_TIMEOUT);
  }).join();
  CHECK(made.stop());
  CHECK(made.is_closed());
  CHECK_FALSE(made.poll(milliseconds(0)));
  CHECK(made.fd() == -1);
}

TEST_CASE("an open server runs until somebody stops it", "[embed]") {
  server made(loopback_options());
  CHECK(sorrel_server_run(made.handle()) == SORREL_STATE);
  made.open();
  const int port = made.port();
  std::thread other([&] {
    LoopbackClient(port).expect(request({"PING"}), "+PONG\r\n");
    made.stop();
  });
  made.run();
  CHECK(made.is_closed());
  other.join();
  CHECK(sorrel_server_run(made.handle()) == SORREL_OK);
}

TEST_CASE("a server in a process that is out of descriptors fails, and can be freed", "[embed]") {
  rlimit before;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  int failures = 0;
  for (int round = 0; round < 36; ++round) {
    const int way = round % 3, spare = round / 3;
    INFO("way " << way << ", " << spare << " descriptors left");
    uv_loop_t loop;
    REQUIRE(uv_loop_init(&loop) == 0);
    const int next = dup(0);
    REQUIRE(next >= 0);
    close(next);
    {
      server made(loopback_options());
      const rlimit narrow = {static_cast<rlim_t>(next + spare), before.rlim_max};
      REQUIRE(setrlimit(RLIMIT_NOFILE, &narrow) == 0);
      const sorrel_status status = way == 0   ? sorrel_server_attach(made.handle(), &loop)
                                   : way == 1 ? sorrel_server_open(made.handle())
                                              : sorrel_server_start_thread(made.handle());
      REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
      if (status != SORREL_OK) {
        ++failures;
        CHECK(status == SORREL_FAILED);
        CHECK(std::string(sorrel_server_error(made.handle())).find("Too many open files") !=
              std::string::npos);
      }
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  CHECK(failures >= 9);
  CHECK(failures < 36);
}

TEST_CASE("a client's SHUTDOWN, and stopping from another thread, close the server", "[embed]") {
  server made(loopback_options());
  made.start_thread();
  client user = made.connect(), other = made.connect();
  std::thread stopper(
      [&] { CHECK(made.stop(SORREL_STOP_NOW, milliseconds(LoopbackClient::kPatienceMs))); });
  stopper.join();
  CHECK(made.is_closed());
  CHECK_THROWS_AS(user.call("PING"), error);
  CHECK_THROWS_AS(other.call("PING"), error);
  CHECK_THROWS_AS(made.connect(), error);
  CHECK_THROWS_AS(made.port(), error);
}

TEST_CASE("a descriptor becomes a client, or stays its owner's", "[embed]") {
  server made = server::in_memory();
  int ends[2], ends_of_pipe[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  made.adopt_fd(ends[1]);
  CHECK((fcntl(ends[1], F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(ends[1], F_GETFD) & FD_CLOEXEC) != 0);
  LoopbackClient one{Socket(ends[0])};
  one.expect(request({"SET", "key", "1"}), "+OK\r\n");
  LoopbackClient two{Socket(made.socketpair())};
  CHECK((fcntl(two.fd(), F_GETFL) & O_NONBLOCK) == 0);
  two.expect(request({"GET", "key"}), "$1\r\n1\r\n");
  CHECK(made.connect().get<int>("GET", "key") == 1);
  CHECK(sorrel_server_adopt_fd(made.handle(), -1) == SORREL_INVALID);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  CHECK(sorrel_server_adopt_fd(made.handle(), fileno(file.get())) == SORREL_FAILED);
  CHECK(std::string(sorrel_server_error(made.handle())).find("non-socket") != std::string::npos);
  // What is refused is as it was.
  REQUIRE(pipe(ends_of_pipe) == 0);
  for (const int end : ends_of_pipe) {
    CHECK(sorrel_server_adopt_fd(made.handle(), end) == SORREL_FAILED);
    CHECK((fcntl(end, F_GETFL) & O_NONBLOCK) == 0);
    CHECK(close(end) == 0);
  }
  int packets[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets) == 0);
  CHECK(sorrel_server_adopt_fd(made.handle(), packets[0]) == SORREL_FAILED);
  CHECK((fcntl(packets[0], F_GETFL) & O_NONBLOCK) == 0);
  const Socket one_end(packets[0]), other_end(packets[1]);
  // A client already: it goes on being one.
  CHECK(sorrel_server_adopt_fd(made.handle(), ends[1]) == SORREL_FAILED);
  one.expect(request({"GET", "key"}), "$1\r\n1\r\n");
  made.stop();
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  CHECK(sorrel_server_adopt_fd(made.handle(), ends[0]) == SORREL_CLOSED);
  CHECK(close(ends[0]) == 0);  // still ours
  CHECK(close(ends[1]) == 0);
}

// ---- Clients.

TEST_CASE("a client is a connection to the engine", "[embed]") {
  options with;
  with.set("requirepass", "secret");
  server made(with);
  made.start_thread();
  client user = made.connect();
  CHECK(text_of(user.call("CLIENT", "SETNAME", "me")) == "OK");
  const std::string line = user.get<std::string>("CLIENT", "INFO");
  CHECK(line.find("name=me ") != std::string::npos);
  CHECK(line.find("addr=in-process:0 ") != std::string::npos);
  CHECK(line.find("resp=3 ") != std::string::npos);
  user.call("SELECT", 3);
  user.call("SET", "key", "in 3");
  client other = made.connect();
  CHECK(other.call("GET", "key").is_null());
}

TEST_CASE("clients of several threads, and all at once", "[embed]") {
  server made = server::in_memory();
  constexpr int kThreads = 4, kCalls = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&made] {
      client user = made.connect();
      for (int i = 0; i < kCalls / 2; ++i) user.call("INCR", "n");
      std::vector<std::future<reply>> answers;
      for (int i = 0; i < kCalls / 2; ++i) answers.push_back(user.async("INCR", "n"));
      int64_t last = 0;
      for (auto& answer : answers) {
        const int64_t now = answer.get().integer();
        CHECK(now > last);  // in the order of the calls
        last = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(made.connect().get<int>("GET", "n") == kThreads * kCalls);
}

TEST_CASE("a pipeline's replies are in its order", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  auto commands = user.pipeline();
  commands.add("SET", "n", 1).add("INCR", "n").add("NO-SUCH").add("GET", "n");
  const std::vector<reply> replies = commands.run();
  REQUIRE(replies.size() == 4);
  CHECK(replies[0].text() == "OK");
  CHECK(replies[1].integer() == 2);
  CHECK(replies[2].is_error());
  CHECK(replies[3].text() == "2");
  CHECK(commands.run().empty());
}

TEST_CASE("a call that is put off waits, times out, or is refused where it would wait for itself",
          "[embed]") {
  server made(loopback_options());
  made.open();
  client user = made.connect(), other = made.connect();
  user.call("CLIENT", "PAUSE", 100'000, "WRITE");
  sorrel_reply* none = nullptr;
  const char* const set[] = {"SET", "key", "1"};
  CHECK(sorrel_client_call(other.handle(), 3, set, nullptr, -1, &none) == SORREL_WOULD_BLOCK);
  CHECK(none == nullptr);
  // Reading goes on, and what was refused hasn't run and won't.
  CHECK(other.call("GET", "key").is_null());
  std::vector<std::string> order;
  const auto note = [&](sorrel_status status, const reply& answer) {
    order.push_back(status == SORREL_OK ? text_of(answer) : sorrel_status_text(status));
  };
  other.send(note, "SET", "a", "1");
  other.send(note, "GET", "a");
  while (made.poll(milliseconds(0)) && made.fd() < 0) {
  }
  CHECK(order.empty());
  CHECK(sorrel_client_call(other.handle(), 3, set, nullptr, -1, &none) == SORREL_WOULD_BLOCK);
  CHECK(text_of(user.call("CLIENT", "UNPAUSE")) == "OK");
  for (int i = 0; i < 100 && order.size() < 2; ++i) REQUIRE(made.poll(milliseconds(10)));
  CHECK(order == std::vector<std::string>{"OK", "1"});
  CHECK(user.call("GET", "key").is_null());
}

TEST_CASE("a call from another thread waits no longer than it said, and then doesn't run",
          "[embed]") {
  server made = server::in_memory();
  client user = made.connect(), other = made.connect();
  user.call("CLIENT", "PAUSE", 100'000, "WRITE");
  other.set_timeout(milliseconds(5));
  try {
    other.call("SET", "key", "1");
    FAIL("it was paused");
  } catch (const error& failed) {
    CHECK(failed.status() == SORREL_TIMEOUT);
  }
  other.set_timeout(milliseconds(-1));
  std::thread waiter([&] { CHECK(text_of(other.call("SET", "later", "1")) == "OK"); });
  user.call("CLIENT", "UNPAUSE");
  waiter.join();
  CHECK(user.call("GET", "key").is_null());
  CHECK(user.get<int>("GET", "later") == 1);
}

TEST_CASE("a call that timed out while it waited for a key takes nothing", "[embed]") {
  server made = server::in_memory();
  client user = made.connect(), other = made.connect();
  other.set_timeout(milliseconds(5));
  CHECK_THROWS_AS(other.call("BLPOP", "queue", 0), error);
  other.set_timeout(milliseconds(LoopbackClient::kPatienceMs));
  CHECK(text_of(other.call("PING")) == "PONG");
  CHECK(user.get<int>("RPUSH", "queue", "a") == 1);
  CHECK(user.get<int>("LLEN", "queue") == 1);
}

TEST_CASE("RESET gives a client back what it began with", "[embed]") {
  options with;
  with.set("requirepass", "secret");
  server made(with);
  made.start_thread();
  client user = made.connect();
  CHECK(text_of(user.call("RESET")) == "RESET");
  CHECK(user.call("CONFIG", "GET", "port").type() == SORREL_REPLY_MAP);
}

TEST_CASE("whoever waits when the server closes is told", "[embed]") {
  server made = server::in_memory();
  client user = made.connect(), other = made.connect();
  user.call("CLIENT", "PAUSE", 100'000, "ALL");
  std::future<reply> pending = other.async("GET", "key");
  made.stop();
  CHECK_THROWS_AS(pending.get(), error);
}

TEST_CASE("a client that is freed answers what waits, and says nothing after that", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  user.call("CLIENT", "PAUSE", 100'000, "WRITE");
  std::future<reply> pending;
  {
    client other = made.connect();
    pending = other.async("SET", "key", "1");
    other.on_push([](const reply&) { FAIL("it is gone"); });
  }
  REQUIRE(pending.wait_for(milliseconds(0)) == std::future_status::ready);
  CHECK_THROWS_AS(pending.get(), error);
  user.call("CLIENT", "UNPAUSE");
  CHECK(user.call("GET", "key").is_null());
}

TEST_CASE("what the server says unasked comes to the push callback", "[embed]") {
  Heard heard;
  server made = server::in_memory();
  client monitor = made.connect(), user = made.connect();
  monitor.on_push([&](reply said) { heard.add(std::move(said)); });
  CHECK(text_of(monitor.call("MONITOR")) == "OK");
  user.call("SET", "key", "1");
  const std::vector<reply> lines = heard.wait_for(1);
  CHECK(lines[0].type() == SORREL_REPLY_STATUS);
  CHECK(text_of(lines[0]).find("[0 in-process:0] \"SET\" \"key\" \"1\"") != std::string::npos);
  // Its own calls are answered between the lines.
  CHECK(text_of(monitor.call("PING")) == "PONG");
  heard.wait_for(2);
  CHECK(user.get<int>("CLIENT", "KILL", "ID", monitor.get<int>("CLIENT", "ID")) == 1);
  CHECK(heard.wait_for(4).back().is_null());  // the line of CLIENT ID, and the end
  CHECK_THROWS_AS(monitor.call("PING"), error);
}

TEST_CASE("what a host has read is told to it when it changes", "[embed]") {
  Heard heard;
  server made = server::in_memory();
  client reader = made.connect(), writer = made.connect();
  reader.on_push([&](reply said) { heard.add(std::move(said)); });
  CHECK(text_of(reader.call("CLIENT", "TRACKING", "ON")) == "OK");
  CHECK(reader.call("GET", "key").is_null());
  writer.call("SET", "key", "1");
  const std::vector<reply> told = heard.wait_for(1);
  CHECK(told[0].type() == SORREL_REPLY_PUSH);
  CHECK(text_of(told[0][0]) == "invalidate");
  CHECK(text_of(told[0][1][0]) == "key");
  CHECK(reader.get<int>("GET", "key") == 1);
}

TEST_CASE("a push handler may replace itself, and end its client", "[embed]") {
  Heard heard;
  server made = server::in_memory();
  auto monitor = std::make_unique<client>(made.connect());
  client user = made.connect();
  const std::string mark(100, 'x');  // what a handler holds is its own while it runs
  monitor->on_push([&, mark](reply first) {
    monitor->on_push([&, mark](reply second) {
      monitor.reset();
      heard.add(std::move(second));
      CHECK(mark.size() == 100);
    });
    heard.add(std::move(first));
    CHECK(mark.size() == 100);
  });
  monitor->call("MONITOR");
  user.call("SET", "key", "1");
  user.call("SET", "key", "2");
  user.call("SET", "key", "3");
  const std::vector<reply> lines = heard.wait_for(2);
  CHECK(text_of(lines[0]).ends_with("\"1\""));
  CHECK(text_of(lines[1]).ends_with("\"2\""));
  user.call("PING");
  CHECK(heard.wait_for(2).size() == 2);
}

TEST_CASE("messages of a channel come to its handler", "[embed]") {
  server made = server::in_memory();
  client user = made.connect(), other = made.connect();
  std::promise<std::string> heard;
  user.subscribe("news", [&](std::string_view channel, std::string_view message) {
    heard.set_value(std::string(channel) + ": " + std::string(message));
  });
  CHECK(other.get<int>("PUBLISH", "news", "hello") == 1);
  CHECK(heard.get_future().get() == "news: hello");
  CHECK(text_of(user.call("PING")) == "PONG");
}

TEST_CASE("replies that are off are null replies, and QUIT ends the client", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  CHECK(user.call("CLIENT", "REPLY", "OFF").is_null());
  CHECK(user.call("SET", "key", "1").is_null());
  CHECK(text_of(user.call("CLIENT", "REPLY", "ON")) == "OK");
  CHECK(user.get<int>("GET", "key") == 1);
  CHECK(text_of(user.call("QUIT")) == "OK");
  CHECK_THROWS_AS(user.call("PING"), error);
}

TEST_CASE("a client and its callbacks may do as they like on the loop's thread", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  user.call("SET", "n", 1);
  std::promise<int> answer;
  user.send(
      [&](sorrel_status, const reply&) {
        int port = -1;
        CHECK(sorrel_server_port(made.handle(), &port) == SORREL_OK);
        CHECK(sorrel_server_free(made.handle()) == SORREL_WOULD_BLOCK);
        client inner = made.connect();
        inner.call("INCR", "n");
        answer.set_value(user.get<int>("INCR", "n"));
      },
      "PING");
  CHECK(answer.get_future().get() == 3);
}

TEST_CASE("a server that goes in one of its own functions leaves what that stands on", "[embed]") {
  static sorrel_server* left = nullptr;  // it can't be freed there, and nobody has it any more
  auto made = std::make_unique<server>();
  left = made->handle();
  std::weak_ptr<int> capture;
  std::promise<bool> outlived;
  {
    const auto held = std::make_shared<int>(1);
    capture = held;
    made->register_command("x.end", 1, 0, {}, [&, held](call& c) {
      std::promise<bool>& answer = outlived;
      const std::weak_ptr<int>& mine = capture;
      made.reset();
      answer.set_value(!mine.expired());
      c.integer(1);
    });
  }
  made->start_thread();
  client user = made->connect();
  user.send([](sorrel_status, const reply&) {}, "x.end");
  CHECK(outlived.get_future().get());
  CHECK(eventually([&] { return sorrel_server_is_closed(left) == 1; }));
}

TEST_CASE("a server may be stopped from its own callback", "[embed]") {
  server made = server::in_memory();
  client user = made.connect();
  user.send([&](sorrel_status, const reply&) { CHECK_FALSE(made.stop()); }, "PING");
  CHECK(eventually([&] { return made.is_closed(); }));
}

}  // namespace
}  // namespace sorrel
