#include "server/posix_config_files.h"

#include "persistence/posix_descriptor.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace sorrel {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr mode_t kNewFileMode = 0644;
constexpr mode_t kModeBits = 07777;
constexpr int kTemporaryNamesMax = 100;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

Status write_all(int descriptor, Bytes content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Status::failure(reason_of(errno));
    content.remove_prefix(static_cast<size_t>(written));
  }
  return Status::ok();
}

/// A new file beside `path` that nobody else has; its name goes to `name`.
int open_temporary(const std::string& path, std::string& name) {
  for (int attempt = 0; attempt < kTemporaryNamesMax; ++attempt) {
    name = path + ".tmp" + std::to_string(attempt);
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}

Status write_temporary(int descriptor, const std::string& path, Bytes content) {
  if (Status status = write_all(descriptor, content); !status) return status;
  struct stat old = {};
  const bool replaces = ::stat(path.c_str(), &old) == 0;
  if (replaces && ::fchmod(descriptor, old.st_mode & kModeBits) != 0) {
    return Status::failure(reason_of(errno));
  }
  if (::fsync(descriptor) != 0) return Status::failure(reason_of(errno));
  return Status::ok();
}

Status sync_directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() || ::fsync(opened.get()) != 0) return Status::failure(reason_of(errno));
  return Status::ok();
}

}  // namespace

Result<std::string> read_descriptor(int descriptor) {
  std::string content;
  const auto buffer = std::make_unique<char[]>(kReadBytes);
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.get(), kReadBytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::failure(reason_of(errno));
    if (count == 0) return content;
    if (content.size() + static_cast<size_t>(count) > kConfigFileBytesMax) {
      return Status::failure("longer than " + std::to_string(kConfigFileBytesMax) + " bytes");
    }
    content.append(buffer.get(), static_cast<size_t>(count));
  }
}

Result<std::string> PosixConfigFiles::read(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return Status::failure("can't open config file '" + path + "': " + reason_of(errno));
  }
  Result<std::string> content = read_descriptor(file.get());
  if (!content) return content.status().with("can't read config file '" + path + "'");
  return content;
}

std::vector<std::string> PosixConfigFiles::expand(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t found = {};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

Status replace_file(const std::string& path, Bytes content) {
  std::string temporary;
  const Descriptor file(open_temporary(path, temporary));
  if (!file.is_open()) return Status::failure(reason_of(errno));
  Status status = write_temporary(file.get(), path, content);
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = Status::failure(reason_of(errno));
  }
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_directory_of(path);
}

Result<std::string> resolve_directory(Bytes path) {
  const std::string name(path);
  const std::unique_ptr<char, decltype(&std::free)> absolute(::realpath(name.c_str(), nullptr),
                                                             &std::free);
  if (!absolute) return Status::failure(reason_of(errno));
  struct stat entry = {};
  if (::stat(absolute.get(), &entry) != 0) return Status::failure(reason_of(errno));
  if (!S_ISDIR(entry.st_mode)) return Status::failure(reason_of(ENOTDIR));
  if (::access(absolute.get(), X_OK) != 0) return Status::failure(reason_of(errno));
  return std::string(absolute.get());
}

}  // namespace sorrel
