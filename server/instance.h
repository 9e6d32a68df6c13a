// Instance: one whole server: an engine with its clock, host, loop, listeners and connections.
//
// Any number of them live in one process and know nothing of each other. An instance does nothing
// to its process: no signals, no output, no exit, no change of directory; what it has to say goes
// to the LogSink, and when a client asks for SHUTDOWN, it is this instance that closes.
//
// It runs in one of these ways:
//   start()          on a thread of its own, which takes no signals, until stop()
//   attach(loop)     on a uv_loop_t of the host, until close() has called back
//   open(), run()    on the host's thread, until something closes it
//   open(), poll()   whenever the host calls poll(); poll_fd() is readable when it should
//
// States: kNew -> kOpen -> kClosing -> kClosed, and then it may be destroyed; the settings must not
// change any more after that, because the instance follows them. When start() or open() fails the
// instance is closed; when attach() fails it closes as the host's loop goes on. Everything but
// start(), stop(), join() and post() belongs to the thread that turns the loop.
//
// A turn of the loop (turn() in the source) has fixed phases: load, accept, read and execute, tick
// (expiry, eviction, freeing), journal, write. All replies of a turn leave at its end.
//
// Data that are on the disk are loaded in slices, one a turn, while clients are told so. open() and
// start() return when that is done, having turned the loop meanwhile; attach(), which has no loop
// of its own, leaves it to the host's. An instance whose data can't be loaded closes.
#pragma once

#include "core/base/allocator.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/engine.h"
#include "core/host.h"
#include "core/settings/settings.h"
#include "persistence/file_system.h"
#include "persistence/persistence.h"
#include "server/connections.h"
#include "server/event_loop.h"
#include "server/listeners.h"
#include "server/posix_network.h"
#include "server/process_facts.h"
#include "server/shared_processor.h"
#include "server/socket.h"
#include "server/system_clock.h"
#include "server/thread_executor.h"

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sorrel {

/// Where an instance's log lines go. Called on its thread.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// One line, without its end. Lines below `loglevel` don't come here.
  virtual void write(LogLevel level, Bytes line) = 0;
};

class Instance {
 public:
  struct Options {
    Settings* settings = nullptr;  // required; outlives the instance, changes only through it
    Clock* clock = nullptr;        // none: the machine's
    LogSink* log = nullptr;        // none: silence
    Allocator allocator = system_allocator();
    /// A `port` of 0 means "a free port", see port(), and not "no TCP".
    bool any_port = false;
    FileSystem* files = nullptr;  // none: the machine's; outlives the instance
    /// Whether a snapshot that is there is loaded although there are no save points.
    bool always_loads = true;
    /// open() returns before the data are loaded: the turns that follow load them.
    bool loads_later = false;
    // Called on its thread: when it begins to close, while the engine's sessions still work, and
    // when it is closed. Sessions that aren't connections belong to others, who end them in the
    // first.
    std::function<void()> on_closing;
    std::function<void()> on_closed;
    ProgramFacts program;
  };
  explicit Instance(const Options& options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // ---- Ways to run.
  Status start();
  Status attach(uv_loop_t* loop);
  Status open();

  /// Of start(): closes, and returns when the thread has ended. Any thread but its own.
  void stop();
  /// Of start(): returns when the thread has ended, because of stop() or SHUTDOWN. Any thread but
  /// its own, several at a time.
  void join();
  /// Of open(): runs until the instance is closed.
  void run() { loop_.run(); }
  /// Of open(): waits up to `timeout_ms` (-1: without limit) and runs what there is to do. False
  /// when the instance is closed.
  bool poll(int timeout_ms);
  int poll_fd() const { return loop_.poll_fd(); }
  /// An orderly end, as SHUTDOWN asks for it: closes after this turn. Of every way to run.
  /// False when it closes already.
  bool request_shutdown(const ShutdownRequest& request);
  /// Of attach() and open(): closes; `closed` is called when nothing is left on the loop, and may
  /// destroy the instance that was attached.
  void close(std::function<void()> closed);
  bool is_closing() const { return state_.load() == State::kClosing; }
  bool is_closed() const { return state_.load() == State::kClosed; }

  /// Any thread: runs `work` on the instance's thread. False when the instance is closing, or not
  /// open yet.
  bool post(std::function<void()> work) { return loop_.post(std::move(work)); }

  /// Something was done to the engine outside of a turn: one follows, and poll_fd() says so.
  void request_turn() { loop_.invite_turn(); }

  /// Makes a client of a connected socket and takes it over; or it is still the caller's.
  Status adopt(Socket& socket);

  /// On the loop: calls `loaded` when the data have been loaded, which may be now.
  void when_loaded(std::function<void()> loaded);
  /// Why the data couldn't be loaded.
  const Status& load_failure() const { return load_failure_; }

  /// TCP port that clients can reach, 0 when there is none.
  int port() const { return listeners_.port(); }
  Engine& engine() { return *engine_; }
  Persistence& persistence() { return *persistence_; }
  Settings& settings() { return settings_; }
  size_t connection_count() const { return connections_->size(); }

 private:
  enum class State : uint8_t { kNew, kOpen, kClosing, kClosed };

  class EngineHost;

  Status begin_serving();
  Status serve();
  void accept(Socket socket);
  Status load_all();
  void load_slice();
  void follow_settings();
  SettingRefusal rebind(const SettingValues& before, const SettingValues& after);
  void set_timer();
  void turn();
  void tell_no_memory();
  template <typename Phase>
  void attempt(Phase phase);
  void run_timer();
  void be_in_time();
  void begin_close();
  void finish_close();

  Settings& settings_;
  const Options options_;
  std::unique_ptr<SystemClock> own_clock_;
  std::unique_ptr<EngineHost> host_;
  std::unique_ptr<Engine> engine_;
  const std::unique_ptr<FileSystem> own_files_;
  EventLoop loop_;
  SharedProcessor processor_;
  ThreadExecutor executor_;
  ThreadExecutor log_executor_;
  ThreadExecutor network_executor_;
  PosixNetwork network_;
  std::unique_ptr<Persistence> persistence_;
  std::unique_ptr<Connections> connections_;
  Listeners listeners_;
  std::atomic<State> state_{State::kNew};
  bool timer_due_ = false;
  int64_t in_time_for_ms_ = 0;  // the deadline that the timer was hastened for
  bool shutdown_requested_ = false;
  Status load_failure_;
  std::function<void()> loaded_;
  std::thread thread_;
  std::mutex join_mutex_;  // several threads may wait for its end
  std::function<void()> closed_;
};

}  // namespace sorrel
