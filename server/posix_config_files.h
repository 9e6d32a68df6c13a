// The machine's own files, for reading configurations and for replacing one.
#pragma once

#include "server/config_file.h"

namespace sorrel {

class PosixConfigFiles final : public ConfigFiles {
 public:
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> expand(const std::string& pattern) override;
};

/// All that `descriptor` gives until its end: standard input, or an open file.
Result<std::string> read_descriptor(int descriptor);

/// Replaces the content of a file such that a reader, or a crash, finds the old or the new content
/// and nothing between: a temporary file beside it, synced and renamed, and its directory synced.
/// A new file gets mode 0644 less the umask; an old one's mode is kept.
Status replace_file(const std::string& path, Bytes content);

/// The absolute path of an existing directory that may be entered: what `dir` is kept as.
Result<std::string> resolve_directory(Bytes path);

}  // namespace sorrel
