// ServerProcess: a redis-server, or anything that takes its command line, as a child of a test.
//
// It is started in a scratch directory of its own, on a free port of the loopback and on a unix
// socket, and is ready when start() returns: the line "Ready to accept connections" was seen. Its
// output is kept. Destruction stops it and removes the directory; nothing is left behind by a
// failed test.
#pragma once

#include "core/base/result.h"
#include "tests/support/command_words.h"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace sorrel::test {

class ServerProcess {
 public:
  /// `options` as on a command line: {"--maxmemory", "1mb"}. They come after the defaults, so they
  /// win.
  static Result<std::unique_ptr<ServerProcess>> start(const std::string& binary,
                                                      const Words& options = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::string unix_socket() const { return (directory_ / "socket").string(); }
  const std::filesystem::path& directory() const { return directory_; }
  /// Everything the process has written so far.
  std::string log() const;

  /// False once the process has ended by itself.
  bool is_running();
  /// Asks with SIGTERM, insists with SIGKILL. Returns the exit status, or -signal. Idempotent.
  int stop();

 private:
  ServerProcess() = default;
  Status spawn(const std::string& binary, const Words& options);
  Status wait_until_ready();
  bool reap(int flags);

  std::filesystem::path directory_;
  int port_ = 0;
  pid_t pid_ = -1;
  int exit_status_ = 0;
};

}  // namespace sorrel::test
