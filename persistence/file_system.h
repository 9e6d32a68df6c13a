// FileSystem and File: all that persistence does to a disk goes through here.
//
// Three implementations: the machine's (posix_file_system.h), one in memory for instances and tests
// without a disk (memory_file_system.h), and one in memory that fails and loses what wasn't synced
// (faulty_file_system.h). Given in by whoever makes the instance.
//
// What may be relied on after a crash, and no more:
//   - bytes of a file: those written before a sync() or sync_data() that succeeded;
//   - a name (created, renamed, removed): after a sync_directory() of its directory that succeeded;
//   - rename() within a directory: the old or the new file stands under the name, never a mix;
//   - when a sync fails, what was written since the last good one may be lost although a later sync
//     succeeds (the kernel has dropped it): write it again.
//
// Threads: a FileSystem may be called from any. A File belongs to one at a time, but sync(),
// sync_data(), and writes that make it longer may run beside writes of another thread within the
// file's present size; syncs cover what was written before they began.
//
// A failure's text is the system's, with errno's name: "No space left on device (ENOSPC)". The path
// is added where it was opened by name. A path is taken as it is given: relative ones are the
// process's.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

/// An open file; closed when it is destroyed (which writes nothing: sync before).
class File {
 public:
  File() = default;
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Up to `size` bytes from `offset` on; fewer only at the file's end.
  virtual Result<size_t> read_at(uint64_t offset, char* out, size_t size) = 0;
  /// All of `bytes` at `offset`, the file growing as needed. After a failure any part of them may
  /// have been written: the same call again puts that right.
  virtual Status write_at(uint64_t offset, Bytes bytes) = 0;
  /// To the disk: everything, or all but what reading the bytes doesn't need (its times).
  virtual Status sync() = 0;
  virtual Status sync_data() = 0;
  /// Sends bytes that were written there on their way to the disk, and waits for what was sent of
  /// them. Takes a little from a sync(), and promises nothing in its place; but a failure may be
  /// told here and not be told again.
  virtual Status send_off(uint64_t, uint64_t) { return Status::ok(); }
  virtual Status await_sent(uint64_t, uint64_t) { return Status::ok(); }
  virtual Status truncate(uint64_t size) = 0;
  virtual Result<uint64_t> size() = 0;

  // ---- One after the other, from the file's beginning: a place that reads and writes share.
  Result<size_t> read(char* out, size_t size);
  Status write(Bytes bytes);
  uint64_t position() const { return position_; }
  void set_position(uint64_t position) { position_ = position; }

 private:
  uint64_t position_ = 0;
};

/// Held until it is destroyed.
class FileLock {
 public:
  FileLock() = default;
  virtual ~FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
};

class FileSystem {
 public:
  enum class Mode : uint8_t {
    kRead,     // must exist; writing fails
    kModify,   // must exist; read and write
    kCreate,   // read and write; made when it isn't there, kept as it is when it is
    kReplace,  // read and write; made, or emptied
  };

  FileSystem() = default;
  virtual ~FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) = 0;
  /// Replaces what stands at `to`.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Fails when there is no such file.
  virtual Status remove(const std::string& path) = 0;
  /// Names in a directory, without "." and "..", sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// One that is there already is no failure; one whose parent isn't there is.
  virtual Status make_directory(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  /// Of files and directories.
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<uint64_t> size(const std::string& path) = 0;
  /// Nobody else, in this or another process, holds the lock of that path at the same time. Makes
  /// the file when it isn't there. Fails at once when somebody has it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

/// `directory`/`name`; the name alone when the directory is empty.
std::string join_path(Bytes directory, Bytes name);
/// What stands before the last slash; "." when there is none.
std::string directory_of(Bytes path);

/// All of a file, unless it is longer than `bytes_max`.
Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t bytes_max);
/// A crash finds the old or the new content under `path`, and after success the new one: written to
/// `temporary` in the same directory, synced, renamed, the directory synced.
Status replace_file(FileSystem& files, const std::string& path, const std::string& temporary,
                    Bytes content);

}  // namespace sorrel
