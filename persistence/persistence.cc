#include "persistence/persistence.h"

#include "persistence/aof_loader.h"
#include "persistence/commands.h"
#include "persistence/commands_backup.h"
#include "persistence/commands_dump.h"
#include "persistence/commands_migrate.h"
#include "persistence/databases_aside.h"
#include "persistence/rdb_file_loader.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <utility>

namespace sorrel {
namespace {

// Keys that are loaded between two looks at the clock (a step in a big one takes longer), and how
// long a slice may take.
constexpr int kStepsPerLook = 16;
constexpr int64_t kSliceNs = 2'000'000;

// What is loaded isn't journaled.
constexpr Bytes kReloaded = "the data were loaded anew";

constexpr Bytes kSaveFailed =
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is "
    "configured to report errors during writes if RDB snapshotting fails "
    "(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB "
    "error.";

}  // namespace

Persistence::Persistence(const Options& options)
    : engine_(*options.engine),
      files_(*options.files),
      executor_(*options.executor),
      always_loads_(options.always_loads),
      rdb_(engine_, files_, executor_, [this] { look_at_refusal(); }),
      aof_(engine_, files_, options.log_executor != nullptr ? *options.log_executor : executor_,
           [this] { look_at_refusal(); }),
      rewriting_(engine_, files_, executor_, aof_, rdb_),
      backup_(engine_, files_, executor_,
              options.log_executor != nullptr ? *options.log_executor : executor_, rdb_),
      migrations_(engine_, options.network,
                  options.network_executor != nullptr ? *options.network_executor : executor_) {
  engine_.commands().add(dump_commands());
  engine_.commands().add(migrate_commands());
  engine_.commands().add(persistence_commands());
  engine_.commands().add(backup_commands());
  engine_.keep_with(this);
  follow_settings();
}

Persistence::~Persistence() {
  close();
  engine_.keep_with(nullptr);
}

void Persistence::follow_settings() {
  engine_.settings().on_change({"save", "stop-writes-on-bgsave-error"},
                               [this](const SettingValues&, const SettingValues&) {
                                 look_at_refusal();
                                 return SettingRefusal();
                               });
  engine_.settings().on_change({"appendonly"}, [this](const SettingValues&, const SettingValues&) {
    append_as_told();
    return SettingRefusal();
  });
  engine_.settings().on_change({"aof-disable-auto-gc"},
                               [this](const SettingValues&, const SettingValues&) {
                                 aof_.remove_history();
                                 return SettingRefusal();
                               });
}

// On: by a rewrite, which tick() begins when nothing else runs, and tries again when it fails.
void Persistence::append_as_told() {
  if (!engine_.values().appendonly) {
    stop_appending();
  } else if (!aof_.on() && !busy()) {
    rewriting_.start();
  }
}

void Persistence::stop_appending() {
  if (rewriting_.running()) {
    log(LogLevel::kNotice, "Killing running AOF rewrite child");
    rewriting_.cancel();
    executor_.drain();
  }
  aof_.stop();
  engine_.refuse_writes(Engine::RefusalCause::kJournal, {});
  // Whoever turns it off doesn't wait for the disk any more.
  engine_.reply_hold().set_mode(ReplyHold::Mode::kOff);
}

// Whoever relies on save points shall learn from the first write that they don't work.
void Persistence::look_at_refusal() {
  const SettingValues& values = engine_.values();
  const bool refuses =
      values.stop_writes_on_bgsave_error && !values.save.empty() && !rdb_.last_ok();
  engine_.refuse_writes(
      Engine::RefusalCause::kSnapshot,
      refuses ? std::string(kSaveFailed) + " The cause: " + rdb_.last_error() : std::string());
  engine_.refuse_writes(Engine::RefusalCause::kAppendOnly, aof_.refusal());
}

// ---- Recovery.

Result<std::unique_ptr<DataLoader>> Persistence::find_data() {
  if (!engine_.values().preload_file.empty()) return preload_data();
  if (engine_.values().appendonly) {
    if (Status found = aof_.find_files(); !found) return found;
    return aof_.loader();
  }
  if (!always_loads_ && engine_.values().save.empty()) return std::unique_ptr<DataLoader>();
  const std::string path = rdb_.path();
  const Result<bool> is_there = files_.exists(path);
  if (!is_there) return is_there.status();
  if (!is_there.value()) return std::unique_ptr<DataLoader>();
  return open_snapshot(path);
}

Result<std::unique_ptr<DataLoader>> Persistence::open_snapshot(const std::string& path) {
  Result<std::unique_ptr<RdbFileLoader>> loader =
      RdbFileLoader::open(engine_, files_, path, loader_options());
  if (!loader) return loader.status();
  return std::unique_ptr<DataLoader>(std::move(loader.value()));
}

// What isn't there is a failure here: nobody shall serve without the data that were asked for.
Result<std::unique_ptr<DataLoader>> Persistence::preload_data() {
  const Bytes file = engine_.values().preload_file;
  const size_t colon = file.find(':');
  const Bytes name = file.substr(colon + 1);
  // In a host's process `dir` isn't the working directory.
  const std::string path =
      name.starts_with('/') ? std::string(name) : join_path(engine_.values().dir, name);
  if (file.substr(0, colon) == "rdb") return open_snapshot(path);
  Result<AofDirectory> directory = AofDirectory::of_file(files_, path);
  if (!directory) return directory.status();
  // Somebody else's files: they are only read.
  Result<std::unique_ptr<AofLoader>> loader =
      AofLoader::open(engine_, files_, directory.value(), AofLoader::Cuts::kNo);
  if (!loader) return loader.status();
  return std::unique_ptr<DataLoader>(std::move(loader.value()));
}

KeyspaceLoader::Options Persistence::loader_options() const {
  KeyspaceLoader::Options options;
  // Whoever is the source of an import says what has expired.
  options.keep_expired = engine_.values().import_mode;
  return options;
}

Status Persistence::start_recovery() {
  backup_.recover();
  Result<std::unique_ptr<DataLoader>> data = find_data();
  if (!data) {
    log(LogLevel::kWarning,
        "Fatal error loading the DB: " + data.status().message() + ". Exiting.");
    return data.status();
  }
  if (data.value() == nullptr) return begin_appending();
  loader_ = std::move(data.value());
  loading_began_ns_ = engine_.clock().monotonic_ns();
  loading_began_s_ = engine_.now_ms() / 1000;
  engine_.set_loading(true);
  return Status::ok();
}

Status Persistence::recover() {
  const auto interval =
      static_cast<uint64_t>(engine_.values().loading_process_events_interval_bytes);
  const uint64_t enough = loader_->loaded_bytes() + interval;
  const int64_t end_ns = engine_.clock().monotonic_ns() + kSliceNs;
  const int64_t delay_us = engine_.values().key_load_delay;
  for (int steps = 1; loader_->loaded_bytes() < enough; ++steps) {
    const Result<bool> more = loader_->step();
    if (!more) {
      log(LogLevel::kWarning,
          "Fatal error loading the DB: " + more.status().message() + ". Exiting.");
      loader_.reset();
      empty_databases();
      return more.status();
    }
    if (!more.value()) return finish_recovery();
    if (delay_us > 0 && !loader_->in_value()) engine_.host().sleep_us(delay_us);
    const bool looks = loader_->in_value() || steps % kStepsPerLook == 0;
    if (looks && engine_.clock().monotonic_ns() >= end_ns) break;
  }
  return Status::ok();
}

Status Persistence::finish_recovery() {
  loaded_keys_ = loader_->loaded_keys();
  expired_keys_ = loader_->expired_keys();
  loader_.reset();
  engine_.set_loading(false);
  const bool preloaded = !engine_.values().preload_file.empty();
  preloaded ? count_as_changed() : rdb_.count_as_saved();
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f",
                static_cast<double>(engine_.clock().monotonic_ns() - loading_began_ns_) / 1e9);
  const Bytes source = engine_.values().appendonly ? "append only file" : "disk";
  log(LogLevel::kNotice,
      "DB loaded from " + std::string(source) + ": " + std::string(seconds) + " seconds");
  return begin_appending();
}

