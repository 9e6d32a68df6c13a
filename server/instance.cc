#include "server/instance.h"

#include "core/base/check.h"
#include "persistence/posix_file_system.h"
#include "server/blocked_signals.h"
#include "server/config_rewrite.h"
#include "server/start_thread.h"

#include <errno.h>
#include <sys/random.h>

#include <chrono>
#include <new>
#include <utility>

namespace sorrel {
namespace {

constexpr int64_t kResidentBytesAgeMs = 100;

}  // namespace

// What the engine asks of us.
class Instance::EngineHost final : public Host {
 public:
  explicit EngineHost(Instance& instance) : instance_(instance) {}

  void log(LogLevel level, Bytes line) override {
    LogSink* const sink = instance_.options_.log;
    if (sink != nullptr && level >= instance_.settings_.values().loglevel) sink->write(level, line);
  }

  size_t resident_bytes() override {
    const int64_t now_ms = instance_.engine_->now_ms();
    if (resident_bytes_ == 0 || now_ms - measured_ms_ >= kResidentBytesAgeMs) {
      resident_bytes_ = process_resident_bytes();
      measured_ms_ = now_ms;
    }
    return resident_bytes_;
  }

  void secret_bytes(char* out, size_t size) override {
    for (size_t filled = 0; filled < size;) {
      const ssize_t got = getrandom(out + filled, size - filled, 0);
      VERIFY(got > 0 || errno == EINTR);
      if (got > 0) filled += static_cast<size_t>(got);
    }
  }

  void sleep_us(int64_t microseconds) override {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  }

  void crash(Crash how) override {
    const ProgramFacts& program = instance_.options_.program;
    if (program.crash) program.crash(how);
  }

  ProcessFacts process_facts() override {
    ProcessFacts facts = read_process_facts();
    facts.event_api = "epoll";
    facts.monotonic_clock = instance_.own_clock_ ? instance_.own_clock_->monotonic_source() : "";
    const ProgramFacts& program = instance_.options_.program;
    facts.executable = program.executable;
    facts.allocator = program.allocator_name;
    facts.config_file = program.config_file;
    facts.supervised = program.supervised;
    return facts;
  }

  int port() override { return instance_.port(); }
  ListenerFacts listeners() override { return instance_.listeners_.facts(); }

  bool request_shutdown(const ShutdownRequest& request) override {
    return instance_.request_shutdown(request);
  }

  AllocatorControls* allocator_controls() override {
    return instance_.options_.program.allocator_controls;
  }

  Status rewrite_config(RewriteScope scope) override {
    const std::string& path = instance_.options_.program.config_file;
    if (path.empty()) return Host::rewrite_config(scope);
    return rewrite_config_file(path, instance_.settings_, scope).with("Rewriting config file");
  }

