#include "server/embed_server.h"

#include "server/embed_border.h"
#include "server/in_process_client.h"
#include "server/posix_config_files.h"

#include <chrono>
#include <future>
#include <utility>

namespace sorrel {
namespace {

// The table of commands has room for more than that beside the engine's own.
constexpr size_t kHostCommandsMax = 256;

constexpr const char* kStopRefused = "the data couldn't be saved; the log says why";

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime deadline_in(int timeout_ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

// The loop's thread is in its turn, however that ends.
class Turning {
 public:
  explicit Turning(bool& turning) : turning_(turning) { turning_ = true; }
  ~Turning() { turning_ = false; }
  Turning(const Turning&) = delete;
  Turning& operator=(const Turning&) = delete;

 private:
  bool& turning_;
};

int left_ms(SteadyTime deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

}  // namespace

void EmbeddedServer::LogToHost::write(LogLevel level, Bytes line) {
  if (log_ != nullptr) {
    log_(user_, static_cast<sorrel_log_level>(level), line.data(), line.size());
  }
}

EmbeddedServer::EmbeddedServer(const sorrel_options& options)
    : log_(options.log, options.log_user), link_(std::make_shared<InstanceLink>()) {
  settings_.adopt(options.settings);
  settings_.resolve_directories_with(resolve_directory);
  Instance::Options instance;
  instance.settings = &settings_;
  instance.log = &log_;
  instance.allocator = options.allocator;
  instance.any_port = options.any_port;
  instance.program = options.program;
  instance.always_loads = instance.loads_later = options.is_program;
  instance.on_closing = [this] { link_->close_clients(); };
  instance.on_closed = [this] {
    const std::lock_guard lock(closed_mutex_);
    closed_ = true;
    closed_changed_.notify_all();
  };
  instance_ = std::make_unique<Instance>(instance);
}

EmbeddedServer::~EmbeddedServer() {
  link_->cut();
}

sorrel_status EmbeddedServer::fail(sorrel_status status, std::string why) {
  errors_.set_mine(std::move(why));
  return status;
}

// ---- The ways to run.

sorrel_status EmbeddedServer::begin(Way way, const std::function<Status()>& run) {
  if (way_ != Way::kNone) return fail(SORREL_STATE, "the server has run already");
  Status possible = demand_served();
  if (possible) possible = rename_commands();
  if (!possible) {
    log_.write(LogLevel::kWarning, possible.message());
    return fail(SORREL_INVALID, possible.message());
  }
  tell_unserved();
  if (const Status begun = run(); !begun) {
    closed_ = way != Way::kAttached || instance_->is_closed();
    way_ = way;
    return fail(SORREL_FAILED, begun.message());
  }
  if (way == Way::kOwnThread) {
    link_->open_on_own_thread(*instance_);
  } else {
    link_->open_here(*instance_);
  }
  way_ = way;
  return SORREL_OK;
}

// What isn't served yet is accepted, but for what would have the server taken for another than it
// is: docs/decisions/0007.
Status EmbeddedServer::demand_served() const {
  const SettingValues& values = settings_.values();
  constexpr Bytes kUsers =
      "users and their rights are not served yet; without this setting everybody is the default "
      "user, and may do everything that 'requirepass' lets in";
  const struct {
    Bytes setting;
    bool wanted;
    Bytes reason;
  } unserved[] = {
      {"user", !values.user.empty(), kUsers},
      {"aclfile", !values.aclfile.empty(), kUsers},
      {"replicaof", !values.replicaof_host.empty(),
       "replication is not served yet; without this setting the server is a primary, with data of "
       "its own"},
      {"cluster-enabled", values.cluster_enabled,
       "a cluster is not served yet; without this setting the server stands alone, with all keys"},
      {"tls-port", values.tls_port != 0,
       "TLS is not served yet; without this setting connections are not encrypted"},
      {"loadmodule", !values.loadmodule.empty(),
       "modules are not served yet; without this setting their commands are missing"},
  };
  for (const auto& [setting, wanted, reason] : unserved) {
    if (wanted) return Status::failure(std::string(setting) + ": " + std::string(reason));
  }
  return Status::ok();
}

// Here, because the host's own commands may be meant, too.
Status EmbeddedServer::rename_commands() {
  CommandTable& table = instance_->engine().commands();
  for (const auto& names : settings_.values().rename_command) {
    if (table.rename(names[0], names[1])) continue;
    const bool known = table.find(names[0]) != nullptr;
    return Status::failure(known ? "Target command name already exists: " + names[1]
                                 : "No such command in rename-command: " + names[0]);
  }
  return Status::ok();
}

void EmbeddedServer::tell_unserved() {
  if (settings_.values().loglevel > LogLevel::kWarning) return;
  for (const std::string_view name : settings_.unserved()) {
    log_.write(LogLevel::kWarning, "The setting '" + std::string(name) + "' has no effect yet.");
  }
}

sorrel_status EmbeddedServer::start_thread() {
  return begin(Way::kOwnThread, [this] { return instance_->start(); });
}

sorrel_status EmbeddedServer::attach(uv_loop_t* loop) {
  return begin(Way::kAttached, [this, loop] { return instance_->attach(loop); });
}

sorrel_status EmbeddedServer::open() {
  const sorrel_status begun = begin(Way::kPolled, [this] { return instance_->open(); });
  if (begun == SORREL_OK) take_up_watchers();
  return begun;
}

// libuv hands new descriptors to the system when the loop goes round, and not before: without this,
// a host that waits for fd() alone would wait for ever.
void EmbeddedServer::take_up_watchers() {
  if (way_ == Way::kPolled && !turning_) static_cast<void>(poll(0));
}

int EmbeddedServer::fd() const {
  return way_ == Way::kPolled && !closed_ ? instance_->poll_fd() : -1;
}

sorrel_status EmbeddedServer::may_turn() {
  if (way_ != Way::kPolled) return fail(SORREL_STATE, "the server isn't one to be polled");
  if (closed_) return SORREL_CLOSED;
  if (!link_->on_loop_thread()) return fail(SORREL_STATE, "another thread polls this server");
  return turning_ ? fail(SORREL_WOULD_BLOCK, "called from the server's own turn") : SORREL_OK;
}

sorrel_status EmbeddedServer::poll(int timeout_ms) {
  if (const sorrel_status status = may_turn(); status != SORREL_OK) return status;
  const Turning turning(turning_);
  return instance_->poll(timeout_ms) ? SORREL_OK : SORREL_CLOSED;
}

sorrel_status EmbeddedServer::run() {
  if (const sorrel_status status = may_turn(); status != SORREL_OK) {
    return status == SORREL_CLOSED ? SORREL_OK : status;
  }
  const Turning turning(turning_);
  instance_->run();
  return SORREL_OK;
}

// ---- The end.

sorrel_status EmbeddedServer::stop(unsigned flags, int timeout_ms) {
  constexpr unsigned kAll =
      SORREL_STOP_SAVE | SORREL_STOP_NOSAVE | SORREL_STOP_NOW | SORREL_STOP_FORCE;
  const bool save = (flags & SORREL_STOP_SAVE) != 0, no_save = (flags & SORREL_STOP_NOSAVE) != 0;
  if ((flags & ~kAll) != 0 || (save && no_save)) return fail(SORREL_INVALID, "impossible flags");
  if (way_ == Way::kNone || closed_) return SORREL_OK;
  ShutdownRequest request;
  request.save = save;
  request.no_save = no_save;
  request.now = (flags & SORREL_STOP_NOW) != 0;
  request.force = (flags & SORREL_STOP_FORCE) != 0;
  if (!link_->on_loop_thread()) {
    // When it can't be handed over, the server is closing by itself.
    stop_refused_ = false;
    static_cast<void>(link_->post([this, request] {
      if (request_stop(request) != SORREL_FAILED) return;
      const std::lock_guard lock(closed_mutex_);
      stop_refused_ = true;
      closed_changed_.notify_all();
    }));
    return wait_until_closed(timeout_ms);
  }
  if (request_stop(request) == SORREL_FAILED) return fail(SORREL_FAILED, kStopRefused);
  return way_ == Way::kPolled ? turn_until_closed(timeout_ms) : SORREL_WOULD_BLOCK;
}

sorrel_status EmbeddedServer::request_stop(const ShutdownRequest& request) {
  Instance* const instance = link_->instance();
  if (instance == nullptr) return SORREL_CLOSED;
  if (instance->is_closing()) return SORREL_CLOSED;
  return instance->request_shutdown(request) ? SORREL_OK : SORREL_FAILED;
}

sorrel_status EmbeddedServer::turn_until_closed(int timeout_ms) {
  const SteadyTime deadline = deadline_in(timeout_ms);
  for (;;) {
    const int wait_ms = timeout_ms < 0 ? -1 : left_ms(deadline);
    const sorrel_status polled = poll(wait_ms);
    if (polled == SORREL_CLOSED) return SORREL_OK;
    if (polled != SORREL_OK) return polled;
    if (wait_ms == 0) return fail(SORREL_TIMEOUT, "the server is still closing");
  }
}

sorrel_status EmbeddedServer::wait_until_closed(int timeout_ms) {
  {
    std::unique_lock lock(closed_mutex_);
    const auto decided = [this] { return closed_ || stop_refused_; };
    if (timeout_ms < 0) {
      closed_changed_.wait(lock, decided);
    } else if (!closed_changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), decided)) {
      return fail(SORREL_TIMEOUT, "the server is still closing");
    }
    if (!closed_) return fail(SORREL_FAILED, kStopRefused);
  }
  if (way_ == Way::kOwnThread) join();
  return SORREL_OK;
}

void EmbeddedServer::join() {
  instance_->join();
  link_->forget_loop_thread();
}

bool EmbeddedServer::release(sorrel_status& status, const std::function<void()>& released) {
  status = SORREL_OK;
  if (way_ == Way::kNone) return true;
  const bool here = link_->on_loop_thread();
  if (way_ != Way::kOwnThread && !closed_ && link_->on_another_thread()) {
    status = fail(SORREL_STATE, "another thread turns the server's loop");
    return false;
  }
  if (way_ == Way::kAttached) {
    if (instance_->is_closed()) return true;
    // What the host gave may go before the last turn has been.
    for (const auto& command : commands_) command->retire();
    log_.silence();
    // Not now: this may be a callback from the middle of a turn.
    const auto close = [this, released] { instance_->close(released); };
    if (!link_->post(close)) close();
    return false;
  }
  if ((way_ == Way::kOwnThread && here) || turning_) {
    status = fail(SORREL_WOULD_BLOCK, "called from the server's own turn");
    return false;
  }
  // A stop that is refused would leave nobody to end its thread.
  status = stop(SORREL_STOP_NOSAVE | SORREL_STOP_FORCE, -1);
  if (way_ == Way::kOwnThread) join();
  return status == SORREL_OK;
}

// ---- What is asked of the loop.

sorrel_status EmbeddedServer::running() const {
  if (way_ == Way::kNone) return SORREL_STATE;
  return closed_ ? SORREL_CLOSED : SORREL_OK;
}

// Runs `work` on the loop and returns what it returned.
sorrel_status EmbeddedServer::on_loop(const std::function<sorrel_status(Instance&)>& work) {
  if (const sorrel_status status = running(); status != SORREL_OK) return status;
  const auto run = [this, &work] {
    Instance* const instance = link_->instance();
    return instance == nullptr ? SORREL_CLOSED : work(*instance);
  };
  if (link_->on_loop_thread()) return run();
  std::promise<sorrel_status> answer;
  // Whatever becomes of it there, this thread hears of it.
  if (!link_->post([&] { answer.set_value(at_border(run)); })) return SORREL_CLOSED;
  return answer.get_future().get();
}

// The reason of a failure is the calling thread's to read, not the loop's.
sorrel_status EmbeddedServer::try_on_loop(const std::function<Status(Instance&)>& work) {
  Status outcome;
  const sorrel_status status = on_loop([&](Instance& instance) {
    outcome = work(instance);
    return outcome ? SORREL_OK : SORREL_FAILED;
  });
  return outcome ? status : fail(SORREL_FAILED, outcome.message());
}

sorrel_status EmbeddedServer::port(int& port) {
  return on_loop([&](Instance& instance) {
    port = instance.port();
    return SORREL_OK;
  });
}

sorrel_status EmbeddedServer::save(const std::string& path) {
  if (path.empty()) return fail(SORREL_INVALID, "no path");
  return try_on_loop(
      [&](Instance& instance) { return instance.persistence().rdb().save_copy(path); });
}

sorrel_status EmbeddedServer::load(const std::string& path) {
  return try_on_loop(
      [&](Instance& instance) { return instance.persistence().load_verified(path); });
}

sorrel_status EmbeddedServer::adopt(int fd) {
  if (fd < 0) return fail(SORREL_INVALID, "not a descriptor");
  const sorrel_status adopted = try_on_loop([&](Instance& instance) {
    Socket socket(fd);
    Status taken = instance.adopt(socket);
    socket.release();  // if it wasn't taken, it is still the host's
    return taken;
  });
  if (adopted == SORREL_OK && link_->on_loop_thread()) take_up_watchers();
  return adopted;
}

sorrel_status EmbeddedServer::register_command(HostCommand::Terms terms) {
  if (way_ != Way::kNone) return fail(SORREL_STATE, "the server has run already");
  for (char& c : terms.name) c = to_lower(c);
  if (const auto objection = HostCommand::objection(terms)) {
    return fail(SORREL_INVALID, *objection);
  }
  CommandTable& table = instance_->engine().commands();
  if (table.find(terms.name) != nullptr) {
    return fail(SORREL_INVALID, "there is a command '" + terms.name + "' already");
  }
  if (commands_.size() == kHostCommandsMax) return fail(SORREL_FAILED, "too many commands");
  commands_.push_back(std::make_unique<HostCommand>(std::move(terms), *link_));
  const CommandSpec* const row = commands_.back().get();
  table.add(std::span(row, 1));
  return SORREL_OK;
}

sorrel_status EmbeddedServer::new_client(std::shared_ptr<InProcessClient>& client) {
  if (const sorrel_status status = running(); status != SORREL_OK) return status;
  client = std::make_shared<InProcessClient>(link_);
  if (link_->on_loop_thread()) {
    client->open();
    return link_->instance() == nullptr ? SORREL_CLOSED : SORREL_OK;
  }
  // What the client is asked to do stands behind this in the loop's line.
  return link_->post([client] { client->open(); }) ? SORREL_OK : SORREL_CLOSED;
}

}  // namespace sorrel
