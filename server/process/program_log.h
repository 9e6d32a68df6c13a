// ProgramLog: the server program's log: standard output or `logfile`, and syslog if that is
// enabled.
//
//   4711:M 20 Nov 2026 23:52:00.417 * Ready to accept connections
//   pid, role, local time, level (. debug, - verbose, * notice, # warning)
//
// The file is opened for every line, so that it may be moved away and removed at any time; each
// line is one write, so that lines of several processes don't mix. Any thread may write.
#pragma once

#include "core/base/bytes.h"
#include "core/settings/settings.h"

#include <atomic>
#include <string>

namespace sorrel {

class ProgramLog {
 public:
  /// Who is writing: the program before it serves, or a primary.
  enum class Role : char { kChild = 'C', kPrimary = 'M', kReplica = 'S' };

  ProgramLog() = default;
  ~ProgramLog();
  ProgramLog(const ProgramLog&) = delete;
  ProgramLog& operator=(const ProgramLog&) = delete;

  /// Takes over what the settings say. Fails when the file can't be written to.
  Status open(const SettingValues& values);
  /// From now on as these settings change; the log outlives them.
  void follow(Settings& settings);
  /// Whatever the level. Needs no memory.
  void write(LogLevel level, Bytes line);
  /// For the time before and beside an instance: drops what `loglevel` leaves out.
  void say(LogLevel level, Bytes line);

  void set_role(Role role) { role_ = role; }
  /// Without standard output lines go to the file and to syslog alone.
  void leave_terminal() { has_terminal_ = false; }

 private:
  void adopt(const SettingValues& values);

  std::string path_;
  std::atomic<LogLevel> level_{LogLevel::kNotice};
  std::atomic<LogFormat> format_{LogFormat::kLegacy};
  std::atomic<LogTimestampFormat> timestamp_format_{LogTimestampFormat::kLegacy};
  std::atomic<Role> role_{Role::kChild};
  std::atomic<bool> has_terminal_{true};
  bool has_syslog_ = false;
};

}  // namespace sorrel
