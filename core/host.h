// Host: what an engine may ask of the process it lives in. Implemented by the server's instance,
// and by tests.
//
// What not every host can do has an answer here that says so.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/settings/setting_enums.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

/// The options of SHUTDOWN.
struct ShutdownRequest {
  bool save = false;
  bool no_save = false;
  bool now = false;
  bool force = false;
};

/// What INFO tells of the process and its machine; empty or zero where nobody knows.
struct ProcessFacts {
  int64_t process_id = 0;
  std::string os;                 // "Linux 6.1.0 x86_64"
  std::string event_api;          // "epoll"
  std::string monotonic_clock;    // what durations are measured with
  std::string executable;         // absolute path
  std::string config_file;        // absolute path; empty: none
  std::string supervised = "no";  // or "systemd", "upstart", "unknown"
  uint64_t machine_memory_bytes = 0;
  // Seconds of CPU time.
  double cpu_system = 0;
  double cpu_user = 0;
  double cpu_children_system = 0;
  double cpu_children_user = 0;
  double cpu_thread_system = 0;  // of the instance's own thread
  double cpu_thread_user = 0;
  std::string allocator = "libc";  // "jemalloc-5.3.0"
};

/// How clients reach the instance: addresses as `bind` and `unixsocket` name them.
struct ListenerFacts {
  std::vector<std::string> tcp_addresses;
  std::string unix_path;  // empty: none
};

/// The controls that the process's allocator has by name (jemalloc's mallctl): DEBUG MALLCTL. With
/// `value` they are set, and answer what they were; what can only be set answers nothing.
class AllocatorControls {
 public:
  virtual ~AllocatorControls() = default;
  virtual Result<std::optional<int64_t>> number(const std::string& name,
                                                std::optional<int64_t> value) = 0;
  virtual Result<std::optional<std::string>> text(const std::string& name,
                                                  std::optional<std::string> value) = 0;
};

/// How DEBUG ends the program.
enum class Crash : uint8_t { kFault, kAssertion, kPanic };

/// Which settings CONFIG REWRITE writes: those that the file has or that aren't at their defaults,
/// or every one.
enum class RewriteScope : uint8_t { kChanged, kAll };

class Host {
 public:
  virtual ~Host() = default;
  /// One line, without its end.
  virtual void log(LogLevel level, Bytes line) = 0;
  /// Resident set of the process in bytes, 0 when unknown. May be a cached figure.
  virtual size_t resident_bytes() = 0;
  /// Fills with bytes that nobody can guess (passwords, run ids).
  virtual void secret_bytes(char* out, size_t size) = 0;

  /// Holds the calling thread: DEBUG SLEEP, and nothing else.
  virtual void sleep_us(int64_t) {}
  /// Ends the process, if that is the server's own; else it returns.
  virtual void crash(Crash) {}

  /// nullptr: it has none.
  virtual AllocatorControls* allocator_controls() { return nullptr; }

  virtual ProcessFacts process_facts() { return ProcessFacts(); }
  /// TCP port that clients reach, 0 when there is none.
  virtual int port() { return 0; }
  virtual ListenerFacts listeners() { return ListenerFacts(); }
  /// Begins to end the instance: it closes after this turn. False when it can't; the log says why.
  virtual bool request_shutdown(const ShutdownRequest&) { return false; }
  /// Takes back a request that still waits for something. False when there is none.
  virtual bool abort_shutdown() { return false; }
  /// CONFIG REWRITE. The failure is the error reply's text behind "ERR ".
  virtual Status rewrite_config(RewriteScope) {
    return Status::failure("The server is running without a config file");
  }
};

}  // namespace sorrel
