// AppendOnly: an instance's append-only file: its files (AofDirectory), what is written to them
// (AofLog), and what a rewrite changes in them.
//
// Owned by Persistence, which decides when a rewrite may run and writes its base file:
//   prepare_rewrite(ready)     makes the next increment, in the background, then calls back
//   begin_rewrite()            in the same moment as the snapshot: it goes on in the new increment
//   … the base is written to temporary_base_path(), and synced …
//   finish_rewrite(…, done)    installs it, in the background, then calls back; or abort_rewrite()
//
// Turned on while the instance runs, the increment counts only when its first rewrite is finished:
// what was before isn't in any file. If that fails it is off again, or tried again.
//
// On the loop, all of it.
#pragma once

#include "core/durability.h"
#include "core/engine.h"
#include "persistence/aof_directory.h"
#include "persistence/aof_log.h"
#include "persistence/data_loader.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sorrel {

class AppendOnly {
 public:
  using Done = std::function<void(const Status&)>;

  /// The executor is the append-only file's own: syncs don't wait behind a snapshot. `changed` is
  /// called when refusal() may have changed.
  AppendOnly(Engine& engine, FileSystem& files, Executor& executor, std::function<void()> changed);
  ~AppendOnly();

  // ---- At the start, with appendonly yes.
  /// Looks at the files; loader() is nullptr when there are none.
  Status find_files();
  Result<std::unique_ptr<DataLoader>> loader();
  /// The data are what the files say: from here on changes are written. Where there are no files
  /// the data come first, as a base written to temporary_base_path(), in directory().
  bool has_files() const { return !directory_->manifest().empty(); }
  const std::string& directory() const { return directory_->path(); }
  Status install_first_base(bool is_rdb);
  Status start();

  // ---- As the instance runs.
  bool on() const { return log_.is_open(); }
  /// What was before isn't in any file yet: the first rewrite isn't finished.
  bool provisional() const { return provisional_; }
  /// Up to where in the journal everything is on the disk; none while provisional().
  std::optional<uint64_t> durable_offset() const;
  /// In each turn, between commands and replies. `idle`: no client had anything to say.
  void end_turn(bool idle);
  /// There is something to commit, and end_turn() waits for the clients to fall silent.
  bool wants_turn() const { return log_.wants_commit() || log_.wants_flush(); }
  /// Somebody waits for the disk (WAITAOF).
  void hasten() { log_.hasten_sync(); }
  /// All that is journaled is on the disk, unless it fails.
  void commit() { log_.commit_now(); }
  /// appendonly no, or the instance's end: everything is written, and no more.
  void stop();

  // ---- A rewrite.
  /// Asked for by what goes on here: it has grown (auto-aof-rewrite-percentage), or what was lost
  /// in a failed sync, or had no memory to be journaled, has to be replaced.
  bool wants_rewrite() const;
  bool rewriting() const { return rewriting_; }
  void prepare_rewrite(Done ready);
  /// Not while what stands before the present increment isn't on the disk.
  bool can_begin() const { return !log_.switching(); }
  /// `continues`: what follows is written; else there will be only the base (BGREWRITEAOF with
  /// appendonly no).
  void begin_rewrite(bool continues = true);
  std::string temporary_base_path() const { return directory_->temporary_base_path(); }
  void finish_rewrite(bool is_rdb, Done done);
  void abort_rewrite();
  /// Removes the files that were replaced and that aof-disable-auto-gc has kept.
  void remove_history();

  /// The error for writes, while what they change can't be written; empty: none.
  std::string refusal() const;
  void tell(DurabilityFacts::AppendOnly& facts) const;
  AofLog& log() { return log_; }
  FileSystem& files() { return files_; }

 private:
  std::unique_ptr<AofDirectory> make_directory() const;
  void carry_out(AofChange change, std::function<void(AofChange&, const Status&)> done);
  Status open_last_increment();
  void installed(uint64_t base_bytes);
  void clean_up();
  void end_provisional();
  void write(bool idle);
  void serve_waiters();
  uint64_t bytes() const { return bytes_before_ + log_.appended() - appended_before_; }

  Engine& engine_;
  FileSystem& files_;
  Executor& executor_;
  AofLog log_;
  std::unique_ptr<AofDirectory> directory_;
  std::unique_ptr<File> prepared_;
  uint64_t increment_ = 0;  // the sequence of the one that is written
  bool rewriting_ = false;
  bool provisional_ = false;
  bool base_only_ = false;  // of the rewrite that goes on
  bool ends_ = false;       // what was provisional failed: the log is closed at the turn's end
  int busy_turns_ = 0;
  uint64_t served_ = 0;  // what who waits for the disk was told of
  // Of all files: so many when appended() was so much.
  uint64_t bytes_before_ = 0;
  uint64_t appended_before_ = 0;
  uint64_t base_bytes_ = 0;  // of the files after the last rewrite, or at the start
  uint64_t appended_at_rewrite_ = 0;
  uint64_t losses_at_rewrite_ = 0;
  uint64_t journal_losses_ = 0;  // those that a rewrite has healed
};

}  // namespace sorrel
