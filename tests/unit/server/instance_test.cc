#include "server/instance.h"

#include "core/info.h"
#include "persistence/memory_file_system.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/server/loopback.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace sorrel {
namespace {

const std::string kPing = "*1\r\n$4\r\nPING\r\n";

TEST_CASE("two instances in one process have their own ports and data", "[server]") {
  LoopbackServer one, two;
  REQUIRE(one.port() != two.port());
  LoopbackClient first(one.port()), second(two.port());
  first.expect(request({"SET", "key", "1"}), "+OK\r\n");
  second.expect(request({"GET", "key"}), "$-1\r\n");
  first.expect(request({"GET", "key"}), "$1\r\n1\r\n");
}

TEST_CASE("INFO tells where an instance listens, and how busy its loop is", "[server]") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/socket";
  LoopbackServer both({{"bind", "127.0.0.1 -127.0.0.2"}, {"unixsocket", path}});
  const auto info = [](LoopbackServer& server, Bytes section) {
    return server.on_loop([&] { return info_text(server.instance().engine(), {&section, 1}); });
  };
  CHECK(info(both, "server")
            .find("\r\nlistener0:name=tcp,bind=127.0.0.1,bind=-127.0.0.2,port=" +
                  std::to_string(both.port()) + "\r\nlistener1:name=unix,bind=" + path + "\r\n") !=
        std::string::npos);
  const auto none = [&](Bytes field) {
    return info(both, "stats").find("\r\n" + std::string(field) + ":0\r\n") != std::string::npos;
  };
  LoopbackClient(both.port()).expect(kPing, "+PONG\r\n");
  CHECK(eventually([&] { return !none("eventloop_cycles") && !none("eventloop_duration_sum"); }));
}

TEST_CASE("an instance closes while clients are connected, and takes no more", "[server]") {
  auto server = std::make_unique<LoopbackServer>();
  LoopbackClient client(server->port());
  client.expect(kPing, "+PONG\r\n");
  LoopbackClient silent(server->port());
  server->instance().stop();
  CHECK(client.receive_rest().empty());
  CHECK(silent.receive_rest().empty());
  CHECK(server->instance().is_closed());
  CHECK_FALSE(server->instance().post([] {}));
}

TEST_CASE("SHUTDOWN from the outside ends the thread", "[server]") {
  LoopbackSettings settings;
  Instance instance(settings.options());
  REQUIRE(instance.start());
  REQUIRE(instance.post([&] { instance.request_shutdown({}); }));
  instance.join();
  CHECK(instance.is_closed());
}

TEST_CASE("who asks for the end of what is ending already is told no", "[server]") {
  LoopbackSettings settings;
  Instance instance(settings.options());
  REQUIRE(instance.open());
  bool second = true;
  REQUIRE(instance.post([&] { second = instance.request_shutdown({}); }));
  instance.close(nullptr);
  instance.run();
  CHECK_FALSE(second);
}

