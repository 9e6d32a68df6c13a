#include "persistence/append_only.h"

#include "persistence/aof_loader.h"

#include <new>
#include <utility>

namespace sorrel {
namespace {

// A commit waits for clients to fall silent, but not for ever: so many turns in which somebody had
// something to say.
constexpr int kBusyTurnsMax = 8;
// Instead of an offset on the disk.
constexpr uint64_t kNoFile = UINT64_MAX;
constexpr uint64_t kNoFileYet = UINT64_MAX - 1;

}  // namespace

AppendOnly::AppendOnly(Engine& engine, FileSystem& files, Executor& executor,
                       std::function<void()> changed)
    : engine_(engine),
      files_(files),
      executor_(executor),
      log_(engine, executor, std::move(changed)) {}

AppendOnly::~AppendOnly() {
  stop();
}

// ---- At the start.

std::unique_ptr<AofDirectory> AppendOnly::make_directory() const {
  const SettingValues& values = engine_.values();
  return std::make_unique<AofDirectory>(
      files_, AofDirectory::Place{values.dir, values.appenddirname, values.appendfilename});
}

Status AppendOnly::find_files() {
  std::unique_ptr<AofDirectory> found = make_directory();
  Status opened = found->open();
  if (opened && found->upgraded()) {
    engine_.host().log(LogLevel::kNotice, "Successfully migrated an old-style AOF file (" +
                                              engine_.values().appendfilename +
                                              ") into the AOF directory (" +
                                              engine_.values().appenddirname + ").");
  }
  // Where there was one, what is written goes on by it.
  if (opened || directory_ == nullptr) directory_ = std::move(found);
  return opened;
}

Result<std::unique_ptr<DataLoader>> AppendOnly::loader() {
  if (directory_->manifest().empty()) return std::unique_ptr<DataLoader>();
  Result<std::unique_ptr<AofLoader>> loader =
      AofLoader::open(engine_, files_, *directory_, AofLoader::Cuts::kYes);
  if (!loader) return loader.status();
  return std::unique_ptr<DataLoader>(std::move(loader.value()));
}

Status AppendOnly::install_first_base(bool is_rdb) {
  AofChange change = directory_->plan_new_base(is_rdb);
  if (Status made = change.carry_out(); !made) return made;
  directory_->adopt(change);
  engine_.host().log(LogLevel::kNotice, "Creating AOF base file " +
                                            directory_->manifest().base->name + " on server start");
  return Status::ok();
}

Status AppendOnly::start() {
  if (directory_->manifest().increments.empty()) {
    AofChange change = directory_->plan_increment(false);
    if (Status made = change.carry_out(); !made) return made;
    directory_->adopt(change);
    engine_.host().log(LogLevel::kNotice, "Creating AOF incr file " +
                                              directory_->manifest().increments.back().name +
                                              " on server start");
  }
  const Result<uint64_t> total = directory_->total_bytes();
  if (!total) return total.status();
  if (Status opened = open_last_increment(); !opened) return opened;
  bytes_before_ = base_bytes_ = total.value();
  appended_before_ = log_.appended();
  clean_up();
  return Status::ok();
}

Status AppendOnly::open_last_increment() {
  const AofFileInfo& last = directory_->manifest().increments.back();
  const std::string path = directory_->path_of(last);
  Result<std::unique_ptr<File>> file = files_.open(path, FileSystem::Mode::kModify);
  if (!file) return file.status();
  const Result<uint64_t> size = file.value()->size();
  if (!size) return size.status().with(path);
  log_.open(std::move(file.value()), size.value());
  increment_ = last.sequence;
  return Status::ok();
}

// ---- As the instance runs.

void AppendOnly::end_turn(bool idle) {
  if (std::exchange(ends_, false)) end_provisional();
  if (on()) write(idle);
  serve_waiters();
}

// Not where it failed, which may be in the middle of a job's completion.
void AppendOnly::end_provisional() {
  log_.close();
  engine_.reply_hold().set_mode(ReplyHold::Mode::kOff);
}

void AppendOnly::write(bool idle) {
  log_.flush();
  if (!log_.wants_commit()) {
    busy_turns_ = 0;
  } else if (idle || ++busy_turns_ >= kBusyTurnsMax) {
    busy_turns_ = 0;
    log_.commit();
  }
}

// Who waits for the disk learns that it has come further, or that it never will.
void AppendOnly::serve_waiters() {
  const uint64_t durable =
      engine_.values().appendonly ? durable_offset().value_or(kNoFileYet) : kNoFile;
  if (durable == served_) return;
  served_ = durable;
  engine_.blocking().serve_disk_waiters();
}

std::optional<uint64_t> AppendOnly::durable_offset() const {
  if (!on() || provisional_) return std::nullopt;
  return log_.durable();
}

void AppendOnly::stop() {
  executor_.drain();
  if (rewriting_) abort_rewrite();
  ends_ = false;
  if (on()) log_.close();
}

// ---- A rewrite.

bool AppendOnly::wants_rewrite() const {
  if (!on() || rewriting_ || log_.switching()) return false;
  if (log_.needs_rewrite() || journal_losses_ != engine_.journal_losses()) return true;
  const SettingValues& values = engine_.values();
  const auto percentage = static_cast<uint64_t>(values.auto_aof_rewrite_percentage);
  const uint64_t now = bytes();
  if (percentage == 0 || now <= static_cast<uint64_t>(values.auto_aof_rewrite_min_size)) {
    return false;
  }
  const uint64_t base = base_bytes_ == 0 ? 1 : base_bytes_;
  return now >= base && (now - base) / base * 100 + (now - base) % base * 100 / base >= percentage;
}

void AppendOnly::carry_out(AofChange change, std::function<void(AofChange&, const Status&)> done) {
  const auto kept = std::make_shared<AofChange>(std::move(change));
  executor_.submit(std::make_shared<OneStepJob>(
      [kept] { return kept->carry_out(); },
      [kept, done = std::move(done)](const Status& status) { done(*kept, status); }));
}

void AppendOnly::prepare_rewrite(Done ready) {
  VERIFY(!rewriting_);
  provisional_ = !on();
  base_only_ = false;
  if (provisional_) {
    directory_ = make_directory();
    if (Status opened = directory_->open(); !opened) return ready(opened);
  }
  carry_out(directory_->plan_increment(provisional_),
            [this, ready = std::move(ready)](AofChange& change, const Status& status) {
              if (status) directory_->adopt(change);
              if (!rewriting_) return ready(Status::failure("aborted"));
              rewriting_ = status.is_ok();
              if (status) prepared_ = change.take_file();
              ready(status);
            });
  rewriting_ = true;
}

void AppendOnly::begin_rewrite(bool continues) {
  VERIFY(prepared_ != nullptr);
  if (provisional_ && !continues) {
    prepared_.reset();
    base_only_ = true;
  } else if (provisional_) {
    bytes_before_ = base_bytes_ = 0;
    appended_before_ = log_.appended();
    log_.open(std::move(prepared_), 0);
  } else {
    log_.switch_to(std::move(prepared_), increment_);
    increment_ = directory_->manifest().increments.back().sequence;
  }
  appended_at_rewrite_ = log_.appended() + log_.buffered();
  losses_at_rewrite_ = engine_.journal_losses();
}

void AppendOnly::finish_rewrite(bool is_rdb, Done done) {
  const Result<uint64_t> base = files_.size(temporary_base_path());
  const uint64_t base_bytes = base ? base.value() : 0;
  carry_out(base_only_ ? directory_->plan_lone_base(is_rdb) : directory_->plan_new_base(is_rdb),
            [this, base_bytes, done = std::move(done)](AofChange& change, const Status& status) {
              if (status) {
                directory_->adopt(change);
                installed(base_bytes);
                // Planned before anything that `done` may begin: changes build on each other.
                clean_up();
                return done(status);
              }
              abort_rewrite();
              done(status);
            });
}

void AppendOnly::installed(uint64_t base_bytes) {
  rewriting_ = provisional_ = false;
  if (!base_only_) increment_ = directory_->manifest().increments.back().sequence;
  bytes_before_ = base_bytes_ = base_bytes;
  appended_before_ = appended_at_rewrite_;
  log_.healed();
  journal_losses_ = losses_at_rewrite_;
  if (journal_losses_ != engine_.journal_losses()) return;
  engine_.refuse_writes(Engine::RefusalCause::kJournal, {});
}

// What was begun as an increment stays one, unless nothing stands before it.
void AppendOnly::abort_rewrite() {
  rewriting_ = false;
  prepared_.reset();
  ends_ = provisional_ && on();
  provisional_ = false;
  directory_->remove_temporary_files();
}

// Where it fails the next start, or rewrite, tries again.
void AppendOnly::clean_up() {
  if (engine_.values().aof_disable_auto_gc) return;
  try {
    AofChange change = directory_->plan_clean_up();
    if (!change.has_changes()) return;
    carry_out(std::move(change), [this](AofChange& cleaned, const Status& status) {
      if (status) directory_->adopt(cleaned);
    });
  } catch (const std::bad_alloc&) {
  }
}

// A change that is under way doesn't know of it; its own end cleans up.
void AppendOnly::remove_history() {
  if (directory_ != nullptr && !rewriting_) clean_up();
}

// ---- How it stands.

std::string AppendOnly::refusal() const {
  if (log_.health()) return "";
  return "MISCONF Errors writing to the AOF file: " + log_.health().message();
}

void AppendOnly::tell(DurabilityFacts::AppendOnly& facts) const {
  facts.enabled = engine_.values().appendonly;
  facts.last_write_ok = log_.health().is_ok();
  facts.bytes = on() ? bytes() : 0;
  facts.base_bytes = base_bytes_;
  facts.buffered_bytes = log_.buffered();
  facts.pending_fsyncs = log_.pending_syncs();
  facts.delayed_fsyncs = log_.delayed_syncs();
  facts.fsync_us = log_.sync_ns() / 1000;
  facts.held_clients = engine_.reply_hold().count();
}

}  // namespace sorrel
