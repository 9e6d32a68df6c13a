#include "server/process/program.h"

#include "core/version.h"
#include "server/embed_server.h"
#include "server/posix_config_files.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

namespace sorrel {
namespace {

constexpr char kDefaultPidFile[] = "/var/run/redis.pid";

constexpr char kUsage[] =
    "Usage: sorrel-server [/path/to/redis.conf] [options] [-]\n"
    "       sorrel-server - (read config from stdin)\n"
    "       sorrel-server -v or --version\n"
    "       sorrel-server -h or --help\n"
    "\n"
    "Options are the directives of the configuration file, and win over it:\n"
    "       sorrel-server --port 7777 --save \"\"\n"
    "       sorrel-server /etc/sorrel.conf --loglevel verbose -\n"
    "       echo 'maxmemory 128mb' | sorrel-server -\n";

std::string version_line() {
  return "Sorrel server v=" + std::string(kSorrelVersion) +
         " (compatible with Redis server v=" + std::string(kRedisVersion) + ") bits=64\n";
}

std::string program_version() {
  return "Sorrel " + std::string(kSorrelVersion);
}

std::string absolute_path(const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + "/" + path;
}

std::string own_executable(const std::string& name) {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length <= 0 ? absolute_path(name) : std::string(path, static_cast<size_t>(length));
}

ShutdownRequest request_from(uint32_t flags) {
  ShutdownRequest request;
  request.save = (flags & kShutdownSave) != 0;
  request.no_save = (flags & kShutdownNoSave) != 0;
  request.now = (flags & kShutdownNow) != 0;
  request.force = (flags & kShutdownForce) != 0;
  return request;
}

// The kernel cuts a backlog silently; whoever asked for more wants to know.
std::optional<std::string> backlog_warning(int64_t backlog) {
  const Result<std::string> text = PosixConfigFiles().read("/proc/sys/net/core/somaxconn");
  if (!text) return std::nullopt;
  const int64_t limit = std::strtoll(text.value().c_str(), nullptr, 10);
  if (limit <= 0 || limit >= backlog) return std::nullopt;
  return "WARNING: The TCP backlog setting of " + std::to_string(backlog) +
         " cannot be enforced because /proc/sys/net/core/somaxconn is set to the lower value of " +
         std::to_string(limit) + ".";
}

}  // namespace

Program::Program(int argc, char** argv, ProgramAllocator allocator)
    : arguments_(argv + 1, argv + argc),
      name_(argv[0]),
      allocator_(std::move(allocator)),
      title_(argc, argv),
      line_(parse_command_line(arguments_)) {
  options_.program.allocator_name = allocator_.name;
  options_.program.allocator_controls = allocator_.controls.get();
  options_.program.executable = own_executable(name_);
  signals_.emplace();
}

sorrel_options* Program::prepare() {
  if (line_.request != CommandLine::Request::kServe) {
    const bool help = line_.request == CommandLine::Request::kShowHelp;
    fputs(help ? kUsage : version_line().c_str(), stdout);
    exit_status_ = EXIT_SUCCESS;
    return nullptr;
  }
  if (!configure()) return nullptr;
  supervise();
  announce();
  if (!listens_anywhere()) return nullptr;
  fit_descriptors();
  options_.program.supervised = supervised_by();
  options_.log = [](void* log, sorrel_log_level level, const char* line, size_t length) {
    static_cast<ProgramLog*>(log)->write(static_cast<LogLevel>(level), Bytes(line, length));
  };
  options_.log_user = &log_;
  options_.program.crash = [this](Crash how) { crash(how); };
  return &options_;
}

// ---- Before anything is said or opened.

bool Program::configure() {
  const auto refuse = [](const std::string& report) {
    fputs(report.c_str(), stderr);
    return false;
  };
  options_.program.config_file = absolute_path(line_.config_file);
  PosixConfigFiles files;
  Settings& settings = options_.settings;
  const auto problem = load_configuration(
      line_, files, [] { return read_descriptor(STDIN_FILENO); }, settings);
  if (problem) return refuse(problem->fatal_report(program_version()));
  // Paths in the configuration, the log's above all, are meant from there.
  const Result<std::string> directory = resolve_directory(configured().dir);
  if (!directory || chdir(directory.value().c_str()) != 0 ||
      !settings.load("dir", SettingArguments(&directory.value(), 1))) {
    return refuse("Can't enter the working directory " + configured().dir + "\n");
  }
  if (const Status opened = log_.open(configured()); !opened) {
    return refuse("\n*** FATAL CONFIG FILE ERROR (" + program_version() + ") ***\n" +
                  opened.message() + "\n");
  }
  return true;
}

void Program::supervise() {
  const SettingValues& values = configured();
  const auto warn = [this](Bytes line) { log_.say(LogLevel::kWarning, line); };
  const auto note = [this](Bytes line) { log_.say(LogLevel::kNotice, line); };
  manager_.emplace(values.supervised, warn, note);
  if (!values.daemonize || manager_->present()) return;
  if (const Status left = leave_terminal(); !left) warn(left.message());
  log_.leave_terminal();
}

void Program::announce() {
  log_.say(LogLevel::kWarning, "oO0OoO0OoO0Oo Sorrel is starting oO0OoO0OoO0Oo");
  log_.say(LogLevel::kWarning, "Sorrel version=" + std::string(kSorrelVersion) +
                                   ", redis_version=" + std::string(kRedisVersion) +
                                   ", bits=64, pid=" + std::to_string(getpid()) + ", just started");
  log_.say(LogLevel::kWarning, arguments_.empty()
                                   ? "Warning: no config file specified, using the default config. "
                                     "In order to specify a config file use " +
                                         name_ + " /path/to/redis.conf"
                                   : "Configuration loaded");
}

bool Program::listens_anywhere() {
  const SettingValues& values = configured();
  const bool tcp = values.port != 0 && !values.bind.empty();
  if (tcp || !values.unixsocket.empty()) return true;
  log_.say(LogLevel::kWarning, "Configured to not listen anywhere, exiting.");
  return false;
}

void Program::fit_descriptors() {
  const int64_t wanted = configured().maxclients;
  const DescriptorLimit limit = raise_descriptor_limit(wanted);
  if (limit.now > limit.before) {
    log_.say(LogLevel::kNotice, "Increased maximum number of open files to " +
                                    std::to_string(limit.now) + " (it was originally set to " +
                                    std::to_string(limit.before) + ").");
  }
  if (limit.clients == wanted) return;
  log_.say(LogLevel::kWarning, "Server can't set maximum open files to " +
                                   std::to_string(wanted + kReservedDescriptors) +
                                   " because of OS error: " + limit.error + ".");
  const std::string fitting = std::to_string(std::max<int64_t>(limit.clients, 1));
  log_.say(LogLevel::kWarning, "Current maximum open files is " + std::to_string(limit.now) +
                                   ". maxclients has been reduced to " + fitting +
                                   " to compensate for low ulimit. If you need higher maxclients "
                                   "increase 'ulimit -n'.");
  static_cast<void>(options_.settings.load("maxclients", SettingArguments(&fitting, 1)));
}

std::string Program::supervised_by() const {
  if (!manager_->present()) return "no";
  return configured().supervised == Supervision::kUpstart ? "upstart" : "systemd";
}

// ---- The server.

void Program::follow(sorrel_server& server) {
  server_ = &server;
  Settings& settings = server.settings();
  log_.follow(settings);
  log_.set_role(ProgramLog::Role::kPrimary);
  follow_memory_policy(settings);
  report_crashes(settings);
  static_cast<void>(oom_score_.apply(settings.values()));
  settings.on_change(
      {"oom-score-adj", "oom-score-adj-values"},
      [this](const SettingValues&, const SettingValues& after) { return oom_score_.apply(after); });
  settings.on_change(
      {"maxclients"}, [](const SettingValues&, const SettingValues& after) -> SettingRefusal {
        const DescriptorLimit limit = raise_descriptor_limit(after.maxclients);
        if (limit.clients == after.maxclients) return std::nullopt;
        return "The operating system is not able to handle the specified number of clients, try "
               "with " +
               std::to_string(limit.clients);
      });
  settings.on_change({"proc-title-template"},
                     [this](const SettingValues&, const SettingValues& after) -> SettingRefusal {
                       show_title(after);
                       return std::nullopt;
                     });
  if (const auto warning = backlog_warning(settings.values().tcp_backlog)) {
    log_.say(LogLevel::kWarning, *warning);
  }
}

// Not before the process has gone to the background: the allocator's threads wouldn't come along.
void Program::follow_memory_policy(Settings& settings) {
  if (settings.values().disable_thp) disable_huge_pages();
  if (settings.values().jemalloc_bg_thread) allocator_.free_in_background(true);
  settings.on_change({"jemalloc-bg-thread"},
                     [this](const SettingValues&, const SettingValues& after) -> SettingRefusal {
                       // Where there is no such thread there is nothing to refuse.
                       allocator_.free_in_background(after.jemalloc_bg_thread);
                       return std::nullopt;
                     });
}

void Program::report_crashes(Settings& settings) {
  crash_report_.prepare(settings.values().logfile, program_version());
  crash_report_.enable(settings.values().crash_log_enabled);
  settings.on_change({"crash-log-enabled"},
                     [this](const SettingValues&, const SettingValues& after) -> SettingRefusal {
                       crash_report_.enable(after.crash_log_enabled);
                       return std::nullopt;
                     });
}

// DEBUG SEGFAULT, ASSERT, PANIC.
void Program::crash(Crash how) {
  if (how == Crash::kAssertion) {
    log_.say(LogLevel::kWarning, "=== ASSERTION FAILED ===");
    log_.say(LogLevel::kWarning, "==> DEBUG ASSERT: '1 == 2' is not true");
  } else if (how == Crash::kPanic) {
    log_.say(LogLevel::kWarning, "Guru Meditation: called by DEBUG PANIC");
  }
  raise(how == Crash::kFault ? SIGSEGV : SIGABRT);
}

// Whoever met the reason has logged it; but scripts and test suites wait for this line.
void Program::explain_failure(sorrel_status status) {
  if (status != SORREL_FAILED || !server_->instance().load_failure()) return;
  const SettingValues& values = configured();
  if (Bytes(server_->error()).starts_with(values.unixsocket + ": ")) return;
  log_.say(LogLevel::kWarning,
           "Failed listening on port " + std::to_string(values.port) + " (tcp), aborting.");
}

bool Program::begin() {
  // Before there is a thread that may remove it.
  write_pid_file();
  const auto end_now = [this] {
    log_.say(LogLevel::kWarning, "You insist... exiting now.");
    pid_file_.remove();
    _exit(EXIT_FAILURE);
  };
  const Status started = signals_->start({[this](int signal) { begin_end(signal); }, end_now});
  if (!started) {
    log_.say(LogLevel::kWarning, started.message());
    return false;
  }
  tell_opened();
  exit_status_ = EXIT_SUCCESS;
  return true;
}

void Program::finish(sorrel_status status) {
  if (status == SORREL_OK) return;
  exit_status_ = EXIT_FAILURE;
  log_.say(LogLevel::kWarning, "The server has failed: " + std::string(sorrel_status_text(status)));
}

void Program::end() {
  signals_.reset();
  if (!server_->instance().load_failure()) exit_status_ = EXIT_FAILURE;
  if (!pid_file_.exists()) return;
  log_.say(LogLevel::kNotice, "Removing the pid file.");
  pid_file_.remove();
}

void Program::write_pid_file() {
  const SettingValues& values = configured();
  const bool background = values.daemonize && !manager_->present();
  if (!background && values.pidfile.empty()) return;
  const std::string& path = values.pidfile.empty() ? kDefaultPidFile : values.pidfile;
  if (const Status made = pid_file_.create(path); !made) {
    log_.say(LogLevel::kWarning, "Failed to write PID file: " + made.message());
  }
}

void Program::show_title(const SettingValues& values) {
  if (values.set_proc_title) title_.set(expand_process_title(values, name_, line_.config_file));
}

void Program::tell_opened() {
  const SettingValues& values = configured();
  show_title(values);
  const std::string mode = values.cluster_enabled ? "cluster" : "standalone";
  log_.say(LogLevel::kNotice, "Sorrel " + std::string(kSorrelVersion) + " 64 bit, Running in " +
                                  mode + " mode, Port: " + std::to_string(values.port) +
                                  ", PID: " + std::to_string(getpid()));
  log_.say(LogLevel::kNotice,
           "Running mode=" + mode + ", port=" + std::to_string(values.port) + ".");
  log_.say(LogLevel::kWarning, "Server initialized");
  server_->instance().when_loaded([this] { tell_ready(); });
}

void Program::tell_ready() {
  const SettingValues& values = configured();
  if (values.port != 0) log_.say(LogLevel::kNotice, "Ready to accept connections tcp");
  if (!values.unixsocket.empty()) {
    log_.say(LogLevel::kNotice, "Ready to accept connections unix " + values.unixsocket);
  }
  manager_->notify("STATUS=Ready to accept connections\nREADY=1\n");
}

// On the signal thread, which may log but not look at the settings: they are the server's. Nothing
// here needs memory: a server that has run out of it must be able to hear its end.
void Program::begin_end(int signal) {
  log_.say(LogLevel::kWarning, signal == SIGINT ? "Received SIGINT scheduling shutdown..."
                                                : "Received SIGTERM scheduling shutdown...");
  server_->instance().post([this, signal] {
    try {
      end_in_order(signal);
    } catch (const std::bad_alloc&) {
      signals_->refuse_end();
      throw;
    }
  });
}

void Program::end_in_order(int signal) {
  Instance& instance = server_->instance();
  const SettingValues& values = instance.settings().values();
  const ShutdownRequest request =
      request_from(signal == SIGINT ? values.shutdown_on_sigint : values.shutdown_on_sigterm);
  if (instance.request_shutdown(request)) {
    manager_->notify("STOPPING=1\n");
  } else if (!instance.is_closing()) {
    signals_->refuse_end();
  }
}

}  // namespace sorrel
