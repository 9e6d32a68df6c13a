#include "server/process/program_log.h"

#include "server/os_error.h"
#include "server/process/fixed_line.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace sorrel {
namespace {

// Longer lines are cut: a client's name in them may be of any size.
constexpr size_t kLineBytesMax = 4096;

constexpr char kLevelMarks[] = {'.', '-', '*', '#'};
constexpr Bytes kLevelNames[] = {"debug", "info", "notice", "warning"};
constexpr int kSyslogLevels[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING};
constexpr int kSyslogFacilities[] = {LOG_USER,   LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
                                     LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};

size_t index_of(LogLevel level) {
  return std::min(static_cast<size_t>(level), std::size(kLevelMarks) - 1);
}

int open_log_file(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

// And what stands around the text.
constexpr size_t kAroundBytesMax = 256;
using Line = FixedLine<kLineBytesMax + kAroundBytesMax>;

// A logfmt value: quotes, and bytes that would end the line, are replaced and not escaped, so that
// simple readers stay simple.
void add_quoted(Bytes text, Line& line) {
  line.add('"');
  for (const char c : text) line.add(c == '"' ? '\'' : c == '\n' || c == '\r' ? ' ' : c);
  line.add('"');
}

void add_time(LogTimestampFormat format, Line& line) {
  timeval now;
  gettimeofday(&now, nullptr);
  const auto milliseconds = static_cast<int>(now.tv_usec / 1000);
  if (format == LogTimestampFormat::kMilliseconds) {
    line.add(int64_t{now.tv_sec} * 1000 + milliseconds);
    return;
  }
  tm local;
  localtime_r(&now.tv_sec, &local);
  const bool iso = format == LogTimestampFormat::kIso8601;
  char text[64];
  size_t length =
      strftime(text, sizeof text, iso ? "%Y-%m-%dT%H:%M:%S." : "%d %b %Y %H:%M:%S.", &local);
  for (const int divisor : {100, 10, 1}) {
    text[length++] = static_cast<char>('0' + milliseconds / divisor % 10);
  }
  if (iso) length += strftime(text + length, sizeof text - length, "%z", &local);
  line.add(Bytes(text, length));
}

Bytes role_name(ProgramLog::Role role) {
  switch (role) {
    case ProgramLog::Role::kChild:
      return "startup";
    case ProgramLog::Role::kPrimary:
      return "primary";
    case ProgramLog::Role::kReplica:
      return "replica";
  }
  return "?";
}

struct Form {
  LogFormat format;
  LogTimestampFormat time;
  ProgramLog::Role role;
};

void compose(const Form& form, LogLevel level, Bytes text, Line& line) {
  text = text.substr(0, kLineBytesMax);
  const size_t index = index_of(level);
  if (form.format == LogFormat::kLogfmt) {
    line.add("pid=").add(int64_t{getpid()}).add(" role=").add(role_name(form.role));
    line.add(" timestamp=\"");
    add_time(form.time, line);
    line.add("\" level=").add(kLevelNames[index]).add(" message=");
    add_quoted(text, line);
  } else {
    line.add(int64_t{getpid()}).add(':').add(static_cast<char>(form.role)).add(' ');
    add_time(form.time, line);
    line.add(' ').add(kLevelMarks[index]).add(' ').add(text);
  }
  line.add('\n');
}

}  // namespace

ProgramLog::~ProgramLog() {
  if (has_syslog_) closelog();
}

Status ProgramLog::open(const SettingValues& values) {
  path_ = values.logfile;
  adopt(values);
  if (!path_.empty()) {
    const int fd = open_log_file(path_);
    if (fd < 0) return Status::failure("Can't open the log file: " + os_error(errno));
    ::close(fd);
  }
  if (values.syslog_enabled) {
    openlog(values.syslog_ident.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT,
            kSyslogFacilities[static_cast<size_t>(values.syslog_facility)]);
    has_syslog_ = true;
  }
  return Status::ok();
}

void ProgramLog::follow(Settings& settings) {
  settings.on_change({"loglevel", "log-format", "log-timestamp-format"},
                     [this](const SettingValues&, const SettingValues& after) -> SettingRefusal {
                       adopt(after);
                       return std::nullopt;
                     });
}

void ProgramLog::adopt(const SettingValues& values) {
  level_ = values.loglevel;
  format_ = values.log_format;
  timestamp_format_ = values.log_timestamp_format;
}

void ProgramLog::write(LogLevel level, Bytes line) {
  Line composed;
  compose({format_, timestamp_format_, role_}, level, line, composed);
  const Bytes text = composed.text();
  if (!path_.empty()) {
    const int fd = open_log_file(path_);
    if (fd >= 0) {
      static_cast<void>(!::write(fd, text.data(), text.size()));
      ::close(fd);
    }
  } else if (has_terminal_) {
    static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
  }
  if (has_syslog_) {
    syslog(kSyslogLevels[index_of(level)], "%.*s", static_cast<int>(line.size()), line.data());
  }
}

void ProgramLog::say(LogLevel level, Bytes line) {
  if (level >= level_) write(level, line);
}

}  // namespace sorrel
