// PosixFileSystem: the machine's files.
//
// New files get mode 0644 less the umask. Descriptors are closed on exec. Locks are flock's, which
// hold between two instances of one process, too.
#pragma once

#include "persistence/file_system.h"

namespace sorrel {

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

/// "No space left on device (ENOSPC)". Safe in any thread.
Status errno_failure(int error_number);

}  // namespace sorrel
