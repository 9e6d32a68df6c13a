#include "persistence/memory_file_system.h"

#include "persistence/posix_file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sorrel {
namespace {

// Far more than memory: what it keeps out is an offset that overflows.
constexpr uint64_t kFileBytesMax = uint64_t{1} << 40;

std::string plain(const std::string& path) {
  Bytes rest = path;
  while (rest.substr(0, 2) == "./") rest.remove_prefix(2);
  while (rest.size() > 1 && rest.back() == '/') rest.remove_suffix(1);
  return rest.empty() ? "." : std::string(rest);
}

}  // namespace

struct MemoryFileSystem::Content {
  std::string bytes;
};

class MemoryFileSystem::OpenFile final : public File {
 public:
  OpenFile(std::mutex& mutex, std::shared_ptr<Content> content, bool writable)
      : mutex_(mutex), content_(std::move(content)), writable_(writable) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    const std::lock_guard held(mutex_);
    const std::string& bytes = content_->bytes;
    if (offset >= bytes.size()) return size_t{0};
    const size_t count = std::min<uint64_t>(size, bytes.size() - offset);
    std::memcpy(out, bytes.data() + offset, count);
    return count;
  }

  Status write_at(uint64_t offset, Bytes bytes) override {
    if (Status allowed = may_be_as_long_as(offset + bytes.size()); !allowed) return allowed;
    const std::lock_guard held(mutex_);
    std::string& content = content_->bytes;
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    if (!bytes.empty()) std::memcpy(content.data() + offset, bytes.data(), bytes.size());
    return Status::ok();
  }

  Status sync() override { return Status::ok(); }
  Status sync_data() override { return Status::ok(); }

  Status truncate(uint64_t size) override {
    if (Status allowed = may_be_as_long_as(size); !allowed) return allowed;
    const std::lock_guard held(mutex_);
    content_->bytes.resize(size);
    return Status::ok();
  }

  Result<uint64_t> size() override {
    const std::lock_guard held(mutex_);
    return uint64_t{content_->bytes.size()};
  }

 private:
  Status may_be_as_long_as(uint64_t size) const {
    if (!writable_) return errno_failure(EBADF);
    return size <= kFileBytesMax ? Status::ok() : errno_failure(EFBIG);
  }

  std::mutex& mutex_;
  const std::shared_ptr<Content> content_;
  const bool writable_;
};

class MemoryFileSystem::Lock final : public FileLock {
 public:
  Lock(MemoryFileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~Lock() override {
    const std::lock_guard held(files_.mutex_);
    files_.locked_.erase(path_);
  }

 private:
  MemoryFileSystem& files_;
  const std::string path_;
};

MemoryFileSystem::MemoryFileSystem() : directories_{".", "/"} {}
MemoryFileSystem::~MemoryFileSystem() = default;

bool MemoryFileSystem::has_directory(const std::string& path) const {
  return directories_.contains(plain(path));
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& given, Mode mode) {
  const std::lock_guard held(mutex_);
  const std::string path = plain(given);
  if (has_directory(path)) return errno_failure(EISDIR).with(given);
  if (!has_directory(directory_of(path))) return errno_failure(ENOENT).with(given);
  auto found = files_.find(path);
  if (found == files_.end()) {
    if (mode == Mode::kRead || mode == Mode::kModify) return errno_failure(ENOENT).with(given);
    found = files_.emplace(path, std::make_shared<Content>()).first;
  }
  if (mode != Mode::kRead && read_only_.contains(path)) return errno_failure(EACCES).with(given);
  if (mode == Mode::kReplace) found->second->bytes.clear();
  return std::unique_ptr<File>(
      std::make_unique<OpenFile>(mutex_, found->second, mode != Mode::kRead));
}

void MemoryFileSystem::make_read_only(const std::string& path) {
  const std::lock_guard held(mutex_);
  read_only_.insert(plain(path));
}

Status MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard held(mutex_);
  const auto found = files_.find(plain(from));
  if (found == files_.end() || !has_directory(directory_of(plain(to)))) {
    return errno_failure(ENOENT).with(from + " to " + to);
  }
  const std::shared_ptr<Content> content = found->second;
  files_.erase(found);
  files_[plain(to)] = content;
  return Status::ok();
}

Status MemoryFileSystem::remove(const std::string& path) {
  const std::lock_guard held(mutex_);
  return files_.erase(plain(path)) == 1 ? Status::ok() : errno_failure(ENOENT).with(path);
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  const std::lock_guard held(mutex_);
  const std::string within = plain(directory);
  if (!has_directory(within)) return errno_failure(ENOENT).with(directory);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path == within || directory_of(path) != within) return;
    names.push_back(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, content] : files_) add(path);
  for (const std::string& path : directories_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

Status MemoryFileSystem::make_directory(const std::string& path) {
  const std::lock_guard held(mutex_);
  if (files_.contains(plain(path))) return errno_failure(EEXIST).with(path);
  if (!has_directory(directory_of(plain(path)))) return errno_failure(ENOENT).with(path);
  directories_.insert(plain(path));
  return Status::ok();
}

Status MemoryFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard held(mutex_);
  return has_directory(path) ? Status::ok() : errno_failure(ENOENT).with(path);
}

Result<bool> MemoryFileSystem::exists(const std::string& path) {
  const std::lock_guard held(mutex_);
  return files_.contains(plain(path)) || has_directory(path);
}

Result<uint64_t> MemoryFileSystem::size(const std::string& path) {
  const std::lock_guard held(mutex_);
  const auto found = files_.find(plain(path));
  if (found == files_.end()) return errno_failure(ENOENT).with(path);
  return uint64_t{found->second->bytes.size()};
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path) {
  if (Result<std::unique_ptr<File>> made = open(path, Mode::kCreate); !made) return made.status();
  const std::lock_guard held(mutex_);
  if (!locked_.insert(plain(path)).second) {
    return Status::failure("held by somebody else").with(path);
  }
  return std::unique_ptr<FileLock>(std::make_unique<Lock>(*this, plain(path)));
}

std::map<std::string, std::string> MemoryFileSystem::contents() const {
  const std::lock_guard held(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [path, content] : files_) all[path] = content->bytes;
  return all;
}

void MemoryFileSystem::set_contents(const std::map<std::string, std::string>& contents) {
  const std::lock_guard held(mutex_);
  files_.clear();
  for (const auto& [path, bytes] : contents) {
    files_[plain(path)] = std::make_shared<Content>(Content{bytes});
  }
}

uint64_t MemoryFileSystem::used_bytes() const {
  const std::lock_guard held(mutex_);
  uint64_t bytes = 0;
  for (const auto& [path, content] : files_) bytes += content->bytes.size();
  return bytes;
}

}  // namespace sorrel
