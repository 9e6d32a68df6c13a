// Backup: a copy of the data in a directory of its own, made while the server goes on (BACKUP;
// docs/backup.md).
//
//   idle ─START→ [pending →] snapshotting → incrementing ─SEAL→ sealed ─CLEANUP→ idle
//                     └──────────┴──── failed or aborted ──→ failed ─START, CLEANUP→
//
// The base is a snapshot (SnapshotWriter), what is done from that moment on goes to the tail
// (BackupTail), and a manifest, written last, makes the two an append-only file (AofDirectory).
// There is no manifest before everything that it names is on the disk, whole; a backup that fails
// takes its files with it.
//
// Owned by Persistence, which says when a snapshot may be read for it, and tells it when the data
// are changed in a way that the journal doesn't know. On the loop, all of it.
#pragma once

#include "core/engine.h"
#include "persistence/aof_directory.h"
#include "persistence/backup_tail.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"
#include "persistence/rdb_saving.h"
#include "persistence/snapshot_writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class Backup {
 public:
  enum class State : uint8_t { kIdle, kPending, kSnapshotting, kIncrementing, kSealed, kFailed };

  /// The tail and the files' names are the `log_executor`'s, which doesn't wait behind a snapshot.
  Backup(Engine& engine, FileSystem& files, Executor& executor, Executor& log_executor,
         RdbSaving& rdb);
  ~Backup();

  /// What lies in the directory when the server starts.
  void recover();

  // ---- Commands, not inside of a transaction. A failure's text is for the client.
  /// `busy`: something else reads a snapshot, and it waits for that.
  Status start(bool busy);
  /// Begins to: the backup has what was done until now, and is sealed when that is on the disk.
  /// Who waits for the disk (core/blocking.h) hears of it at the end of the turn. What ends a
  /// backup comes after that.
  Status seal();
  bool sealing() const { return seal_s_.has_value(); }
  void wait_until_sealed();
  Status abort();
  Status clean_up();

  // ---- How it stands.
  State state() const { return state_; }
  Bytes state_name() const;
  const std::string& error() const { return error_; }
  int64_t start_s() const { return start_s_; }
  int64_t end_s() const { return end_s_; }
  /// Begun and not over.
  bool running() const;
  /// A background job reads a snapshot, or is about to.
  bool reads_snapshot() const { return state_ == State::kSnapshotting || job_ != nullptr; }
  /// Of the files that won't change any more.
  std::vector<std::string> paths() const;

  // ---- The turn.
  void tick();
  void end_turn();
  bool pending() const { return state_ == State::kPending; }
  /// Of one that is pending: nothing else reads a snapshot.
  void begin();
  /// One that is running comes to nothing.
  void fail(Bytes why);
  void close();

 private:
  Status find_directory();
  Status remove_rest();
  Status begin_files();
  void written(const SnapshotWriter& job);
  void name_base(bool is_rdb);
  void named(AofChange& change, const Status& status);
  void tail_written(const Status& status);
  void write_manifest();
  void sealed(const Status& status);
  void forgive_losses();
  void wait_for_jobs();
  Status remove_files();
  void become(State state);
  int64_t now_s() const { return engine_.now_ms() / 1000; }
  void log(LogLevel level, Bytes line) { engine_.host().log(level, line); }

  Engine& engine_;
  FileSystem& files_;
  Executor& executor_;
  Executor& log_executor_;
  RdbSaving& rdb_;
  std::unique_ptr<AofDirectory> directory_;  // of the present backup, or of the last one
  BackupTail tail_;
  std::shared_ptr<SnapshotWriter> job_;
  bool naming_ = false;
  State state_ = State::kIdle;
  std::string error_;
  int64_t start_s_ = 0;
  int64_t end_s_ = 0;
  std::optional<int64_t> seal_s_;  // while it is being sealed
  bool answer_due_ = false;        // to who waits for that
  uint64_t losses_at_begin_ = 0;
};

}  // namespace sorrel
