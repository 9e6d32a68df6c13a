// InterruptedFiles: a file system on which something happens in the middle of every write, sync of
// data, or opening: how a test gets in between when a big value is written in one step, or makes a
// disk slow.
#pragma once

#include "persistence/memory_file_system.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class InterruptedFiles final : public FileSystem {
 public:
  std::function<void()> interruption = [] {};
  std::function<void()> at_sync_data = [] {};
  std::function<void(const std::string& path)> at_open = [](const std::string&) {};
  MemoryFileSystem memory;

  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override {
    at_open(path);
    Result<std::unique_ptr<File>> file = memory.open(path, mode);
    if (!file) return file;
    return std::unique_ptr<File>(std::make_unique<OpenFile>(std::move(file.value()), *this));
  }
  Status rename(const std::string& from, const std::string& to) override {
    return memory.rename(from, to);
  }
  Status remove(const std::string& path) override { return memory.remove(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return memory.list(directory);
  }
  Status make_directory(const std::string& path) override { return memory.make_directory(path); }
  Status sync_directory(const std::string& path) override { return memory.sync_directory(path); }
  Result<bool> exists(const std::string& path) override { return memory.exists(path); }
  Result<uint64_t> size(const std::string& path) override { return memory.size(path); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return memory.lock(path);
  }

 private:
  class OpenFile final : public File {
   public:
    OpenFile(std::unique_ptr<File> file, InterruptedFiles& home)
        : file_(std::move(file)), home_(home) {}
    Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
      return file_->read_at(offset, out, size);
    }
    Status write_at(uint64_t offset, Bytes bytes) override {
      home_.interruption();
      return file_->write_at(offset, bytes);
    }
    Status sync() override { return file_->sync(); }
    Status sync_data() override {
      home_.at_sync_data();
      return file_->sync_data();
    }
    Status truncate(uint64_t size) override { return file_->truncate(size); }
    Result<uint64_t> size() override { return file_->size(); }

   private:
    const std::unique_ptr<File> file_;
    InterruptedFiles& home_;
  };
};

}  // namespace sorrel
