// A server and its clients in one process, over real sockets: what the tests of the server layer
// use.
//
// LoopbackServer runs an Instance on its own thread, on a port of 127.0.0.1 that the kernel chose.
// LoopbackClient is a blocking socket; whatever it waits for comes within kPatienceMs or the test
// fails: that is for a machine with much else to do, nothing takes a second by itself. It is waited
// for in steps, so that a process that is stopped for a while loses no patience.
#pragma once

#include "core/settings/settings.h"
#include "server/instance.h"
#include "server/socket.h"

#include <functional>
#include <future>
#include <initializer_list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

/// Lines of an instance's log, readable from any thread.
class LogLines final : public LogSink {
 public:
  void write(LogLevel level, Bytes line) override;
  bool contains(Bytes text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

using NamedSettings = std::initializer_list<std::pair<std::string, std::string>>;

/// Settings for a test: 127.0.0.1, any port, and what is given.
class LoopbackSettings {
 public:
  explicit LoopbackSettings(NamedSettings named = {});
  Instance::Options options(LogSink* log = nullptr, Clock* clock = nullptr);
  Settings& get() { return settings_; }

 private:
  Settings settings_;
};

class LoopbackServer {
 public:
  explicit LoopbackServer(NamedSettings named = {}, Clock* clock = nullptr);
  ~LoopbackServer();

  int port() { return port_; }
  Instance& instance() { return instance_; }
  const LogLines& log() const { return log_; }
  /// Runs `read` on the instance's thread and returns what it returned.
  template <typename Read>
  auto on_loop(Read read) {
    std::promise<decltype(read())> answer;
    REQUIRE(instance_.post([&] { answer.set_value(read()); }));
    return answer.get_future().get();
  }
  /// Moves the clock that the server was given.
  void advance_ms(ManualClock& clock, int64_t ms) {
    on_loop([&] {
      clock.advance_ms(ms);
      return 0;
    });
  }
  /// CONFIG SET on the instance's thread: empty, or the error.
  std::string set(const std::string& name, const std::string& value);

 private:
  LoopbackSettings settings_;
  LogLines log_;
  Instance instance_;
  int port_ = 0;
};

class LoopbackClient {
 public:
  static constexpr int kPatienceMs = 60'000;
  static constexpr int kStepMs = 100;

  explicit LoopbackClient(int port, int receive_buffer_bytes = 0);
  explicit LoopbackClient(Socket socket) : socket_(std::move(socket)) {}

  void send(Bytes bytes);
  /// Exactly that many bytes; fewer only when the peer has closed.
  std::string receive(size_t bytes);
  /// All until the peer closes; a reset counts as the end.
  std::string receive_rest();
  /// Sends, and checks that exactly this comes back.
  void expect(Bytes request, Bytes reply);
  void shut_down_writing();
  void reset();
  int fd() const { return socket_.fd(); }

 private:
  bool wait_readable() const;
  Socket socket_;
};

/// "*2\r\n$3\r\nGET\r\n…": a request as clients send it.
std::string request(std::initializer_list<Bytes> words);

/// Asks again and again until it is so; false when patience ends.
bool eventually(const std::function<bool()>& condition);

}  // namespace sorrel
