// MemoryFileSystem: files that live as long as it does: for instances that are to leave nothing
// behind, and for tests. Syncing does nothing; whoever wants to see what a crash leaves takes the
// FaultyFileSystem on top of it.
//
// A file that is renamed or removed while it is open goes on, as on a real system. Paths are
// compared as text, less "./" at the beginning; "" and "." are there from the start, other
// directories are made.
#pragma once

#include "persistence/file_system.h"

#include <map>
#include <mutex>
#include <set>

namespace sorrel {

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

  /// Every file by its path.
  std::map<std::string, std::string> contents() const;
  /// All files at once; directories stay. Open files keep what they had.
  void set_contents(const std::map<std::string, std::string>& contents);
  /// Opening the file for writing fails from now on, as without the right to it.
  void make_read_only(const std::string& path);
  /// Of all files together.
  uint64_t used_bytes() const;

 private:
  struct Content;
  class OpenFile;
  class Lock;

  bool has_directory(const std::string& path) const;

  mutable std::mutex mutex_;  // guards all that follows, and the files' bytes
  std::map<std::string, std::shared_ptr<Content>> files_;
  std::set<std::string> directories_;
  std::set<std::string> read_only_;
  std::set<std::string> locked_;
};

}  // namespace sorrel
