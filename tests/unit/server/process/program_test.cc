// The server program as a user meets it: command line, log, signals, exit status.

#include "tests/support/server_process.h"
#include "tests/unit/server/loopback.h"

#include <linux/sockios.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace sorrel {
namespace {

using test::ServerProcess;
using test::Words;

const std::string kPing = "*1\r\n$4\r\nPING\r\n";

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A run of the program that ends by itself.
struct Run {
  int status = -1;
  std::string said;  // on either stream
};
Run run(Words options) {
  options.insert(options.begin(), SORREL_SERVER_BINARY);
  std::vector<char*> arguments;
  for (std::string& option : options) arguments.push_back(option.data());
  arguments.push_back(nullptr);
  std::string path = (std::filesystem::temp_directory_path() / "sorrel-run-XXXXXX").string();
  const int output = mkstemp(path.data());
  REQUIRE(output >= 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = 0;
  REQUIRE(posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  Run result;
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  result.said = content(path);
  close(output);
  std::filesystem::remove(path);
  return result;
}

std::unique_ptr<ServerProcess> start(const Words& options = {}) {
  Result<std::unique_ptr<ServerProcess>> started =
      ServerProcess::start(SORREL_SERVER_BINARY, options);
  INFO(started.status().message());
  REQUIRE(started);
  return std::move(started.value());
}

Socket connected_to(const std::string& unix_socket) {
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  unix_socket.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

TEST_CASE("the program tells its version and how it is used", "[program]") {
  CHECK(run({"-v"}).said.starts_with("Sorrel server v="));
  CHECK(run({"--version"}).status == 0);
  CHECK(run({"--help"}).said.starts_with("Usage: sorrel-server "));
  CHECK(run({"-h"}).status == 0);
}

TEST_CASE("what the program can't start with is named, and its status is 1", "[program]") {
  struct Case {
    Words options;
    std::string reason;
  };
  const Case cases[] = {
      {{"--port", "abc"}, ">>> 'port \"abc\"'\nargument couldn't be parsed into an integer\n"},
      {{"--no-such-thing", "1"}, "Bad directive or wrong number of arguments"},
      {{"--dir", "/no/such/directory"}, "No such file or directory"},
      {{"--logfile", "/no/such/directory/log"}, "Can't open the log file: No such file"},
      {{"/no/such/file.conf"}, "can't open config file '/no/such/file.conf': No such file"},
      {{"--port", "17999", "--rename-command", "NOSUCH", "x"},
       "No such command in rename-command: NOSUCH"},
      {{"--port", "17999", "--rename-command", "GET", "set"},
       "Target command name already exists: set"},
      {{"--port", "17999", "--user", "default on >secret ~* +@all"},
       "user: users and their rights are not served yet"},
      {{"--port", "17999", "--aclfile", "users.acl"},
       "aclfile: users and their rights are not served yet"},
      {{"--port", "17999", "--replicaof", "127.0.0.1", "6379"},
       "replicaof: replication is not served yet"},
      {{"--port", "17999", "--cluster-enabled", "yes"},
       "cluster-enabled: a cluster is not served yet"},
      {{"--port", "0"}, "Configured to not listen anywhere, exiting."},
      {{"--port", "0", "--unixsocket", "/no/such/directory/socket"},
       "Failed opening Unix socket: bind: No such file or directory"},
  };
  for (const Case& c : cases) {
    const Run result = run(c.options);
    INFO(result.said);
    CHECK(result.status == 1);
    CHECK(result.said.find(c.reason) != std::string::npos);
    CHECK(result.said.find("Ready to accept") == std::string::npos);
  }
}

TEST_CASE("a port in use is named", "[program]") {
  const auto server = start();
  const std::string port = std::to_string(server->port());
  const Run result = run({"--port", port, "--bind", "127.0.0.1"});
  INFO(result.said);
  CHECK(result.status == 1);
  CHECK(result.said.find("Could not create server TCP listening socket 127.0.0.1:" + port +
                         ": bind: Address already in use") != std::string::npos);
  CHECK(result.said.find("Failed listening on port " + port + " (tcp), aborting.") !=
        std::string::npos);
}

TEST_CASE("the log's lines come in the order that tools wait for", "[program]") {
  const auto server = start();
  const std::string log = server->log();
  const std::string pid = std::to_string(server->pid());
  INFO(log);
  size_t at = 0;
  for (const std::string& part :
       {pid + ":C ", std::string(" is starting "), std::string("Configuration loaded"), pid + ":M ",
        " PID: " + pid, std::string("Server initialized"),
        std::string(" * Ready to accept connections")}) {
    at = log.find(part, at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("SIGTERM and SIGINT end the program in order, its files go", "[program]") {
  for (const int number : {SIGTERM, SIGINT}) {
    const auto server = start({"--pidfile", "pid"});
    const std::filesystem::path pid_file = server->directory() / "pid";
    CHECK(content(pid_file) == std::to_string(server->pid()) + "\n");
    LoopbackClient client(server->port());
    client.expect(kPing, "+PONG\r\n");
    kill(server->pid(), number);
    CHECK(client.receive_rest().empty());
    REQUIRE(eventually([&] { return !server->is_running(); }));
    CHECK(server->stop() == 0);
    const std::string log = server->log();
    INFO(log);
    CHECK(log.find(number == SIGTERM
                       ? "Received SIGTERM scheduling shutdown..."
                       : "Received SIGINT scheduling shutdown...") != std::string::npos);
    CHECK(log.find("User requested shutdown...") < log.find("ready to exit, bye bye..."));
    CHECK_FALSE(std::filesystem::exists(pid_file));
    CHECK_FALSE(std::filesystem::exists(server->unix_socket()));
  }
}

TEST_CASE("a second SIGINT ends even a server whose loop is busy, and at once", "[program]") {
  const auto server = start({"--enable-debug-command", "yes", "--pidfile", "pid"});
  LoopbackClient client(connected_to(server->unix_socket()));
  client.expect(kPing, "+PONG\r\n");
  client.send(request({"DEBUG", "SLEEP", "600"}));
  // Before the server has read it a signal ends it in order, and the test proves nothing; what a
  // peer hasn't read of a Unix socket the kernel tells. A signal behind that finds it asleep, or
  // about to be.
  REQUIRE(eventually([&] {
    int unread = 0;
    return ioctl(client.fd(), SIOCOUTQ, &unread) == 0 && unread == 0;
  }));
  kill(server->pid(), SIGINT);
  REQUIRE(eventually([&] { return server->log().find("Received SIGINT") != std::string::npos; }));
  CHECK(server->is_running());
  kill(server->pid(), SIGINT);
  REQUIRE(eventually([&] { return !server->is_running(); }));
  CHECK(server->stop() == 1);
  CHECK(server->log().find("You insist... exiting now.") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(server->directory() / "pid"));
}

TEST_CASE("a signal whose end was refused can be sent again, and data are saved then",
          "[program]") {
  const auto server = start({"--save", "3600", "1"});
  const std::filesystem::path file = server->directory() / "dump.rdb";
  LoopbackClient client(server->port());
  client.expect(request({"SET", "key", "value"}), "+OK\r\n");
  std::filesystem::create_directories(file / "in-the-way");
  for (const int number : {SIGTERM, SIGINT}) {
    const size_t said = server->log().size();
    kill(server->pid(), number);
    REQUIRE(eventually([&] {
      return server->log().find("Errors trying to shut down", said) != std::string::npos;
    }));
    client.expect(kPing, "+PONG\r\n");
  }
  std::filesystem::remove_all(file);
  kill(server->pid(), SIGTERM);
  REQUIRE(eventually([&] { return !server->is_running(); }));
  CHECK(std::filesystem::is_regular_file(file));
  CHECK(server->stop() == 0);
}

TEST_CASE("a terminal that hangs up and a client that goes end nothing", "[program]") {
  const auto server = start();
  kill(server->pid(), SIGHUP);
  kill(server->pid(), SIGPIPE);
  kill(server->pid(), SIGALRM);
  LoopbackClient(server->port()).reset();
  LoopbackClient client(server->port());
  client.expect(kPing, "+PONG\r\n");
}

TEST_CASE("a daemon leaves the terminal and writes its log and its id to files", "[program]") {
  std::string directory =
      (std::filesystem::temp_directory_path() / "sorrel-daemon-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const std::filesystem::path path(directory);
  const Run result = run({"--daemonize", "yes", "--port", "0", "--unixsocket", "socket", "--dir",
                          directory, "--logfile", "log", "--pidfile", "pid"});
  CHECK(result.status == 0);
  CHECK(result.said.empty());
  REQUIRE(eventually([&] {
    return content(path / "log").find("Ready to accept connections") != std::string::npos;
  }));
  const pid_t pid = std::stoi(content(path / "pid"));
  CHECK(getsid(pid) == pid);
  kill(pid, SIGTERM);
  CHECK(eventually([&] { return !std::filesystem::exists(path / "pid"); }));
  CHECK(content(path / "log").find("ready to exit, bye bye...") != std::string::npos);
  std::filesystem::remove_all(path);
}

TEST_CASE("systemd is told when the server is ready", "[program]") {
  std::string directory =
      (std::filesystem::temp_directory_path() / "sorrel-notify-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const std::string path = directory + "/notify";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Socket socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const auto heard = [&] {
    char text[256];
    const ssize_t size = recv(socket.fd(), text, sizeof text, 0);
    return size < 0 ? std::string() : std::string(text, static_cast<size_t>(size));
  };
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  auto server = start({"--supervised", "systemd"});
  unsetenv("NOTIFY_SOCKET");
  CHECK(heard().find("STATUS=") == 0);
  CHECK(heard() == "STATUS=Ready to accept connections\nREADY=1\n");
  CHECK(server->stop() == 0);
  CHECK(heard() == "STOPPING=1\n");
  std::filesystem::remove_all(directory);
}

TEST_CASE("a supervisor that isn't there is missed, not needed", "[program]") {
  const auto server = start({"--supervised", "systemd"});
  CHECK(server->log().find("systemd supervision error: NOTIFY_SOCKET not found!") !=
        std::string::npos);
}

TEST_CASE("ps shows the title that the template makes", "[program]") {
  const auto server = start({"--proc-title-template", "{title} {listen-addr} {port} x"});
  const std::string title = content("/proc/" + std::to_string(server->pid()) + "/cmdline");
  CHECK(title.c_str() == std::string(SORREL_SERVER_BINARY) +
                             " 127.0.0.1:" + std::to_string(server->port()) + " " +
                             std::to_string(server->port()) + " x");
}

TEST_CASE("the title follows its template", "[program]") {
  const auto server = start();
  LoopbackClient client(server->port());
  client.expect(request({"CONFIG", "SET", "proc-title-template", "now {port}"}), "+OK\r\n");
  const std::string title = content("/proc/" + std::to_string(server->pid()) + "/cmdline");
  CHECK(title.c_str() == "now " + std::to_string(server->port()));
}

TEST_CASE("a crash is told of in the log, and ends the program as its signal does", "[program]") {
  const auto end = [](Bytes how, const Words& options) {
    auto server = start(options);
    LoopbackClient client(server->port());
    client.send(request({"DEBUG", how}));
    CHECK(client.receive_rest().empty());
    REQUIRE(eventually([&] { return !server->is_running(); }));
    return std::make_pair(server->stop(), server->log());
  };
  const Words debug = {"--enable-debug-command", "yes"};
  const auto [fault, fault_log] = end("SEGFAULT", debug);
  CHECK(fault == -SIGSEGV);
  CHECK(fault_log.find(" crashed by signal: 11, si_code: ") != std::string::npos);
  CHECK(fault_log.find("------ STACK TRACE ------\n/") != std::string::npos);
  const auto [assertion, assertion_log] = end("ASSERT", debug);
  CHECK(assertion == -SIGABRT);
  CHECK(assertion_log.find("=== ASSERTION FAILED ===") != std::string::npos);
  CHECK(assertion_log.find(" crashed by signal: 6") != std::string::npos);
  Words silent = debug;
  silent.insert(silent.end(), {"--crash-log-enabled", "no"});
  const auto [panic, panic_log] = end("PANIC", silent);
  CHECK(panic == -SIGABRT);
  CHECK(panic_log.find("Guru Meditation") != std::string::npos);
  CHECK(panic_log.find("crashed by signal") == std::string::npos);
}

TEST_CASE("a title has the room of the environment, too, which is still there", "[program]") {
  setenv("SORREL_ROOM", std::string(2000, 'x').c_str(), 1);
  std::string pattern, expected;
  for (int i = 0; i < 20; ++i) {
    pattern += "{title} ";
    expected += std::string(SORREL_SERVER_BINARY) + " ";
  }
  const auto server = start({"--proc-title-template", pattern + "x"});
  unsetenv("SORREL_ROOM");
  const std::string title = content("/proc/" + std::to_string(server->pid()) + "/cmdline");
  CHECK(title.c_str() == expected + "x");
  CHECK(server->stop() == 0);
}

/// Whether a thread of that name is among the process's.
bool has_thread(pid_t pid, const std::string& name) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    if (content(task.path() / "comm") == name + "\n") return true;
  }
  return false;
}

TEST_CASE("freed memory goes back from the allocator's own threads", "[program]") {
  const auto server = start();
  // Sanitizers bring allocators that have none.
  const std::string maps = content("/proc/" + std::to_string(server->pid()) + "/maps");
  if (maps.find("libjemalloc") == std::string::npos) return;
  // The threads name themselves.
  const auto frees_in_background = [&] { return has_thread(server->pid(), "jemalloc_bg_thd"); };
  CHECK(eventually(frees_in_background));
  LoopbackClient client(server->port());
  client.expect(request({"CONFIG", "SET", "jemalloc-bg-thread", "no"}), "+OK\r\n");
  CHECK(eventually(std::not_fn(frees_in_background)));
  client.expect(request({"CONFIG", "SET", "jemalloc-bg-thread", "yes"}), "+OK\r\n");
  CHECK(eventually(frees_in_background));
}

TEST_CASE("the program does without huge pages, unless it is told not to", "[program]") {
  for (const std::string choice : {"yes", "no"}) {
    const auto server = start({"--disable-thp", choice});
    const std::string status = content("/proc/" + std::to_string(server->pid()) + "/status");
    const size_t line = status.find("THP_enabled:");
    if (line == std::string::npos) return;  // a kernel that doesn't tell
    const std::string enabled = choice == "yes" ? "0" : "1";
    CHECK(status.substr(line, status.find('\n', line) - line) == "THP_enabled:\t" + enabled);
  }
}

TEST_CASE("data outlive the server, and a damaged file isn't served", "[program]") {
  std::string directory = (std::filesystem::temp_directory_path() / "sorrel-kept-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const std::filesystem::path file = std::filesystem::path(directory) / "dump.rdb";
  const Words options = {"--dir", directory, "--save", "3600", "1"};
  {
    const auto server = start(options);
    LoopbackClient(server->port()).expect(request({"SET", "key", "value"}), "+OK\r\n");
    CHECK(server->stop() == 0);
    CHECK(server->log().find("Saving the final RDB snapshot before exiting.") != std::string::npos);
  }
  {
    const auto server = start(options);
    LoopbackClient(server->port()).expect(request({"GET", "key"}), "$5\r\nvalue\r\n");
    const std::string log = server->log();
    CHECK(log.find("DB loaded from disk: ") < log.find("Ready to accept connections"));
    // Nothing can be renamed onto a directory: whoever asks for an end without saving gets it.
    std::filesystem::remove(file);
    std::filesystem::create_directories(file / "in-the-way");
    LoopbackClient(server->port())
        .expect(request({"SHUTDOWN"}), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    LoopbackClient(server->port()).expect(kPing, "+PONG\r\n");
    std::filesystem::remove_all(file);
    CHECK(server->stop() == 0);
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  Words damaged = {"--port", "0", "--unixsocket", directory + "/socket"};
  damaged.insert(damaged.end(), options.begin(), options.end());
  const Run result = run(damaged);
  CHECK(result.status == 1);
  CHECK(result.said.find("Fatal error loading the DB: ") != std::string::npos);
  CHECK(result.said.find("offset") != std::string::npos);
  CHECK(result.said.find("Ready to accept") == std::string::npos);
  std::filesystem::remove_all(directory);
}

#ifndef SORREL_SANITIZED

TEST_CASE("DEBUG MALLCTL asks the program's allocator", "[program]") {
  const auto server = start({"--enable-debug-command", "yes"});
  LoopbackClient client(server->port());
  client.expect(request({"DEBUG", "MALLCTL", "arenas.quantum"}), ":16\r\n");
  client.expect(request({"DEBUG", "MALLCTL-STR", "nosuch"}), "-ERR Invalid argument\r\n");
}

// Sends what the server takes, until it closes.
void offer(const LoopbackClient& client, const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t result =
        send(client.fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (result <= 0) return;
    sent += static_cast<size_t>(result);
  }
}

TEST_CASE("a server without any memory left hears that it is to end", "[program]") {
  for (const int number : {SIGTERM, SIGINT}) {
    const auto server = start();
    LoopbackClient client(server->port());
    client.expect(kPing, "+PONG\r\n");
    const rlimit none = {1 << 20, 1 << 20};
    REQUIRE(prlimit(server->pid(), RLIMIT_AS, &none, nullptr) == 0);
    kill(server->pid(), number);
    CHECK(client.receive_rest().empty());
    CHECK(eventually([&] { return !server->is_running(); }));
    CHECK(server->stop() == 0);
    const std::string log = server->log();
    INFO(log);
    CHECK(log.find("scheduling shutdown...") < log.find("ready to exit, bye bye..."));
  }
}

TEST_CASE("a server that finds no memory loses a command or a client, not itself", "[program]") {
  const std::string big(60 << 20, 'v');
  const std::string queued = request({"SET", "key", big});
  const std::string named = request({"CLIENT", "SETNAME", big});
  std::string many = "*10000000\r\n";
  for (int i = 0; i < 10'000'000; ++i) many += "$0\r\n\r\n";
  for (const std::string& requests :
       {request({"MULTI"}) + queued + queued + queued, named + named + named,
        request({"ECHO", big}) + request({"ECHO", big}), many}) {
    const auto server = start();
    {
      LoopbackClient watcher(server->port()), client(server->port());
      watcher.expect(request({"MONITOR"}), "+OK\r\n");
      client.expect(kPing, "+PONG\r\n");
      const uint64_t pages =
          std::stoull(content("/proc/" + std::to_string(server->pid()) + "/statm"));
      const rlim_t most = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + (150 << 20);
      const rlimit limit = {most, most};
      REQUIRE(prlimit(server->pid(), RLIMIT_AS, &limit, nullptr) == 0);
      offer(client, requests);
    }
    LoopbackClient other(server->port());
    other.expect(kPing, "+PONG\r\n");
    const int status = server->stop();
    INFO(server->log());
    CHECK(status == 0);
  }
}

#endif

}  // namespace
}  // namespace sorrel