TEST_CASE("an instance attached to a host's loop shares it and leaves it as it was", "[server]") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  LoopbackSettings settings;
  auto instance = std::make_unique<Instance>(settings.options());
  REQUIRE(instance->attach(&loop));
  const int port = instance->port();

  // The host's own timer runs beside the instance and ends it.
  struct Host {
    std::unique_ptr<Instance>* instance;
    std::atomic<bool> done{false};
    int ticks = 0;
  } host;
  host.instance = &instance;
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  timer.data = &host;
  uv_timer_start(
      &timer,
      [](uv_timer_t* handle) {
        auto& self = *static_cast<Host*>(handle->data);
        ++self.ticks;
        if (!self.done) return;
        uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
        (*self.instance)->close([&self] { self.instance->reset(); });
      },
      1, 1);
  std::thread user([&] {
    LoopbackClient client(port);
    for (int i = 0; i < 100; ++i) client.expect(kPing, "+PONG\r\n");
    host.done = true;
    CHECK(client.receive_rest().empty());
  });
  uv_run(&loop, UV_RUN_DEFAULT);
  user.join();
  CHECK(host.ticks > 0);
  CHECK(instance == nullptr);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("an instance that can't listen on a host's loop closes by itself", "[server]") {
  LoopbackServer taken;
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  {
    LoopbackSettings settings({{"port", std::to_string(taken.port())}});
    LogLines log;
    Instance instance(settings.options(&log));
    const Status attached = instance.attach(&loop);
    CHECK_FALSE(attached);
    CHECK(attached.message() ==
          "127.0.0.1:" + std::to_string(taken.port()) + ": bind: Address already in use");
    CHECK(log.contains("Could not create server TCP listening socket 127.0.0.1:"));
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(instance.is_closed());
  }
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("an instance that can't listen doesn't start", "[server]") {
  LoopbackServer taken;
  LoopbackSettings settings({{"port", std::to_string(taken.port())}});
  Instance instance(settings.options());
  CHECK_FALSE(instance.start());
  CHECK(instance.is_closed());
}

TEST_CASE("a polled instance does its work when its descriptor says so, and only then",
          "[server]") {
  LoopbackSettings settings({{"hz", "1"}});
  Instance instance(settings.options());
  REQUIRE(instance.open());
  const auto ready = [&](int timeout_ms) {
    pollfd fd = {instance.poll_fd(), POLLIN, 0};
    return poll(&fd, 1, timeout_ms) == 1;
  };
  // As a host does that has a loop of its own.
  const auto work_until = [&](const std::function<bool()>& done) {
    while (!done()) {
      REQUIRE(ready(LoopbackClient::kPatienceMs));
      REQUIRE(instance.poll(0));
    }
  };
  REQUIRE(instance.poll(0));
  LoopbackClient client(instance.port());
  work_until([&] { return instance.connection_count() == 1; });
  client.send(kPing);
  const auto answered = [&] {
    pollfd fd = {client.fd(), POLLIN, 0};
    return poll(&fd, 1, 0) == 1;
  };
  work_until(answered);
  CHECK(client.receive(7) == "+PONG\r\n");

  bool posted = false;
  std::thread([&] { CHECK(instance.post([&] { posted = true; })); }).join();
  work_until([&] { return posted; });

  bool closed = false;
  instance.close([&] { closed = true; });
  while (instance.poll(10)) {
  }
  CHECK(closed);
  CHECK(client.receive_rest().empty());
}

TEST_CASE("an idle instance sleeps", "[server]") {
  LoopbackSettings settings({{"hz", "1"}});
  Instance instance(settings.options());
  REQUIRE(instance.open());
  REQUIRE(instance.poll(0));
  LoopbackClient client(instance.port());
  for (int i = 0; i < 5; ++i) REQUIRE(instance.poll(5));
  // The timer may be due once a second, and once at first; anything else would be a loop that
  // doesn't rest.
  int wakeups = 0;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    pollfd fd = {instance.poll_fd(), POLLIN, 0};
    wakeups += poll(&fd, 1, 20);
    REQUIRE(instance.poll(0));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  CHECK(wakeups <= 1 + took.count());
  instance.close(nullptr);
  instance.run();
}

TEST_CASE("a socket that somebody else connected can be adopted", "[server]") {
  LoopbackServer server;
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  LoopbackClient client{Socket(ends[0])};
  Socket end(ends[1]);
  REQUIRE(server.on_loop([&] { return server.instance().adopt(end).is_ok(); }));
  CHECK_FALSE(end.is_open());
  client.expect(request({"SET", "key", "1"}), "+OK\r\n");
  client.expect(request({"GET", "key"}), "$1\r\n1\r\n");
}

TEST_CASE("a client that went before it was accepted is nobody", "[server]") {
  LoopbackServer server;
  server.on_loop([&] {
    LoopbackClient gone(server.port());
    gone.reset();
    return 0;
  });
  CHECK(eventually([&] { return server.log().contains("Error accepting a client connection: "); }));
  CHECK(server.on_loop([&] { return server.instance().engine().stats().connections_received; }) ==
        0);
  Socket unconnected(::socket(AF_INET, SOCK_STREAM, 0));
  CHECK_FALSE(server.on_loop([&] { return server.instance().adopt(unconnected).is_ok(); }));
  CHECK(unconnected.is_open());
}

TEST_CASE("clients beyond maxclients are told and closed", "[server]") {
  LoopbackServer server({{"maxclients", "2"}});
  LoopbackClient one(server.port()), two(server.port());
  one.expect(kPing, "+PONG\r\n");
  two.expect(kPing, "+PONG\r\n");
  LoopbackClient three(server.port());
  CHECK(three.receive_rest() == "-ERR max number of clients reached\r\n");
  CHECK(server.set("maxclients", "3") == "");
  LoopbackClient four(server.port());
  four.expect(kPing, "+PONG\r\n");
  CHECK(server.on_loop([&] { return server.instance().engine().stats().connections_rejected; }) ==
        1);
}

TEST_CASE("the port can be changed while clients are connected, or not at all", "[server]") {
  LoopbackServer taken;
  LoopbackServer server;
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");  // accepted: the old port's queue goes with it
  // Another program may be quicker to take a port that was free.
  std::string free_port, refused = "untried";
  for (int attempt = 0; attempt < 5 && !refused.empty(); ++attempt) {
    free_port = std::to_string(LoopbackServer().port());
    refused = server.set("port", free_port);
  }
  REQUIRE(refused.empty());
  CHECK(std::to_string(server.on_loop([&] { return server.instance().port(); })) == free_port);
  client.expect(kPing, "+PONG\r\n");
  LoopbackClient moved(std::stoi(free_port));
  moved.expect(kPing, "+PONG\r\n");

  CHECK(server.set("port", std::to_string(taken.port())) ==
        "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this "
        "port. Check server logs.");
  LoopbackClient again(std::stoi(free_port));
  again.expect(kPing, "+PONG\r\n");
  CHECK(server.instance().settings().values().port == std::stoi(free_port));
}

TEST_CASE("addresses can be changed, and an optional one may be missing", "[server]") {
  LoopbackServer server;
  CHECK(server.set("bind", "127.0.0.1 127.0.0.2 -192.0.2.77") == "");
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  CHECK(server.set("bind", "127.0.0.1 192.0.2.77") ==
        "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified "
        "addresses.");
  LoopbackClient again(server.port());
  again.expect(kPing, "+PONG\r\n");
}

TEST_CASE("a Unix socket is made with its mode, replaces an old one, and goes", "[server]") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("sorrel_" + std::to_string(getpid()) + ".sock");
  for (int round = 0; round < 2; ++round) {
    LoopbackServer server({{"unixsocket", path.string()}, {"unixsocketperm", "700"}});
    CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0700));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    Socket socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    LoopbackClient client(std::move(socket));
    client.expect(kPing, "+PONG\r\n");
    client.send(request({"CLIENT", "INFO"}));
    CHECK(client.receive(200).find("addr=" + path.string() + ":0 ") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a server without descriptors keeps its clients and takes new ones later", "[server]") {
  LoopbackServer server({{"hz", "100"}});
  LoopbackClient client(server.port());
  client.expect(kPing, "+PONG\r\n");
  LoopbackClient* waiting = nullptr;
  std::vector<Socket> hoard;
  Socket last(::socket(AF_INET, SOCK_STREAM, 0));
  for (int fd = dup(0); fd >= 0; fd = dup(0)) hoard.emplace_back(fd);
  last.close();
  LoopbackClient late(server.port());  // takes the last descriptor of the process
  waiting = &late;
  CHECK(eventually(
      [&] { return server.log().contains("Accepting client connection: accept: Too many"); }));
  client.expect(kPing, "+PONG\r\n");
  hoard.clear();
  waiting->expect(kPing, "+PONG\r\n");
}

