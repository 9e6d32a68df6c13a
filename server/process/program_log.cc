#include "server/process/program_log.h"

#include "server/os_error.h"

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

std::string timestamp(LogTimestampFormat format) {
  timeval now;
  gettimeofday(&now, nullptr);
  const auto milliseconds = static_cast<int>(now.tv_usec / 1000);
  if (format == LogTimestampFormat::kMilliseconds) {
    return std::to_string(int64_t{now.tv_sec} * 1000 + milliseconds);
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
  return std::string(text, length);
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

// A logfmt value: quotes, and bytes that would end the line, are replaced and not escaped, so that
// simple readers stay simple.
std::string logfmt_quoted(Bytes text) {
  std::string quoted(text);
  std::replace(quoted.begin(), quoted.end(), '"', '\'');
  std::replace(quoted.begin(), quoted.end(), '\n', ' ');
  std::replace(quoted.begin(), quoted.end(), '\r', ' ');
  return '"' + quoted + '"';
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

std::string ProgramLog::format(LogLevel level, Bytes line) const {
  const std::string pid = std::to_string(getpid());
  const Role role = role_;
  const Bytes text = line.substr(0, kLineBytesMax);
  const std::string time = timestamp(timestamp_format_);
  std::string out;
  if (format_ == LogFormat::kLogfmt) {
    out.append("pid=").append(pid).append(" role=").append(role_name(role));
    out.append(" timestamp=\"").append(time).append("\" level=");
    out.append(kLevelNames[index_of(level)]).append(" message=").append(logfmt_quoted(text));
  } else {
    out.append(pid).append(1, ':').append(1, static_cast<char>(role)).append(1, ' ').append(time);
    out.append(1, ' ').append(1, kLevelMarks[index_of(level)]).append(1, ' ').append(text);
  }
  return out.append(1, '\n');
}

void ProgramLog::write(LogLevel level, Bytes line) {
  const std::string text = format(level, line);
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
