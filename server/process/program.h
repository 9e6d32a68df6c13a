// Program: what sorrel-server does around a server of the public interface, from its command line
// to its exit status.
//
//   prepare()   arguments, configuration, background, supervision, log, limits -> options
//               a server is made of them
//   follow()    log, limits and the process's title go with the server's settings
//               the server opens
//   begin()     signals, pid file, "Ready to accept connections"
//               the server runs until a signal or SHUTDOWN has closed it
//   end()       signals and pid file go; then the server may
//
// This is the one place that treats the process as its own: it writes to the terminal, changes the
// directory, takes signals and ends. The server, which runs on the main thread, never does.
// Made once, by main().
#pragma once

#include "server/command_line.h"
#include "server/embed_options.h"
#include "server/jemalloc_allocator.h"
#include "server/process/background_process.h"
#include "server/process/crash_report.h"
#include "server/process/process_limits.h"
#include "server/process/process_title.h"
#include "server/process/program_log.h"
#include "server/process/signal_thread.h"
#include "server/process/supervision.h"

#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class Program {
 public:
  Program(int argc, char** argv, ProgramAllocator allocator);

  /// Null when there is nothing to serve: --help, or a configuration that can't be.
  sorrel_options* prepare();
  /// The server that was made of the options, before it opens.
  void follow(sorrel_server& server);
  /// The server hasn't opened.
  void explain_failure(sorrel_status status);
  /// The server is open. False when it can't go on: it is to be freed then.
  bool begin();
  /// The server has run, and how.
  void finish(sorrel_status status);
  /// Before the server is freed.
  void end();
  int exit_status() const { return exit_status_; }

 private:
  bool configure();
  void announce();
  void supervise();
  bool listens_anywhere();
  void fit_descriptors();
  void follow_memory_policy(Settings& settings);
  void report_crashes(Settings& settings);
  void crash(Crash how);
  void write_pid_file();
  void show_title(const SettingValues& values);
  void tell_opened();
  void tell_ready();
  void begin_end(int signal);
  void end_in_order(int signal);
  std::string supervised_by() const;
  const SettingValues& configured() const { return options_.settings.values(); }

  const std::vector<std::string> arguments_;  // without the program's name
  const std::string name_;
  const ProgramAllocator allocator_;
  ProcessTitle title_;
  CommandLine line_;
  sorrel_options options_{sorrel_options::Defaults::kProgram};
  sorrel_server* server_ = nullptr;
  ProgramLog log_;
  CrashReport crash_report_;
  std::optional<ServiceManager> manager_;
  OomScore oom_score_;
  PidFile pid_file_;
  int exit_status_ = EXIT_FAILURE;
  std::optional<SignalThread> signals_;
};

}  // namespace sorrel