// ---- Keeping data.

TEST_CASE("an instance saves in the background, and another one begins with that", "[server]") {
  MemoryFileSystem files;
  const auto options = [&files](LoopbackSettings& settings, LogLines& log) {
    Instance::Options made = settings.options(&log);
    made.files = &files;
    made.always_loads = true;
    return made;
  };
  LogLines log;
  {
    LoopbackSettings settings;
    Instance instance(options(settings, log));
    REQUIRE(instance.open());
    LoopbackClient client(instance.port());
    client.send(request({"SET", "key", "1"}) + request({"BGSAVE"}));
    while (!log.contains("Background saving terminated with success")) instance.poll(10);
    client.send(request({"SHUTDOWN", "NOSAVE"}));
    instance.run();
  }
  LoopbackSettings settings;
  Instance instance(options(settings, log));
  REQUIRE(instance.start());
  LoopbackClient(instance.port()).expect(request({"GET", "key"}), "$1\r\n1\r\n");
  // What is being saved when it ends is let go.
  REQUIRE(instance.post([&instance] { instance.persistence().rdb().start(); }));
  instance.stop();
  CHECK(files.contents().size() == 1);
}

TEST_CASE("an instance whose data are damaged closes and says why", "[server]") {
  MemoryFileSystem files;
  files.set_contents({{"dump.rdb", "REDIS0010 and nothing that could follow"}});
  for (const bool later : {false, true}) {
    LoopbackSettings settings;
    Instance::Options options = settings.options();
    options.files = &files;
    options.always_loads = true;
    options.loads_later = later;
    Instance instance(options);
    const Status opened = instance.open();
    CHECK(opened.is_ok() == later);
    if (later) instance.run();
    CHECK(instance.is_closed());
    CHECK(instance.load_failure().message().find("dump.rdb") != std::string::npos);
  }
}

}  // namespace
}  // namespace sorrel