Status Persistence::begin_appending() {
  if (!engine_.values().appendonly) return Status::ok();
  if (!engine_.values().preload_file.empty()) {
    // Its files hold other data: it begins anew, as when it is turned on.
    append_as_told();
    return Status::ok();
  }
  Status started = attempt([this] { return start_append_only(); });
  if (!started) {
    log(LogLevel::kWarning, "Can't open the append-only file: " + started.message());
  }
  return started;
}

Status Persistence::start_append_only() {
  if (!aof_.has_files()) {
    if (Status written = rewriting_.write_first_base(); !written) return written;
  }
  return aof_.start();
}

void Persistence::empty_databases() {
  for (int number = 0; number < engine_.database_count(); ++number) {
    engine_.books().replaced(number, KeyListener::kNobody);
    engine_.database(number).clear();
  }
}

Status Persistence::load_all(DataLoader& loader) {
  engine_.set_loading(true);
  const Status loaded = attempt([&loader] {
    Result<bool> more = loader.step();
    while (more && more.value()) more = loader.step();
    return more.status();
  });
  engine_.set_loading(false);
  return loaded;
}

Status Persistence::reload(const std::string& path, const Reload& how) {
  if (recovering()) return Status::failure("the data are being loaded already");
  backup_.fail(kReloaded);
  if (how.keep) return merge(path, how);
  if (const Result<uint64_t> size = files_.size(path); !size) return size.status();
  // Before there is a loader, which keeps from watchers what it does.
  DatabasesAside aside(engine_);
  const Status loaded = attempt([&] { return load_file(path, how); });
  if (!loaded) aside.put_back();
  return loaded;
}

