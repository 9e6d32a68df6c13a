// ServerProcess: a server started for a measurement, and what the kernel knows about its costs.
//
// Owned by whoever measures; the destructor kills the process and waits for it, and the kernel
// kills it if this program dies first. Both servers get the same arguments: no persistence, on
// 127.0.0.1, output to a log file whose end is quoted when the start fails.
#pragma once

#include "core/base/result.h"
#include "tools/bench/socket.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel::bench {

/// CPU time since the process started. The total is exact and covers all threads; the kernel
/// divides it into user and system by ticks of 10 ms, so that division wants a second to be fair.
struct CpuTime {
  double total_ns = 0;
  double user_ns = 0;
  double system_ns = 0;
};

struct ServerLaunch {
  std::vector<std::string> wrapper;  // words before the program: valgrind and its options
  std::string program;
  std::vector<std::string> arguments;  // after the ones that every server gets
  std::string directory;               // its working directory; must exist
  std::string log_name;
  uint16_t first_port = 0;  // the first free port from here on is taken
  int cpu = -1;             // -1: wherever the kernel likes
  int niceness = 0;
  int ready_seconds_max = 20;
};

class ServerProcess {
 public:
  static Result<ServerProcess> start(const ServerLaunch& launch);
  ServerProcess(ServerProcess&& from) noexcept;
  ServerProcess& operator=(ServerProcess&& from) noexcept;
  ~ServerProcess();

  uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  ControlClient& control() { return *control_; }

  Result<CpuTime> cpu_time() const;
  /// Anonymous memory that is resident now: the program's code and libraries don't count.
  Result<double> resident_bytes() const;
  /// A number out of INFO, by the name before its colon.
  Result<double> info_number(std::string_view field);
  Result<std::string> info_text(std::string_view field);
  /// Asks with SIGTERM and waits for the exit; a server that doesn't come is a failure.
  Status terminate(int seconds_max);

 private:
  ServerProcess(pid_t pid, uint16_t port) : pid_(pid), port_(port) {}
  Status wait_until_ready(int seconds_max);
  bool has_exited();

  pid_t pid_ = -1;
  uint16_t port_ = 0;
  std::optional<ControlClient> control_;
};

}  // namespace sorrel::bench
