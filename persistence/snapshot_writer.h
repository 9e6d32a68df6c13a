// SnapshotWriter: writes a snapshot to a file in the background: as RDB, or in another format.
//
// Into a temporary file, which is forced to disk; then, where the job says so, renamed to what it
// is to replace, and the directory forced to disk. Until the rename nothing of the old file has
// changed, and after a failure or an abort the temporary file is gone.
//
// A step is a segment of a table; a big value is one step, but an abort is heeded in the middle of
// it: nothing more is written. Made on the loop, run by an executor, or on the loop itself for SAVE
// (run_all).
#pragma once

#include "persistence/executor.h"
#include "persistence/file_stream.h"
#include "persistence/file_system.h"
#include "persistence/rdb_writer.h"
#include "persistence/snapshot.h"
#include "persistence/snapshot_format.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sorrel {

class SnapshotWriter final : public BackgroundJob {
 public:
  struct Terms {
    /// Written, in the directory of what it replaces.
    std::string temporary;
    /// Replaced in the end; empty: the temporary file is left for the loop to take over.
    std::string target;
    RdbWriter::Options format;
    RdbWriter::Info info;
    /// Makes the format that the file has; none: RDB, as `format` and `info` say.
    std::function<std::unique_ptr<SnapshotFormat>(ByteSink&)> other_format;
    bool syncs_on_the_way = true;
    /// For test suites: how long to wait behind every key, and by what. An abort ends the wait.
    int64_t key_delay_us = 0;
    std::function<void(int64_t us)> sleep_us;
    /// On the loop, when it has ended.
    std::function<void(SnapshotWriter&)> done;
  };
  SnapshotWriter(FileSystem& files, std::shared_ptr<const Snapshot> snapshot, Terms terms);
  ~SnapshotWriter() override;

  bool run_step() override;
  void completed() override;
  /// On the loop instead of in the background; `done` is not called.
  Status run_all();

  const Terms& terms() const { return terms_; }
  /// After the last step.
  const Status& status() const { return status_; }
  uint64_t bytes() const { return bytes_; }
  /// Any thread, any time.
  uint64_t keys_written() const { return keys_written_.load(std::memory_order_relaxed); }
  uint64_t keys() const { return keys_; }
  uint64_t changes() const { return changes_; }

 private:
  enum class Stage : uint8_t { kOpening, kWriting, kClosing, kReplacing, kEnded };

  /// Where the writer's bytes go while the job isn't aborted.
  class StoppableSink;

  Status step();
  Status open();
  Status write_segment();
  Status write_entry(const Entry& entry);
  Status wait_behind_key() const;
  Status next_database();
  Status close();
  Status replace();
  void end(Status status);

  FileSystem& files_;
  std::shared_ptr<const Snapshot> snapshot_;
  const Terms terms_;
  const uint64_t keys_;
  const uint64_t changes_;
  Stage stage_ = Stage::kOpening;
  std::unique_ptr<File> file_;
  std::unique_ptr<StoppableSink> sink_;
  std::unique_ptr<SnapshotFormat> writer_;
  size_t database_ = 0;
  uint64_t position_ = 0;
  bool opened_ = false;
  uint64_t bytes_ = 0;
  Status status_;
  std::atomic<uint64_t> keys_written_{0};
};

}  // namespace sorrel