// What is there isn't put aside: so the file is read through before anything is changed.
Status Persistence::merge(const std::string& path, const Reload& how) {
  Status whole =
      verify_rdb_file(files_, path, engine_.value_context(), rdb_reader_options(engine_.values()));
  return whole ? load_file(path, how) : whole;
}

Status Persistence::load_file(const std::string& path, const Reload& how) {
  KeyspaceLoader::Options options = loader_options();
  options.replace = how.replace;
  Result<std::unique_ptr<RdbFileLoader>> loader =
      RdbFileLoader::open(engine_, files_, path, options);
  return loader ? load_all(*loader.value()) : loader.status();
}

Status Persistence::reload_append_only() {
  if (recovering()) return Status::failure("the data are being loaded already");
  const bool was_on = aof_.on();
  aof_.commit();
  if (was_on && !aof_.log().health()) return aof_.log().health();
  backup_.fail(kReloaded);
  aof_.stop();
  DatabasesAside aside(engine_);
  const Status loaded = attempt([this] { return load_append_only(); });
  if (!loaded) aside.put_back();
  if (!was_on) return loaded;
  // The data are whole, and are to take the place of files that aren't.
  if (!loaded) rewrite_scheduled_ = true;
  const Status started = attempt([this] { return start_append_only(); });
  return loaded ? started : loaded;
}

Status Persistence::load_append_only() {
  if (Status found = aof_.find_files(); !found) return found;
  Result<std::unique_ptr<DataLoader>> loader = aof_.loader();
  if (!loader) return loader.status();
  if (loader.value() == nullptr) return Status::failure("there is no append-only file");
  return load_all(*loader.value());
}

// The append-only file begins anew with what is loaded, as when it is turned on. Loading journals
// nothing, so it goes on until that is there: a file that can't be loaded doesn't touch it.
Status Persistence::load_verified(const std::string& path) {
  if (recovering()) return Status::failure("the server's own data are still being loaded");
  if (Status loaded = reload(path, Reload()); !loaded) return loaded;
  stop_appending();
  count_as_changed();
  append_as_told();
  return Status::ok();
}

// What was there has gone, and each key has come.
void Persistence::count_as_changed() {
  ++engine_.books().dirty;
  for (int number = 0; number < engine_.database_count(); ++number) {
    engine_.books().dirty += engine_.database(number).size();
  }
}

// ---- The turn.

bool Persistence::end_turn(bool idle) {
  aof_.log().set_syncing(!engine_.values().no_appendfsync_on_rewrite || !busy());
  aof_.end_turn(idle);
  backup_.end_turn();
  return aof_.wants_turn();
}

void Persistence::tick() {
  backup_.tick();
  migrations_.tick();
  if (busy()) {
    cow_bytes_ = engine_.epoch().retired_bytes();
    rdb_.note_cow(cow_bytes_);
    rewriting_.note_cow(cow_bytes_);
    return;
  }
  cow_bytes_ = 0;
  if (recovering()) return;
  if (backup_.pending()) return backup_.begin();
  rewrite_when_due();
  if (!busy()) save_when_due();
}

// It is turned on by a rewrite, which hasn't begun.
bool Persistence::waits_to_append() const {
  return engine_.values().appendonly && !aof_.on() && !rewriting_.running();
}

void Persistence::rewrite_when_due() {
  const bool turns_on = waits_to_append();
  const bool grown = aof_.wants_rewrite();
  if (!rewrite_scheduled_ && !((turns_on || grown) && rewriting_.may_retry())) return;
  if (grown && !rewrite_scheduled_) {
    log(LogLevel::kNotice, "Starting automatic rewriting of AOF on its growth");
  }
  rewrite_scheduled_ = false;
  rewriting_.start();
}

