// Program: what sorrel-server does around an instance, from its command line to its exit status.
//
//   arguments, configuration -> checks -> background, supervision -> log, limits -> instance ->
//   ready … a signal or SHUTDOWN … -> closed
//
// This is the one place that treats the process as its own: it writes to the terminal, changes the
// directory, takes signals and ends. The instance, which runs on the main thread, never does.
// Made once, by main().
#pragma once

#include "core/base/allocator.h"
#include "core/settings/settings.h"
#include "server/command_line.h"
#include "server/instance.h"
#include "server/process/background_process.h"
#include "server/process/process_limits.h"
#include "server/process/process_title.h"
#include "server/process/program_log.h"
#include "server/process/signal_thread.h"
#include "server/process/supervision.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class Program {
 public:
  Program(int argc, char** argv, const Allocator& allocator, std::string allocator_name);

  /// The exit status.
  int run();

 private:
  int refuse(const std::string& report);
  bool configure();
  void announce();
  void supervise();
  void fit_descriptors();
  void follow_settings();
  bool open_instance();
  bool take_signals();
  void write_pid_file();
  void tell_ready();
  void begin_end(int signal);
  std::string supervised_by() const;

  const std::vector<std::string> arguments_;  // without the program's name
  const std::string name_;
  std::string executable_;
  const Allocator allocator_;
  const std::string allocator_name_;
  ProcessTitle title_;
  CommandLine line_;
  std::string config_path_;  // absolute
  Settings settings_;
  ProgramLog log_;
  std::optional<ServiceManager> manager_;
  OomScore oom_score_;
  PidFile pid_file_;
  std::unique_ptr<Instance> instance_;
  SignalThread signals_;  // goes first: it uses all of the above
};

}  // namespace sorrel
