#include "persistence/file_system.h"

namespace sorrel {

Result<size_t> File::read(char* out, size_t size) {
  Result<size_t> got = read_at(position_, out, size);
  if (got) position_ += got.value();
  return got;
}

Status File::write(Bytes bytes) {
  Status written = write_at(position_, bytes);
  if (written) position_ += bytes.size();
  return written;
}

std::string join_path(Bytes directory, Bytes name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

std::string directory_of(Bytes path) {
  const size_t slash = path.rfind('/');
  if (slash == Bytes::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t bytes_max) {
  Result<std::unique_ptr<File>> file = files.open(path, FileSystem::Mode::kRead);
  if (!file) return file.status();
  const Result<uint64_t> size = file.value()->size();
  if (!size) return size.status().with(path);
  if (size.value() > bytes_max) {
    return Status::failure(path + ": longer than " + std::to_string(bytes_max) + " bytes");
  }
  std::string content(size.value(), '\0');
  const Result<size_t> got = file.value()->read(content.data(), content.size());
  if (!got) return got.status().with(path);
  content.resize(got.value());
  return content;
}

Status replace_file(FileSystem& files, const std::string& path, const std::string& temporary,
                    Bytes content) {
  Result<std::unique_ptr<File>> file = files.open(temporary, FileSystem::Mode::kReplace);
  if (!file) return file.status();
  Status status = file.value()->write(content);
  if (status) status = file.value()->sync();
  if (!status) status = status.with(temporary);
  if (status) status = files.rename(temporary, path);
  if (status) return files.sync_directory(directory_of(path));
  // Of the two failures the first is the one that matters.
  static_cast<void>(files.remove(temporary));
  return status;
}

}  // namespace sorrel
