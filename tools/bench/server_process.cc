#include "tools/bench/server_process.h"

#include "tools/bench/machine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

namespace sorrel::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kPortsTriedMax = 100;
constexpr size_t kLogTailBytesMax = 600;

Result<uint16_t> free_port(uint16_t first) {
  for (int port = first; port < first + kPortsTriedMax && port < 65536; port++) {
    if (Socket::port_is_free(static_cast<uint16_t>(port))) return static_cast<uint16_t>(port);
  }
  return Status::failure("no free port from " + std::to_string(first) + " on");
}

std::vector<std::string> command_line(const ServerLaunch& launch, uint16_t port) {
  std::vector<std::string> words = launch.wrapper;
  words.push_back(launch.program);
  for (const char* word : {"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize",
                           "no", "--maxclients", "10000"}) {
    words.emplace_back(word);
  }
  words.insert(words.end(), {"--port", std::to_string(port), "--dir", launch.directory});
  words.insert(words.end(), launch.arguments.begin(), launch.arguments.end());
  return words;
}

/// Runs in the child between fork and exec. Nothing but this thread has been started before.
[[noreturn]] void become_server(char** words, const char* log_path, const ServerLaunch& launch,
                                pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setsid();
  static_cast<void>(set_niceness(launch.niceness));  // this program has it already, so it may
  static_cast<void>(pin_this_thread(launch.cpu));
  const int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execvp(words[0], words);
  const char* const reason = strerror(errno);
  [[maybe_unused]] ssize_t ignored = write(log, reason, strlen(reason));
  _exit(127);
}

std::string tail_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() <= kLogTailBytesMax ? all : all.substr(all.size() - kLogTailBytesMax);
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const ServerLaunch& launch) {
  Result<uint16_t> port = free_port(launch.first_port);
  if (!port) return port.status();
  std::vector<std::string> words = command_line(launch, port.value());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const std::string log_path = launch.directory + "/" + launch.log_name;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return Status::failure(std::string("fork: ") + strerror(errno));
  if (child == 0) become_server(pointers.data(), log_path.c_str(), launch, parent);
  ServerProcess server(child, port.value());
  if (Status status = server.wait_until_ready(launch.ready_seconds_max); !status) {
    return Status::failure(launch.program + " " + status.message() + "; the end of its output:\n" +
                           tail_of(log_path));
  }
  return server;
}

ServerProcess::ServerProcess(ServerProcess&& from) noexcept
    : pid_(std::exchange(from.pid_, -1)), port_(from.port_), control_(std::move(from.control_)) {}

ServerProcess& ServerProcess::operator=(ServerProcess&& from) noexcept {
  std::swap(pid_, from.pid_);
  std::swap(port_, from.port_);
  std::swap(control_, from.control_);
  return *this;
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool ServerProcess::has_exited() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

Status ServerProcess::wait_until_ready(int seconds_max) {
  const auto deadline = steady_clock::now() + seconds(seconds_max);
  while (steady_clock::now() < deadline) {
    if (has_exited()) return Status::failure("ended at its start");
    Result<ControlClient> control = ControlClient::connect_to(port_);
    if (control) {
      const Result<std::string> pong = control.value().call({"PING"});
      if (pong && pong.value() == "PONG") {
        control_ = std::move(control.value());
        return Status::ok();
      }
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  return Status::failure("didn't answer PING within " + std::to_string(seconds_max) + " s");
}

Result<CpuTime> ServerProcess::cpu_time() const {
  clockid_t clock;
  timespec now;
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &now) != 0) {
    return Status::failure("the server is gone (no CPU clock)");
  }
  CpuTime time;
  time.total_ns = static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
  // Field 2 is the name in brackets, which may hold anything; utime and stime are 14 and 15.
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int i = 3; i <= 13; i++) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const double tick_ns = 1e9 / static_cast<double>(sysconf(_SC_CLK_TCK));
  time.user_ns = user * tick_ns;
  time.system_ns = system * tick_ns;
  return time;
}

Result<double> ServerProcess::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  while (file >> word) {
    double kilobytes = 0;
    if (word == "RssAnon:" && file >> kilobytes) return kilobytes * 1024;
  }
  return Status::failure("no RssAnon in /proc/PID/status");
}

Result<std::string> ServerProcess::info_text(std::string_view field) {
  const Result<std::string> info = control_->call({"INFO", "everything"});
  if (!info) return info.status();
  const std::string& text = info.value();
  std::string wanted("\n");
  wanted.append(field).append(":");
  const size_t at = text.find(wanted);
  if (at == std::string::npos) {
    return Status::failure("INFO has no field " + std::string(field));
  }
  const size_t begin = at + wanted.size();
  return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

Result<double> ServerProcess::info_number(std::string_view field) {
  const Result<std::string> text = info_text(field);
  if (!text) return text.status();
  double number = 0;
  const std::string& digits = text.value();
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) {
    return Status::failure("INFO " + std::string(field) + " is no number: " + digits);
  }
  return number;
}

Status ServerProcess::terminate(int seconds_max) {
  control_.reset();
  kill(pid_, SIGTERM);
  const auto deadline = steady_clock::now() + seconds(seconds_max);
  while (!has_exited()) {
    if (steady_clock::now() > deadline) {
      return Status::failure("the server didn't end within " + std::to_string(seconds_max) +
                             " s of SIGTERM");
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  return Status::ok();
}

}  // namespace sorrel::bench
