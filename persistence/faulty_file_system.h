// FaultyFileSystem: a disk that fails when told to, and forgets what wasn't synced when the power
// goes. In memory; the same seed and the same calls give the same damage.
//
// What crash() leaves:
//   - of every file the bytes that were synced; of what was written since in their place, each
//     sector or not, in any combination; of what made the file longer or shorter, the first part,
//     in order, as file systems with a journal do it;
//   - of every directory the names as of its last sync, and of the changes since then the first
//     few, in order: a file may have its bytes and no name, or the name that it had before.
// A sync that fails may have written some of what it was to write; the rest counts as clean from
// then on and is lost in a crash unless it is written again, as on Linux.
//
// Files that were open when it crashed fail every call.
#pragma once

#include "core/base/random.h"
#include "persistence/memory_file_system.h"

#include <limits>

namespace sorrel {

class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(uint64_t seed);
  ~FaultyFileSystem() override;

  // ---- What goes wrong. Counted from now: 1 is the next one. Others go well.
  /// The n-th write (or allocation) fails with that errno, having written a part, maybe.
  void fail_write(uint64_t nth, int error_number);
  /// The n-th sync of a file or directory fails.
  void fail_sync(uint64_t nth, int error_number);
  /// From the n-th on all of them fail, until told otherwise (0: none).
  void fail_writes_from(uint64_t nth, int error_number);
  void fail_syncs_from(uint64_t nth, int error_number);
  /// All files together may take so many bytes: a write beyond fails with ENOSPC.
  void set_capacity(uint64_t bytes);
  /// The power goes at the n-th change of anything: it and what follows fails and does nothing, but
  /// for a write, which may come to a part (0: it stays on). crash() then.
  void cut_power_at(uint64_t nth);
  bool has_power() const;
  /// Changes so far: what cut_power_at counts.
  uint64_t changes() const;

  /// Leaves what a crash may leave, and turns the power on again.
  void crash();
  /// What programs see now.
  std::map<std::string, std::string> contents() const { return live_.contents(); }
  /// Replaces everything, as if it had been synced long ago.
  void set_contents(const std::map<std::string, std::string>& contents);

  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<uint64_t> size(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  class OpenFile;
  static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

  // One write, or, without bytes, a new size.
  struct Change {
    uint64_t offset = 0;
    std::string bytes;
    bool sets_size = false;
  };
  struct Disk {
    std::string synced;
    std::vector<Change> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<Disk>>;
  // The name `path` came to lead to `disk`, or nowhere.
  struct NameChange {
    std::string path;
    std::shared_ptr<Disk> disk;
    bool with_next = false;  // a rename's first half
  };
  struct Fault {
    uint64_t at = 0;  // counted down; 0: off
    bool stays = false;
    int error_number = 0;
  };

  static void apply(const Change& change, std::string& bytes);
  bool powered() const { return changes_ < power_until_; }
  Status spend();
  Status strike(Fault& fault);
  void name(const std::string& path, std::shared_ptr<Disk> disk, bool with_next = false);
  void sync(Disk& disk);
  void fail_sync_of(Disk& disk);
  void keep_some_names();
  void keep_some_writes(Disk& disk);
  void keep_some_sectors(const Change& change, std::string& bytes);
  uint64_t used_bytes() const;

  mutable std::mutex mutex_;  // guards all that follows, but for live_
  MemoryFileSystem live_;
  Random random_;
  Names names_;         // as programs see them
  Names synced_names_;  // as the disk has them
  std::vector<NameChange> unsynced_names_;
  Fault write_fault_;
  Fault sync_fault_;
  uint64_t capacity_ = kUnlimited;
  uint64_t changes_ = 0;
  uint64_t power_until_ = kUnlimited;
  uint64_t crashes_ = 0;
};

}  // namespace sorrel
