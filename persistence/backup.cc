#include "persistence/backup.h"

#include "core/base/number.h"
#include "core/base/quoted_words.h"
#include "persistence/aof_base_job.h"

#include <optional>
#include <utility>

namespace sorrel {
namespace {

constexpr Bytes kAborted = "aborted by BACKUP ABORT";

// The comment before a sealed backup's manifest says when it was begun and sealed: nothing else is
// kept of it beside the data.
std::string comment_of(int64_t start_s, int64_t end_s) {
  return "backup " + std::to_string(start_s) + " " + std::to_string(end_s);
}

struct Times {
  int64_t start_s;
  int64_t end_s;
};
std::optional<Times> parse_times(Bytes manifest) {
  const auto words = split_quoted_words(manifest.substr(0, manifest.find('\n')));
  if (!words || words->size() != 4 || (*words)[0] != "#" || (*words)[1] != "backup") {
    return std::nullopt;
  }
  const std::optional<int64_t> start_s = parse_integer((*words)[2]);
  const std::optional<int64_t> end_s = parse_integer((*words)[3]);
  if (!start_s || !end_s) return std::nullopt;
  return Times{*start_s, *end_s};
}

}  // namespace

Backup::Backup(Engine& engine, FileSystem& files, Executor& executor, Executor& log_executor,
               RdbSaving& rdb)
    : engine_(engine),
      files_(files),
      executor_(executor),
      log_executor_(log_executor),
      rdb_(rdb),
      tail_(engine, log_executor) {}

Backup::~Backup() {
  close();
}

Bytes Backup::state_name() const {
  switch (state_) {
    case State::kIdle:
      return "idle";
    case State::kPending:
      return "pending";
    case State::kSnapshotting:
      return "snapshotting";
    case State::kIncrementing:
      return "incrementing";
    case State::kSealed:
      return "sealed";
    case State::kFailed:
      return "failed";
  }
  return "";
}

bool Backup::running() const {
  return state_ == State::kPending || state_ == State::kSnapshotting ||
         state_ == State::kIncrementing;
}

std::vector<std::string> Backup::paths() const {
  std::vector<std::string> paths;
  if (state_ != State::kIncrementing && state_ != State::kSealed) return paths;
  const AofManifest& manifest = directory_->manifest();
  if (manifest.base) paths.push_back(directory_->path_of(*manifest.base));
  for (const AofFileInfo& info : manifest.increments) paths.push_back(directory_->path_of(info));
  if (state_ == State::kSealed) paths.push_back(directory_->manifest_path());
  return paths;
}

// Where there is no memory for what the log is told, it isn't told.
void Backup::become(State state) {
  state_ = state;
  static_cast<void>(attempt([this] {
    const bool failed = state_ == State::kFailed;
    const std::string why = failed ? ": " + error_ : std::string();
    log(failed ? LogLevel::kWarning : LogLevel::kNotice,
        "Backup: " + std::string(state_name()) + why);
    return Status::ok();
  }));
}

// ---- At the start.

Status Backup::find_directory() {
  const SettingValues& values = engine_.values();
  if (values.backupdirname == values.appenddirname) {
    return Status::failure("backupdirname is appenddirname, the append-only file's directory");
  }
  directory_ = std::make_unique<AofDirectory>(
      files_, AofDirectory::Place{values.dir, values.backupdirname, values.appendfilename});
  return Status::ok();
}

// A manifest is written when all that it names is there; without one, the server was stopped
// before.
void Backup::recover() {
  if (!find_directory()) return;
  const Result<bool> has_any = directory_->has_files();
  if (has_any && !has_any.value()) return;
  const Status loaded = directory_->load();
  const AofManifest& manifest = directory_->manifest();
  const bool whole = has_any && loaded && !manifest.empty() && directory_->total_bytes();
  if (!whole) {
    error_ = "it was not sealed when the server stopped";
    if (!manifest.empty() && loaded) error_ = "a file that its manifest names isn't there";
    if (!loaded) error_ = loaded.message();
    if (!has_any) error_ = has_any.status().message();
    return become(State::kFailed);
  }
  const auto text = read_file(files_, directory_->manifest_path(), AofManifest::kBytesMax);
  const std::optional<Times> times = text ? parse_times(text.value()) : std::nullopt;
  start_s_ = times ? times->start_s : now_s();
  end_s_ = times ? times->end_s : now_s();
  become(State::kSealed);
}

// ---- Commands.

Status Backup::start(bool busy) {
  if (running()) return Status::failure("A backup is already in progress");
  if (state_ == State::kSealed) {
    return Status::failure("There is a sealed backup: BACKUP CLEANUP removes it");
  }
  wait_for_jobs();
  if (state_ == State::kFailed) {
    if (Status removed = remove_rest(); !removed) return removed;
  }
  if (Status found = find_directory(); !found) return found;
  const std::string& path = directory_->path();
  const Result<bool> there = files_.exists(path);
  if (!there) return there.status();
  if (there.value()) {
    const auto names = files_.list(path);
    if (!names) return names.status();
    if (!names.value().empty()) {
      return Status::failure("The backup directory " + path + " is not empty");
    }
  }
  start_s_ = now_s();
  end_s_ = 0;
  error_.clear();
  become(State::kPending);
  if (!busy) begin();
  return state_ == State::kFailed ? Status::failure(error_) : Status::ok();
}

// What a manifest names was complete once: nobody removes it unasked.
Status Backup::remove_rest() {
  const Result<bool> has_manifest = files_.exists(directory_->manifest_path());
  if (!has_manifest) return has_manifest.status();
  if (!has_manifest.value()) return clean_up();
  return Status::failure("There is a sealed backup that can't be read: BACKUP CLEANUP removes it");
}

void Backup::begin() {
  VERIFY(pending());
  losses_at_begin_ = engine_.journal_losses();
  become(State::kSnapshotting);
  const Status begun = attempt([this] { return begin_files(); });
  if (!begun) fail(begun.message());
}

// The tail begins in the moment of the snapshot.
Status Backup::begin_files() {
  AofChange change = directory_->plan_increment(true);
  if (Status made = change.carry_out(); !made) return made;
  directory_->adopt(change);
  const auto job = make_aof_base_job(engine_, files_, rdb_, directory_->temporary_base_path(),
                                     [this](SnapshotWriter& ended) { written(ended); });
  tail_.open(change.take_file());
  executor_.submit(job);
  job_ = job;
  return Status::ok();
}

void Backup::written(const SnapshotWriter& job) {
  const std::shared_ptr<SnapshotWriter> kept = std::exchange(job_, nullptr);
  if (state_ != State::kSnapshotting) {
    static_cast<void>(remove_files());
    return;
  }
  if (!job.status()) return fail(job.status().message());
  const Status named = attempt([this, &job] {
    name_base(is_rdb_base(job));
    return Status::ok();
  });
  if (!named) fail(named.message());
}

void Backup::name_base(bool is_rdb) {
  const auto change = std::make_shared<AofChange>(directory_->plan_named_base(is_rdb));
  log_executor_.submit(std::make_shared<OneStepJob>(
      [change] { return change->carry_out(); },
      [this, change](const Status& status) { named(*change, status); }));
  naming_ = true;
}

void Backup::named(AofChange& change, const Status& status) {
  naming_ = false;
  if (state_ != State::kSnapshotting) {
    static_cast<void>(remove_files());
    return;
  }
  if (!status) return fail(status.message());
  directory_->adopt(change);
  become(State::kIncrementing);
}

Status Backup::seal() {
  if (sealing()) return Status::failure("The backup is being sealed already");
  if (state_ != State::kIncrementing) {
    return Status::failure("There is no backup to be sealed: it is " + std::string(state_name()));
  }
  tick();
  if (state_ != State::kIncrementing) return Status::failure(error_);
  const Status begun = attempt([this] {
    tail_.finish([this](const Status& status) { tail_written(status); });
    return Status::ok();
  });
  if (begun) {
    seal_s_ = now_s();
  } else {
    fail(begun.message());
  }
  return begun;
}

void Backup::tail_written(const Status& status) {
  const Status begun = !status ? status : attempt([this] {
    write_manifest();
    return Status::ok();
  });
  if (!begun) sealed(begun);
}

void Backup::write_manifest() {
  const auto change =
      std::make_shared<AofChange>(directory_->plan_seal(comment_of(start_s_, *seal_s_)));
  log_executor_.submit(std::make_shared<OneStepJob>(
      [change, &files = files_, parent = directory_of(directory_->path())] {
        Status written = change->carry_out();
        return written ? files.sync_directory(parent) : written;
      },
      [this, change](const Status& status) {
        if (status) directory_->adopt(*change);
        sealed(status);
      }));
}

void Backup::sealed(const Status& status) {
  const int64_t seal_s = *std::exchange(seal_s_, std::nullopt);
  if (status) {
    end_s_ = seal_s;
    forgive_losses();
    become(State::kSealed);
  } else {
    fail(status.message());
  }
  answer_due_ = true;
}

// Where there is no memory for it the next turn tries again.
void Backup::end_turn() {
  if (!answer_due_) return;
  engine_.blocking().serve_disk_waiters();
  answer_due_ = false;
}

void Backup::wait_until_sealed() {
  if (sealing()) log_executor_.drain();
}

Status Backup::abort() {
  wait_until_sealed();
  if (!running()) {
    return Status::failure("There is no backup to be aborted: it is " + std::string(state_name()));
  }
  fail(kAborted);
  wait_for_jobs();
  return Status::ok();
}

Status Backup::clean_up() {
  if (state_ != State::kSealed && state_ != State::kFailed) {
    return Status::failure("There is no backup to be removed: it is " + std::string(state_name()));
  }
  wait_for_jobs();
  if (Status removed = remove_files(); !removed) {
    state_ = State::kFailed;
    error_ = "its files couldn't be removed: " + removed.message();
    become(State::kFailed);
    return Status::failure(error_);
  }
  start_s_ = end_s_ = 0;
  error_.clear();
  become(State::kIdle);
  return Status::ok();
}

// ---- The turn.

void Backup::tick() {
  if (state_ == State::kSealed) {
    const int64_t ttl = engine_.values().backup_sealed_ttl;
    // Data that are being loaded may come from there.
    const bool over = ttl > 0 && now_s() - end_s_ >= ttl && !engine_.loading();
    // What it comes to is in the log, and in the state.
    if (over) static_cast<void>(clean_up());
    return;
  }
  if (state_ != State::kSnapshotting && state_ != State::kIncrementing) return;
  if (sealing()) return;
  tail_.tick();
  if (!tail_.health()) return fail(tail_.health().message());
  if (losses_at_begin_ != engine_.journal_losses()) {
    fail("a change was lost: there was no memory for it");
  }
}

// Writes are refused after one, until who reads the journal has the data anew. With an append-only
// file its rewrite does that.
void Backup::forgive_losses() {
  if (losses_at_begin_ == engine_.journal_losses()) return;
  const Durability* const durability = engine_.durability();
  if (durability == nullptr || !durability->keeps_journal()) {
    engine_.refuse_writes(Engine::RefusalCause::kJournal, {});
  }
}

// What a job has still in hand is removed when that ends.
void Backup::fail(Bytes why) {
  wait_until_sealed();
  if (!running()) return;
  const bool has_files = !pending();
  if (has_files) forgive_losses();
  const Status noted = attempt([this, why] {
    error_ = why;
    return Status::ok();
  });
  if (!noted) error_ = "no memory";
  become(State::kFailed);
  if (job_ != nullptr) job_->abort();
  tail_.close();
  if (has_files) static_cast<void>(remove_files());
}

void Backup::wait_for_jobs() {
  if (job_ != nullptr) executor_.drain();
  if (naming_ || tail_.writing()) log_executor_.drain();
}

// The space of a big file is given back in the background.
Status Backup::remove_files() {
  return attempt([this]() -> Status {
    auto removed = directory_->remove_all();
    if (!removed) return removed.status();
    const auto held =
        std::make_shared<std::vector<std::unique_ptr<File>>>(std::move(removed.value()));
    log_executor_.submit(std::make_shared<OneStepJob>(
        [held] {
          held->clear();
          return Status::ok();
        },
        [](const Status&) {}));
    return Status::ok();
  });
}

void Backup::close() {
  fail("the server was stopped");
  executor_.drain();
  log_executor_.drain();
}

}  // namespace sorrel
