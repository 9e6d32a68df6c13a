// Persistence: what keeps an instance's data on a disk: the only place where engine, file system,
// executor, snapshots and the append-only file meet.
//
// Owned by the instance, after the engine and before the sessions. It adds its commands to the
// engine (persistence/commands.cc), which find it as the engine's Durability.
//
// Its life: made; start_recovery() and recover() until the data are loaded (a server that fails to
// load doesn't serve); then tick() with the instance's timer and end_turn() in each turn, between
// the tick and the replies; prepare_shutdown() and close() at the end.
//
// Rules of what may run at a time, which are Redis's: one background job that reads a snapshot for
// a file; a BGSAVE or a rewrite that is asked for meanwhile is refused or waits its turn. All calls
// on the loop.
#pragma once

#include "core/durability.h"
#include "core/engine.h"
#include "core/host.h"
#include "persistence/aof_rewriting.h"
#include "persistence/append_only.h"
#include "persistence/backup.h"
#include "persistence/data_loader.h"
#include "persistence/executor.h"
#include "persistence/file_system.h"
#include "persistence/keyspace_loader.h"
#include "persistence/migrations.h"
#include "persistence/rdb_saving.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sorrel {

class Persistence final : public Durability {
 public:
  struct Options {
    Engine* engine = nullptr;  // required, as all; they outlive this
    FileSystem* files = nullptr;
    Executor* executor = nullptr;
    /// The append-only file's own, so that it doesn't wait behind a snapshot; none: the same.
    Executor* log_executor = nullptr;
    /// For MIGRATE; none: it fails. Its executor waits for other servers, and for nothing else.
    Network* network = nullptr;
    Executor* network_executor = nullptr;
    /// Whether a snapshot that is there is loaded although there are no save points.
    bool always_loads = true;
  };
  explicit Persistence(const Options& options);
  ~Persistence() override;

  // ---- Recovery.
  /// Finds out what to load; the engine is loading from here on. Without files there is nothing to
  /// do, and recovering() is false.
  Status start_recovery();
  bool recovering() const { return loader_ != nullptr; }
  /// Loads a slice. When there is nothing more the engine serves; after a failure the databases
  /// are empty and the instance must not serve.
  Status recover();

  // ---- The turn.
  void tick();
  /// `idle`: no client had anything to say in this turn. True when another turn should follow
  /// without waiting.
  bool end_turn(bool idle);

  // ---- The end.
  /// What SHUTDOWN asks for, done now: running jobs are stopped, files completed, the data saved.
  /// A failure means that the instance should go on (and has said why in the log).
  Status prepare_shutdown(const ShutdownRequest& request);
  /// Nothing runs in the background any more.
  void close();

  // ---- Commands.
  RdbSaving& rdb() { return rdb_; }
  AppendOnly& aof() { return aof_; }
  Backup& backup() { return backup_; }
  Migrations& migrations() { return migrations_; }
  /// A background job reads a snapshot.
  bool busy() const { return rdb_.running() || rewriting_.running() || backup_.reads_snapshot(); }
  AofRewriting& rewriting() { return rewriting_; }
  void schedule_rewrite(bool scheduled) { rewrite_scheduled_ = scheduled; }
  void schedule_save(bool scheduled) { save_scheduled_ = scheduled; }
  bool save_scheduled() const { return save_scheduled_; }

  /// DEBUG RELOAD and its like: the databases are emptied (unless `keep`) and filled from `path`.
  /// After a failure they are what they were; with `keep`, a file that is whole and yet can't be
  /// merged (a key is there already) leaves what came before that key.
  struct Reload {
    bool keep = false;
    bool replace = false;
  };
  Status reload(const std::string& path, const Reload& how);
  /// The same with the append-only file. After a failure a rewrite replaces it, if it is on.
  Status reload_append_only();
  /// The same for a file that nobody vouches for, and which becomes the data: the append-only file
  /// begins anew with it. After a failure everything is as it was.
  Status load_verified(const std::string& path);

  DurabilityFacts facts() override;
  void all_flushed() override;
  void reset_counts() override;
  void commit() override { aof_.commit(); }
  bool keeps_journal() const override { return engine_.values().appendonly; }
  std::optional<uint64_t> durable_offset() const override { return aof_.durable_offset(); }
  void hasten() override { aof_.hasten(); }

  Engine& engine() { return engine_; }
  FileSystem& files() { return files_; }
  Executor& executor() { return executor_; }

 private:
  KeyspaceLoader::Options loader_options() const;
  Result<std::unique_ptr<DataLoader>> find_data();
  Result<std::unique_ptr<DataLoader>> preload_data();
  Result<std::unique_ptr<DataLoader>> open_snapshot(const std::string& path);
  Status finish_recovery();
  Status begin_appending();
  Status start_append_only();
  Status load_all(DataLoader& loader);
  Status may_leave_append_only(const ShutdownRequest& request);
  Status load_file(const std::string& path, const Reload& how);
  Status merge(const std::string& path, const Reload& how);
  Status load_append_only();
  void empty_databases();
  void follow_settings();
  void look_at_refusal();
  void save_when_due();
  void rewrite_when_due();
  bool waits_to_append() const;
  void append_as_told();
  void stop_appending();
  void count_as_changed();
  void log(LogLevel level, Bytes line) { engine_.host().log(level, line); }

  Engine& engine_;
  FileSystem& files_;
  Executor& executor_;
  const bool always_loads_;
  RdbSaving rdb_;
  AppendOnly aof_;
  AofRewriting rewriting_;
  Backup backup_;
  Migrations migrations_;
  bool rewrite_scheduled_ = false;
  bool save_scheduled_ = false;
  std::unique_ptr<DataLoader> loader_;
  int64_t loading_began_ns_ = 0;
  int64_t loading_began_s_ = 0;
  uint64_t loaded_keys_ = 0;
  uint64_t expired_keys_ = 0;
  size_t cow_bytes_ = 0;
};

}  // namespace sorrel
