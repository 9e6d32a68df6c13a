// RdbSaving: an instance's snapshot file: when it is written, how, and what came of it.
//
// SAVE writes it on the loop, BGSAVE and the save points in the background, from a snapshot that
// was frozen when they began. One background save at a time. The old file stays whole until the new
// one is on the disk.
//
// It doesn't decide whether a save may run beside something else: Persistence does, whose part it
// is.
#pragma once

#include "core/durability.h"
#include "core/engine.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"
#include "persistence/snapshot.h"
#include "persistence/snapshot_writer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sorrel {

class RdbSaving {
 public:
  /// `changed` is called when a save has succeeded or failed.
  RdbSaving(Engine& engine, FileSystem& files, Executor& executor, std::function<void()> changed);

  /// dir/dbfilename, as the settings have them now.
  std::string path() const;

  /// On the loop. The data of dir/dbfilename count as saved; a copy elsewhere changes nothing.
  Status save_now();
  Status save_copy(const std::string& path);

  /// Freezes and begins to write. Throws std::bad_alloc.
  void start();
  bool running() const { return job_ != nullptr; }
  /// The running save ends soon, unsuccessful but no failure; nothing of it will be left.
  void cancel();
  /// Whether `save` asks for one, and when the last one failed, enough time has passed.
  std::optional<SavePoint> due() const;
  bool may_retry() const;

  bool last_ok() const { return last_ok_; }
  /// Why the last one failed.
  const std::string& last_error() const { return last_error_; }
  int64_t last_save_s() const { return last_save_s_; }
  uint64_t changes_since_save() const;
  /// What has just been loaded is what stands in the file.
  void count_as_saved();
  /// Bytes held back for the running snapshot were seen.
  void note_cow(size_t bytes);
  void tell(DurabilityFacts& facts) const;
  /// Counts begin anew; what is so goes on.
  void reset_counts() { saves_ = freezes_ = 0, last_freeze_ns_ = 0; }

  /// All data as they are now; what it took is what INFO tells of a fork. Throws std::bad_alloc.
  std::shared_ptr<const Snapshot> freeze();
  /// Terms of a file that is written from a snapshot made now, but for its names.
  SnapshotWriter::Terms terms(const Snapshot& snapshot) const;
  /// rdb-key-save-delay, for a file that is written in the background.
  void slow_down(SnapshotWriter::Terms& terms) const;

 private:
  Status write(const std::string& path);
  void ended(const SnapshotWriter& job);
  void succeeded(uint64_t changes);
  void failed(const Status& status);
  int64_t now_s() const { return engine_.now_ms() / 1000; }

  Engine& engine_;
  FileSystem& files_;
  Executor& executor_;
  const std::function<void()> changed_;
  std::shared_ptr<SnapshotWriter> job_;
  bool last_ok_ = true;
  std::string last_error_;
  int64_t last_save_s_;
  int64_t last_try_s_ = INT64_MIN / 2;
  int64_t began_s_ = 0;
  int64_t last_seconds_ = -1;
  uint64_t saved_changes_;
  uint64_t saves_ = 0;
  uint64_t freezes_ = 0;
  int64_t last_freeze_ns_ = 0;
  size_t cow_bytes_ = 0;
  size_t last_cow_bytes_ = 0;
};

}  // namespace sorrel