 private:
  Instance& instance_;
  size_t resident_bytes_ = 0;
  int64_t measured_ms_ = 0;
};

Instance::Instance(const Options& options)
    : settings_(*options.settings),
      options_(options),
      own_clock_(options.clock == nullptr ? std::make_unique<SystemClock>() : nullptr),
      host_(std::make_unique<EngineHost>(*this)),
      own_files_(options.files == nullptr ? std::make_unique<PosixFileSystem>() : nullptr),
      loop_({.turn = [this] { turn(); },
             .timer = [this] { timer_due_ = true; },
             .no_memory = [this] { tell_no_memory(); }}),
      executor_(
          ThreadExecutor::kSaving,
          [this](std::function<void()> work) { return loop_.post(std::move(work)); }, &processor_),
      log_executor_(ThreadExecutor::kCommitting,
                    [this](std::function<void()> work) { return loop_.post(std::move(work)); }),
      network_executor_(ThreadExecutor::kTalking,
                        [this](std::function<void()> work) { return loop_.post(std::move(work)); }),
      listeners_(loop_, *host_, [this](Socket socket) { accept(std::move(socket)); }) {
  Engine::Options engine;
  engine.clock = options.clock == nullptr ? own_clock_.get() : options.clock;
  engine.host = host_.get();
  engine.settings = &settings_;
  engine.allocator = options.allocator;
  host_->secret_bytes(reinterpret_cast<char*>(&engine.seed), sizeof engine.seed);
  engine_ = std::make_unique<Engine>(engine);
  Persistence::Options persistence;
  persistence.engine = engine_.get();
  persistence.files = options.files == nullptr ? own_files_.get() : options.files;
  persistence.executor = &executor_;
  persistence.log_executor = &log_executor_;
  persistence.network = &network_;
  persistence.network_executor = &network_executor_;
  persistence.always_loads = options.always_loads;
  persistence_ = std::make_unique<Persistence>(persistence);
  connections_ = std::make_unique<Connections>(*engine_, loop_);
}

Instance::~Instance() {
  if (thread_.joinable()) stop();
  VERIFY(state_ == State::kNew || (state_ == State::kClosed && loop_.is_closed()));
}

// ---- Running.

Status Instance::start() {
  if (Status opened = open(); !opened) return opened;
  const BlockedSignals blocked;
  Status started = start_thread(thread_, [this] { loop_.run(); });
  if (!started) {
    begin_close();
    loop_.run();
  }
  return started;
}

Status Instance::attach(uv_loop_t* loop) {
  VERIFY(state_ == State::kNew);
  if (Status attached = loop_.attach(loop); !attached) {
    state_ = State::kClosing;
    loop_.when_closed([this] { finish_close(); });
    return attached;
  }
  state_ = State::kOpen;
  Status serving = begin_serving();
  if (!serving) begin_close();
  return serving;
}

Status Instance::open() {
  VERIFY(state_ == State::kNew);
  if (Status opened = loop_.open(); !opened) {
    state_ = State::kClosed;
    return opened;
  }
  state_ = State::kOpen;
  Status serving = begin_serving();
  if (!serving) {
    begin_close();
    loop_.run();
    return serving;
  }
  return options_.loads_later ? Status::ok() : load_all();
}

// Whatever happens the instance can be closed.
Status Instance::begin_serving() {
  try {
    return serve();
  } catch (const std::bad_alloc&) {
    return Status::failure("out of memory");
  }
}

Status Instance::serve() {
  if (Status listening = listeners_.open(settings_.values(), options_.any_port); !listening) {
    return listening;
  }
  follow_settings();
  set_timer();
  load_failure_ = persistence_->start_recovery();
  if (!load_failure_) return load_failure_;
  if (persistence_->recovering()) loop_.invite_turn();
  return Status::ok();
}

// ---- Loading.

Status Instance::load_all() {
  while (persistence_->recovering() && loop_.poll(-1)) {
  }
  // The turn that failed may have closed the loop already.
  while (!load_failure_ && loop_.poll(-1)) {
  }
  if (load_failure_ && is_closed()) return Status::failure("closed while the data were loading");
  return load_failure_;
}

void Instance::load_slice() {
  try {
    load_failure_ = persistence_->recover();
  } catch (const std::bad_alloc&) {
    load_failure_ = Status::failure("out of memory while the data were loading");
  }
  if (!load_failure_) return begin_close();
  if (persistence_->recovering()) return loop_.request_turn();
  if (loaded_) std::exchange(loaded_, nullptr)();
}

void Instance::when_loaded(std::function<void()> loaded) {
  if (persistence_->recovering()) {
    loaded_ = std::move(loaded);
  } else if (load_failure_) {
    loaded();
  }
}

void Instance::stop() {
  loop_.post([this] { close(nullptr); });
  join();
}

void Instance::join() {
  const std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

bool Instance::poll(int timeout_ms) {
  return loop_.poll(timeout_ms);
}

Status Instance::adopt(Socket& socket) {
  VERIFY(state_ == State::kOpen);
  if (Status stream = demand_stream(socket.fd()); !stream) return stream;
  // The new watcher is taken up when the loop goes round: a host that polls the descriptor is told.
  loop_.invite_turn();
  const int fd = socket.fd();
  if (Status accepted = connections_->accept(socket); !accepted) return accepted;
  // Not before it is ours: what is refused stays as it was.
  return prepare_socket(fd);
}

// One that isn't taken is closed.
void Instance::accept(Socket socket) {
  const Status accepted = connections_->accept(socket);
  if (!accepted) {
    host_->log(LogLevel::kVerbose, "Error accepting a client connection: " + accepted.message());
  }
}

// ---- Settings.

void Instance::follow_settings() {
  settings_.on_change({"port", "bind"},
                      [this](const SettingValues& before, const SettingValues& after) {
                        return rebind(before, after);
                      });
  settings_.on_change({"hz"}, [this](const SettingValues&, const SettingValues&) -> SettingRefusal {
    set_timer();
    return std::nullopt;
  });
}

SettingRefusal Instance::rebind(const SettingValues& before, const SettingValues& after) {
  if (listeners_.reopen(after)) return std::nullopt;
  return before.port != after.port ? "Unable to listen on this port. Check server logs."
                                   : "Failed to bind to specified addresses.";
}

void Instance::set_timer() {
  loop_.set_timer(static_cast<int>(1000 / settings_.values().hz));
}

// ---- The turn.

void Instance::tell_no_memory() {
  host_->log(LogLevel::kWarning, "Out of memory: some work was given up");
}

// What a phase had no memory for it leaves, as if it had not come to it; the other phases go on.
template <typename Phase>
void Instance::attempt(Phase phase) {
  try {
    phase();
  } catch (const std::bad_alloc&) {
    tell_no_memory();
  }
}

void Instance::turn() {
  if (state_ != State::kOpen) return;
  processor_.note_turn();
  const int64_t began_ns = engine_->clock().monotonic_ns();
  bool more = false;
  attempt([&] { engine_->begin_turn(); });
  if (persistence_->recovering()) load_slice();
  if (state_ != State::kOpen) return;
  bool idle = true;
  attempt([&] { listeners_.accept_waiting(settings_.values().max_new_connections_per_cycle); });
  attempt([&] { idle = !connections_->read_and_execute(); });
  if (std::exchange(timer_due_, false)) attempt([&] { run_timer(); });
  attempt([&] { more = engine_->tick(); });
  attempt([&] { more |= persistence_->end_turn(idle); });
  connections_->write();
  if (shutdown_requested_) return begin_close();
  if (more) loop_.request_turn();
  be_in_time();
  Stats& stats = engine_->stats();
  ++stats.turns;
  stats.turn_ns += static_cast<uint64_t>(engine_->clock().monotonic_ns() - began_ns);
}

// The timer brings a turn often enough for everything but a client that waits for its time to end.
void Instance::be_in_time() {
  const int64_t deadline_ms = engine_->next_deadline_ms();
  if (deadline_ms == in_time_for_ms_) return;
  const int64_t left_ms = deadline_ms - engine_->now_ms();
  if (left_ms >= 1000 / settings_.values().hz) return;
  in_time_for_ms_ = deadline_ms;
  loop_.hasten_timer(left_ms);
}

void Instance::run_timer() {
  listeners_.resume();
  connections_->look_after(static_cast<int>(settings_.values().hz));
  persistence_->tick();
}

// ---- Closing.

bool Instance::request_shutdown(const ShutdownRequest& request) {
  if (state_ != State::kOpen) return false;
  // A signal may come while a client's SHUTDOWN is already being carried out.
  if (shutdown_requested_) return true;
  host_->log(LogLevel::kWarning, "User requested shutdown...");
  if (!persistence_->prepare_shutdown(request)) {
    host_->log(LogLevel::kWarning,
               "Errors trying to shut down the server. Check the logs for more information.");
    return false;
  }
  engine_->stop();
  shutdown_requested_ = true;
  loop_.request_turn();
  return true;
}

void Instance::close(std::function<void()> closed) {
  VERIFY(state_ == State::kOpen || !closed_);
  closed_ = std::move(closed);
  if (state_ == State::kOpen) begin_close();
}

void Instance::begin_close() {
  state_ = State::kClosing;
  persistence_->close();
  if (options_.on_closing) options_.on_closing();
  listeners_.close_all(
      [this] { connections_->close_all([this] { loop_.close([this] { finish_close(); }); }); });
}

void Instance::finish_close() {
  state_ = State::kClosed;
  if (shutdown_requested_) {
    host_->log(LogLevel::kWarning, "Sorrel is now ready to exit, bye bye...");
  }
  if (options_.on_closed) options_.on_closed();
  // The host may destroy this instance in the callback.
  const std::function<void()> closed = std::exchange(closed_, nullptr);
  if (closed) closed();
}

}  // namespace sorrel
