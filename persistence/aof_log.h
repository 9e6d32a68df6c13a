// AofLog: the file that the journal is written to, and when it is on the disk.
//
// A reader of the journal: what it holds is written at the end of each turn (appendfsync everysec,
// no) or by a commit (always), and let go when it is written (always: when it is on the disk, so
// that what a failed sync has dropped can be written again). Around the journal's bytes stand
// notes, lines that begin with '#' and that Redis passes over (docs/formats/aof.md):
//
//   #AFTER:3:4711           at the beginning: what comes before, in increment 3, ends there
//   #TS:1700000000          the time from here on, where aof-timestamp-enabled asks for it
//   #SUM:117:84b1e38a23f2…  with `always`: length and CRC-64 of what is written and synced in one
//
// Group commit (always): whoever turns the loop asks wants_commit() when no client has anything to
// say any more, and commits what all of them have journaled together; the replies wait for it
// (core/reply_hold.h). While a sync is quick the commit is made on the loop, which on such a disk
// costs less than telling another thread; else by the executor, and the loop goes on. The file's
// space is written ahead with fill (aof_note.h), in the background: syncing takes half as long
// then. What is left of it is cut off at the end, or, after a crash, by whoever reads the file.
// Behind a commit in such space some of it is left: what a crash tore is known by that.
//
// everysec syncs in the background once a second. While that goes on, writing would wait for it, so
// it is put off, for two seconds at most.
//
// A failed write or sync is a state (health()), which ends when the same bytes have reached the
// disk; they are tried again every second. When a sync fails for bytes that the journal has let go,
// only a rewrite can heal it (needs_rewrite()).
//
// Owned by AppendOnly. Everything on the loop; the executor's jobs are its own.
#pragma once

#include "core/engine.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

class AofLog {
 public:
  /// `changed` is called when health() has changed.
  AofLog(Engine& engine, Executor& executor, std::function<void()> changed);
  ~AofLog();
  AofLog(const AofLog&) = delete;
  AofLog& operator=(const AofLog&) = delete;

  /// What is journaled from now on goes to `file`, from byte `size` on.
  void open(std::unique_ptr<File> file, uint64_t size);
  bool is_open() const { return file_ != nullptr; }
  /// What is journaled from now on goes to `next`; what was before goes to the present file, which
  /// is increment `sequence`. One at a time: not while switching().
  void switch_to(std::unique_ptr<File> next, uint64_t sequence);
  /// Until all that was before is on the disk.
  bool switching() const { return next_ != nullptr || previous_ != nullptr; }
  /// Everything is on the disk, as far as it lets itself be written, and the file closed.
  void close();

  // ---- In every turn.
  /// Writes what the policy wants written now, or of much that has piled up a part; starts what is
  /// due.
  void flush();
  /// flush() has left something that it could write.
  bool wants_flush() const { return wants_flush_; }
  /// always: replies wait for something that isn't being committed already.
  bool wants_commit() const;
  /// Commits it: on return, or some time later.
  void commit();
  /// On return all that is journaled is on the disk, unless the disk fails.
  void commit_now();

  /// Sync soon although the policy wouldn't: somebody waits for it (WAITAOF).
  void hasten_sync() { sync_wanted_ = true; }
  /// no-appendfsync-on-rewrite, while one goes on: everysec doesn't sync.
  void set_syncing(bool on) { syncs_ = on; }
  /// A rewrite has made the lost bytes needless.
  void healed();

  // ---- How it stands.
  /// Ok, or why what was journaled isn't on the disk.
  const Status& health() const { return health_; }
  bool needs_rewrite() const { return lost_; }
  uint64_t durable() const { return engine_.reply_hold().durable(); }
  /// Bytes ever appended, to whatever file.
  uint64_t appended() const { return appended_; }
  uint64_t buffered() const;
  uint64_t pending_syncs() const { return job_running_ ? 1 : 0; }
  uint64_t delayed_syncs() const { return delayed_syncs_; }
  /// How long a sync of late has taken, on average.
  int64_t sync_ns() const { return sync_ns_; }

 private:
  // The file that is written, shared with the job that syncs it.
  struct Target {
    std::unique_ptr<File> file;
    uint64_t end = 0;        // what is behind it is fill
    uint64_t allocated = 0;  // fill up to there is on the disk
    bool summed = false;     // a #SUM note stands in it, and on the disk
    std::string preface;     // what it begins with, while nothing has been written
    Status extend(uint64_t size) const;
  };
  // What is written as one: its notes, or all of it when it is small, then pieces of the journal.
  struct Batch {
    std::string head;
    std::vector<Bytes> pieces;
    uint64_t bytes = 0;
    uint64_t journal_end = 0;
    int64_t unix_s = 0;
    bool summed = false;
    bool torn = false;  // it ends in the middle of a command
    void sum_up(uint64_t place);
    Status write_to(Target& target) const;
  };
  AppendFsync policy() const { return engine_.values().appendfsync; }
  uint64_t limit() const;
  uint64_t unwritten() const { return limit() - reader_.offset(); }
  void follow_policy();
  bool write_pending(uint64_t until);
  bool put_off_for_sync();
  bool give_back_space();
  bool fits(uint64_t bytes) const;
  void sync_when_due();
  Batch gather(bool summed, uint64_t until = UINT64_MAX);
  void commit_on_loop();
  void commit_in_background();
  void committed(Target& target, const Batch& batch, const Status& status);
  void written(Target& target, const Batch& batch);
  void failed(const Status& status, Bytes what);
  void settle();
  void recovered();
  void sync_failed(const Status& status);
  void extend_when_due();
  void go_on_in_next();
  void sync_previous();
  void start_job(std::function<Status()> work, std::function<void(const Status&)> done);
  void note_spike(Bytes event, int64_t began_ns);
  void measure(int64_t ns);
  void log(LogLevel level, Bytes line) { engine_.host().log(level, line); }

  Engine& engine_;
  Executor& executor_;
  const std::function<void()> changed_;
  Journal::Reader reader_;  // at the first byte that isn't written
  // A change of files: next_ waits until file_ has been written up to the boundary, and takes its
  // place; then previous_ is to be synced. No job works on file_ while there is a previous_.
  std::shared_ptr<Target> file_;
  std::shared_ptr<Target> next_;
  std::shared_ptr<Target> previous_;
  uint64_t boundary_ = 0;
  uint64_t sequence_ = 0;  // of the increment before the boundary
  bool job_running_ = false;
  bool committing_ = false;  // the job writes the file, too
  bool extending_ = false;
  bool sync_wanted_ = false;
  bool syncs_ = true;
  bool wants_flush_ = false;
  uint64_t flushed_at_ = 0;  // the journal's end at the last flush
  bool torn_ = false;        // what was written last ends in the middle of a command: no note here
  Status health_;
  bool lost_ = false;
  uint64_t synced_ = 0;  // up to there the journal has been synced since
  int64_t retry_ms_ = 0;
  int64_t extend_ms_ = 0;  // not before
  int64_t last_sync_ms_ = 0;
  int64_t put_off_since_ms_ = 0;
  int64_t last_unix_s_ = 0;  // the time that was noted last
  int64_t sync_ns_ = 0;
  uint64_t appended_ = 0;
  uint64_t delayed_syncs_ = 0;
};

}  // namespace sorrel
