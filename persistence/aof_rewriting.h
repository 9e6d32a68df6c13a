// AofRewriting: replacing what the append-only file has gathered by a snapshot of the data
// (BGREWRITEAOF, a file that has grown, appendonly turned on).
//
//   prepare the next increment  ->  freeze, and go on in it  ->  write the base  ->  install it
//
// Only the second step is the loop's; the others are jobs. Where it fails or is cancelled, the
// files are as if it had never been, but for one increment more. What is tried by itself and fails
// three times is tried again after a minute, then two, at last every hour.
//
// Persistence decides whether it may run beside something else.
#pragma once

#include "core/durability.h"
#include "core/engine.h"
#include "persistence/append_only.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"
#include "persistence/rdb_saving.h"
#include "persistence/snapshot_writer.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace sorrel {

class AofRewriting {
 public:
  AofRewriting(Engine& engine, FileSystem& files, Executor& executor, AppendOnly& aof,
               RdbSaving& rdb);

  void start();
  /// At the start, on the loop: the first files are a base of the data as they are.
  Status write_first_base();
  bool running() const { return running_; }
  void cancel();
  /// Enough time has passed since it failed.
  bool may_retry() const;

  void note_cow(size_t bytes) { cow_bytes_ = std::max(cow_bytes_, bytes); }
  void tell(DurabilityFacts::AppendOnly& facts) const;
  void reset_counts() { rewrites_ = 0; }

 private:
  void begin(const Status& prepared);
  void written(const SnapshotWriter& job);
  void ended(const Status& status);
  void log(LogLevel level, Bytes line) { engine_.host().log(level, line); }
  int64_t now_s() const { return engine_.now_ms() / 1000; }

  Engine& engine_;
  FileSystem& files_;
  Executor& executor_;
  AppendOnly& aof_;
  RdbSaving& rdb_;
  std::shared_ptr<SnapshotWriter> job_;
  bool running_ = false;
  bool cancelled_ = false;
  bool last_ok_ = true;
  int64_t began_s_ = 0;
  int64_t last_seconds_ = -1;
  uint64_t rewrites_ = 0;
  uint64_t failures_ = 0;  // in a row
  size_t cow_bytes_ = 0;
  size_t last_cow_bytes_ = 0;
};

}  // namespace sorrel
