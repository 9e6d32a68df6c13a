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
#include <functional>
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
  /// Between two commands: what is journaled so far is the last of it. `done` is called when that
  /// is on the disk, or can't be, and the file is closed. Throws std::bad_alloc.
  void finish(std::function<void(const Status&)> done);
  /// Nothing more is written; a write that goes on ends by itself.
  void close();
  bool writing() const { return jobs_ != 0; }
  /// Why something isn't in the file: it is of no use then.
  const Status& health() const { return health_; }

 private:
  uint64_t gathered() const { return engine_.journal().offset() - reader_.offset(); }
  void write_in_background(std::function<void(const Status&)> last = nullptr);
  void written(uint64_t bytes, const Status& status);
  void release();

  Engine& engine_;
  Executor& executor_;
  std::shared_ptr<File> file_;  // none: closed
  Journal::Reader reader_;
  bool attached_ = false;  // as long as a job reads what the reader keeps alive
  int jobs_ = 0;           // which run one after another
  uint64_t in_hand_ = 0;   // bytes that they write
  uint64_t end_ = 0;       // of what is in the file
  int64_t written_ms_ = 0;
  Status health_;
};

}  // namespace sorrel
