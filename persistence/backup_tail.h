// BackupTail: the file that has what was done since a backup's base was frozen.
//
// A reader of the journal beside the append-only file's (aof_log.h), and simpler: nobody waits for
// what it writes, so it is written and forced to the disk in the background, now and then, and one
// failure ends it. The journal keeps what isn't on the disk yet.
//
// Owned by Backup. On the loop, all but the jobs.
#pragma once

#include "core/engine.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <memory>

namespace sorrel {

class BackupTail {
 public:
  BackupTail(Engine& engine, Executor& executor) : engine_(engine), executor_(executor) {}
  ~BackupTail();
  BackupTail(const BackupTail&) = delete;
  BackupTail& operator=(const BackupTail&) = delete;

  /// What is journaled from now on goes to `file`, which is empty.
  void open(std::unique_ptr<File> file);
  /// In every tick: writes in the background what has gathered, when it is enough or old enough.
  void tick();
  /// Between two commands: on return everything journaled so far is on the disk. Nothing more is
  /// written, and the file is closed, whatever comes of it.
  Status finish();
  /// Nothing more is written; a write that goes on ends by itself.
  void close();
  bool writing() const { return writing_; }
  /// Why something isn't in the file: it is of no use then.
  const Status& health() const { return health_; }

 private:
  uint64_t gathered() const { return engine_.journal().offset() - reader_.offset(); }
  Status write_all();
  void write_in_background();
  void release();

  Engine& engine_;
  Executor& executor_;
  std::shared_ptr<File> file_;  // none: closed
  Journal::Reader reader_;
  bool attached_ = false;  // as long as a job reads what the reader keeps alive
  bool writing_ = false;
  uint64_t end_ = 0;  // of what is in the file
  int64_t written_ms_ = 0;
  Status health_;
};

}  // namespace sorrel