void Persistence::save_when_due() {
  const std::optional<SavePoint> point = rdb_.due();
  const bool scheduled = save_scheduled_ && rdb_.may_retry();
  if (!point && !scheduled) return;
  if (point) {
    log(LogLevel::kNotice, std::to_string(point->changes) + " changes in " +
                               std::to_string(point->seconds) + " seconds. Saving...");
  }
  save_scheduled_ = false;
  try {
    rdb_.start();
  } catch (const std::bad_alloc&) {
    log(LogLevel::kWarning, "Can't save in background: the host has no memory");
  }
}

void Persistence::reset_counts() {
  rdb_.reset_counts();
  rewriting_.reset_counts();
}

void Persistence::all_flushed() {
  // As Redis does, so that the file doesn't go on holding what everybody takes for deleted.
  const bool saves = !engine_.values().save.empty();
  if (rdb_.running()) {
    rdb_.cancel();
    schedule_save(saves);
  } else if (saves) {
    // A failure is in the log; the save points will try again.
    static_cast<void>(rdb_.save_now());
  }
}

// ---- The end.

Status Persistence::prepare_shutdown(const ShutdownRequest& request) {
  // The next start would find neither what is in memory nor look for a snapshot.
  if (engine_.values().appendonly && rewriting_.running() && aof_.provisional()) {
    log(LogLevel::kWarning,
        request.force ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit");
    if (!request.force) return Status::failure("the append-only file is being made");
  }
  if (rdb_.running()) {
    log(LogLevel::kWarning, "There is a child saving an .rdb. Killing it!");
    rdb_.cancel();
  }
  if (rewriting_.running()) {
    log(LogLevel::kWarning, "There is a child rewriting the AOF. Killing it!");
    rewriting_.cancel();
  }
  if (backup_.reads_snapshot()) backup_.fail("the server was shut down");
  executor_.drain();
  if (aof_.on()) {
    log(LogLevel::kNotice, "Calling fsync() on the AOF file.");
    aof_.commit();
    if (Status kept = may_leave_append_only(request); !kept) return kept;
  }
  const bool wanted = request.save || (!request.no_save && !engine_.values().save.empty());
  // What is only half there must not replace what is whole.
  if (!wanted || recovering()) return Status::ok();
  log(LogLevel::kNotice, "Saving the final RDB snapshot before exiting.");
  const Status saved = rdb_.save_now();
  if (saved) return saved;
  if (request.force) {
    log(LogLevel::kWarning, "Error trying to save the DB. Exit anyway.");
    return Status::ok();
  }
  log(LogLevel::kWarning, "Error trying to save the DB, can't exit.");
  return saved;
}

// What it doesn't take is nowhere else, and some of it was acknowledged (everysec, no).
Status Persistence::may_leave_append_only(const ShutdownRequest& request) {
  const Status& health = aof_.log().health();
  if (health) return health;
  const bool anyway = request.force || request.no_save;
  log(LogLevel::kWarning, "Error trying to write the AOF file, " +
                              std::string(anyway ? "exit anyway: " : "can't exit: ") +
                              health.message());
  return anyway ? Status::ok() : health;
}

void Persistence::close() {
  migrations_.close();
  rdb_.cancel();
  rewriting_.cancel();
  backup_.close();
  executor_.drain();
  aof_.stop();
  loader_.reset();
}

// ---- What INFO tells.

DurabilityFacts Persistence::facts() {
  DurabilityFacts facts;
  facts.cow_bytes_now = cow_bytes_;
  rdb_.tell(facts);
  aof_.tell(facts.aof);
  rewriting_.tell(facts.aof);
  facts.aof.rewrite_scheduled = rewrite_scheduled_ || (busy() && waits_to_append());
  facts.backup_in_progress = backup_.running();
  facts.rdb.loaded_keys = loaded_keys_;
  facts.rdb.loaded_expired_keys = expired_keys_;
  if (!recovering()) return facts;
  DurabilityFacts::Loading& loading = facts.loading;
  loading.running = true;
  loading.start_time = loading_began_s_;
  loading.total_bytes = loader_->total_bytes();
  loading.loaded_bytes = loader_->loaded_bytes();
  loading.used_memory_of_file = loader_->used_memory_of_file();
  const int64_t elapsed = engine_.now_ms() / 1000 - loading_began_s_;
  if (loading.loaded_bytes != 0) {
    loading.eta_seconds = static_cast<int64_t>(
        static_cast<double>(elapsed) *
        static_cast<double>(loading.total_bytes -
                            std::min(loading.loaded_bytes, loading.total_bytes)) /
        static_cast<double>(loading.loaded_bytes));
  }
  return facts;
}

}  // namespace sorrel
