#include "tests/support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace sorrel::test {
namespace {

constexpr int kStartAttemptsMax = 5;
// In steps: a test that is stopped for a while, and its server not, loses no patience.
constexpr int kPollsMax = 20'000;
constexpr auto kPollInterval = std::chrono::milliseconds(3);

/// A port that was free a moment ago; start() tries again when somebody was quicker.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  int port = 0;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

Result<std::filesystem::path> make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "sorrel-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    return Status::failure("mkdtemp " + name + ": " + std::strerror(errno));
  }
  return std::filesystem::path(name);
}

/// In the child; only what is safe between fork and exec. The kernel ends the server with its test,
/// so that a test that is itself killed leaves none behind.
[[noreturn]] void become_server(char** arguments, const char* log_path) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int input = open("/dev/null", O_RDONLY);
  const int output = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (input < 0 || output < 0) _exit(126);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execvp(arguments[0], arguments);
  constexpr char kMessage[] = "cannot execute the server program\n";
  if (write(STDERR_FILENO, kMessage, sizeof kMessage - 1) < 0) _exit(126);
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::string& binary,
                                                            const Words& options) {
  for (int attempt = 1;; ++attempt) {
    std::unique_ptr<ServerProcess> server(new ServerProcess());
    Result<std::filesystem::path> directory = make_directory();
    if (!directory) return directory.status();
    server->directory_ = directory.value();
    server->port_ = free_port();
    if (Status status = server->spawn(binary, options); !status) return status;
    const Status ready = server->wait_until_ready();
    if (ready) return server;
    const bool port_was_taken = server->log().find("Failed listening on port") != std::string::npos;
    if (!port_was_taken || attempt == kStartAttemptsMax) return ready.with(binary);
  }
}

Status ServerProcess::spawn(const std::string& binary, const Words& options) {
  Words words = {
      binary,        "--port", std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket",
      unix_socket(), "--dir",  directory_.string(),   "--save", "",          "--daemonize",
      "no"};
  words.insert(words.end(), options.begin(), options.end());
  const std::string log_path = (directory_ / "log").string();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  pid_ = fork();
  if (pid_ < 0) return Status::failure("fork: " + std::string(std::strerror(errno)));
  if (pid_ == 0) become_server(arguments.data(), log_path.c_str());
  return Status::ok();
}

Status ServerProcess::wait_until_ready() {
  for (int poll = 0; poll < kPollsMax; ++poll) {
    if (log().find("Ready to accept connections") != std::string::npos) return Status::ok();
    if (!is_running()) return Status::failure("the server ended at once; it said:\n" + log());
    std::this_thread::sleep_for(kPollInterval);
  }
  return Status::failure("the server isn't ready in time; it said:\n" + log());
}

ServerProcess::~ServerProcess() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string ServerProcess::log() const {
  std::ifstream file(directory_ / "log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool ServerProcess::reap(int flags) {
  int status = 0;
  if (waitpid(pid_, &status, flags) != pid_) return false;
  exit_status_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  pid_ = -1;
  return true;
}

bool ServerProcess::is_running() {
  return pid_ > 0 && !reap(WNOHANG);
}

int ServerProcess::stop() {
  if (!is_running()) return exit_status_;
  kill(pid_, SIGTERM);
  for (int poll = 0; poll < kPollsMax; ++poll) {
    if (reap(WNOHANG)) return exit_status_;
    std::this_thread::sleep_for(kPollInterval);
  }
  kill(pid_, SIGKILL);
  reap(0);
  return exit_status_;
}

}  // namespace sorrel::test
