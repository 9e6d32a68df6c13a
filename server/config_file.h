// Configuration files: redis.conf's syntax, read into Settings.
//
//   # a comment, or a blank line
//   name value [value ...]        words as core/base/quoted_words.h has them
//   include path-or-pattern       read here and now; a pattern that matches nothing is fine
//
// A directive that takes one value and is given twice keeps the last; lists add up (their rows say
// which is which). Reading stops at the first problem, which names its source, line and reason.
// Where files come from is given in, so that tests and fuzzers need none; the machine's own are
// server/posix_config_files.h.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/settings/settings.h"

#include <optional>
#include <string>
#include <vector>

namespace sorrel {

inline constexpr size_t kConfigFileBytesMax = 64 << 20;
inline constexpr size_t kConfigLineBytesMax = 1 << 20;
inline constexpr int kConfigIncludeDepthMax = 16;

/// Where configuration files are read from.
class ConfigFiles {
 public:
  virtual ~ConfigFiles() = default;
  /// The whole of a file, or why not; no more than kConfigFileBytesMax.
  virtual Result<std::string> read(const std::string& path) = 0;
  /// The paths that a shell pattern matches, in order; none is no failure.
  virtual std::vector<std::string> expand(const std::string& pattern) = 0;
};

/// What is wrong with a configuration, and where.
struct ConfigProblem {
  std::string source;  // "file /etc/sorrel.conf", "standard input", "command line"
  size_t line = 0;     // from 1; 0: the source as a whole
  std::string text;    // the line
  std::string reason;

  /// In one line, for a log or an API's error.
  std::string sentence() const;
  /// As redis-server prints it before it gives up. `program` is a name and a version.
  std::string fatal_report(std::string_view program) const;
};

class ConfigReader {
 public:
  /// Both outlive the reader.
  ConfigReader(Settings& settings, ConfigFiles& files) : settings_(settings), files_(files) {}

  std::optional<ConfigProblem> read_file(const std::string& path);
  std::optional<ConfigProblem> read_text(Bytes text, const std::string& source);

 private:
  std::optional<ConfigProblem> read_line(Bytes line, const std::string& source, size_t number);
  std::optional<ConfigProblem> include(const std::string& pattern);

  Settings& settings_;
  ConfigFiles& files_;
  int depth_ = 0;
};

}  // namespace sorrel
