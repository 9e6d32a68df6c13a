#include "persistence/posix_file_system.h"

#include "persistence/posix_descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sorrel {
namespace {

constexpr mode_t kNewFileMode = 0644;
constexpr mode_t kNewDirectoryMode = 0755;

Status status_of(int result) {
  return result == 0 ? Status::ok() : errno_failure(errno);
}

template <typename Call>
auto repeat_interrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(
      repeat_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kNewFileMode); }));
}

class PosixFile final : public File {
 public:
  explicit PosixFile(Descriptor file) : file_(std::move(file)) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    size_t total = 0;
    while (total < size) {
      const ssize_t got = repeat_interrupted([&] {
        return ::pread(file_.get(), out + total, size - total, static_cast<off_t>(offset + total));
      });
      if (got < 0) return errno_failure(errno);
      if (got == 0) break;
      total += static_cast<size_t>(got);
    }
    return total;
  }

  Status write_at(uint64_t offset, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = repeat_interrupted([&] {
        return ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (written < 0) return errno_failure(errno);
      offset += static_cast<uint64_t>(written);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Status::ok();
  }

  Status sync() override {
    return status_of(repeat_interrupted([&] { return ::fsync(file_.get()); }));
  }

  Status sync_data() override {
    return status_of(repeat_interrupted([&] { return ::fdatasync(file_.get()); }));
  }

  Status send_off(uint64_t offset, uint64_t size) override {
    return sync_range(offset, size, SYNC_FILE_RANGE_WRITE);
  }

  Status await_sent(uint64_t offset, uint64_t size) override {
    return sync_range(offset, size, SYNC_FILE_RANGE_WAIT_BEFORE);
  }

  Status truncate(uint64_t size) override {
    return status_of(
        repeat_interrupted([&] { return ::ftruncate(file_.get(), static_cast<off_t>(size)); }));
  }

  Result<uint64_t> size() override {
    struct stat facts = {};
    if (::fstat(file_.get(), &facts) != 0) return errno_failure(errno);
    return static_cast<uint64_t>(facts.st_size);
  }

 private:
  // A file system that knows no such thing does without.
  Status sync_range(uint64_t offset, uint64_t size, unsigned how) {
    const auto from = static_cast<off64_t>(offset), bytes = static_cast<off64_t>(size);
    const int result =
        repeat_interrupted([&] { return ::sync_file_range(file_.get(), from, bytes, how); });
    const bool unknown = result != 0 && errno != EIO && errno != ENOSPC;
    return unknown ? Status::ok() : status_of(result);
  }

  Descriptor file_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

int flags_of(FileSystem::Mode mode) {
  switch (mode) {
    case FileSystem::Mode::kRead:
      return O_RDONLY;
    case FileSystem::Mode::kModify:
      return O_RDWR;
    case FileSystem::Mode::kCreate:
      return O_RDWR | O_CREAT;
    case FileSystem::Mode::kReplace:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

}  // namespace

Status errno_failure(int error_number) {
  char buffer[128];
  // GNU's: what it returns is the text.
  std::string text = strerror_r(error_number, buffer, sizeof buffer);
  const char* name = strerrorname_np(error_number);
  if (name != nullptr) text += std::string(" (") + name + ")";
  return Status::failure(text);
}

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, Mode mode) {
  Descriptor file = open_descriptor(path, flags_of(mode));
  if (!file.is_open()) return errno_failure(errno).with(path);
  struct stat facts = {};
  if (::fstat(file.get(), &facts) != 0) return errno_failure(errno).with(path);
  if (S_ISDIR(facts.st_mode)) return errno_failure(EISDIR).with(path);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(file)));
}

Status PosixFileSystem::rename(const std::string& from, const std::string& to) {
  return status_of(::rename(from.c_str(), to.c_str())).with(from + " to " + to);
}

Status PosixFileSystem::remove(const std::string& path) {
  return status_of(::unlink(path.c_str())).with(path);
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  DIR* const opened = ::opendir(directory.c_str());
  if (opened == nullptr) return errno_failure(errno).with(directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(opened)) {
    const Bytes name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(opened);
  if (error != 0) return errno_failure(error).with(directory);
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixFileSystem::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), kNewDirectoryMode) == 0) return Status::ok();
  const int error = errno;
  struct stat facts = {};
  if (error == EEXIST && ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) {
    return Status::ok();
  }
  return errno_failure(error).with(path);
}

Status PosixFileSystem::sync_directory(const std::string& path) {
  const Descriptor directory = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open()) return errno_failure(errno).with(path);
  if (repeat_interrupted([&] { return ::fsync(directory.get()); }) == 0) return Status::ok();
  // There are file systems on which a directory can't be synced: it always is.
  return errno == EINVAL || errno == EBADF ? Status::ok() : errno_failure(errno).with(path);
}

Result<bool> PosixFileSystem::exists(const std::string& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return errno_failure(errno).with(path);
}

Result<uint64_t> PosixFileSystem::size(const std::string& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return errno_failure(errno).with(path);
  return static_cast<uint64_t>(facts.st_size);
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(const std::string& path) {
  Descriptor file = open_descriptor(path, O_RDWR | O_CREAT);
  if (!file.is_open()) return errno_failure(errno).with(path);
  if (repeat_interrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) return Status::failure("held by somebody else").with(path);
    return errno_failure(errno).with(path);
  }
  return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(file)));
}

}  // namespace sorrel
