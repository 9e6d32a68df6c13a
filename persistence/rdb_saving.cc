#include "persistence/rdb_saving.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

// A disk that is full or broken isn't asked again at every tick.
constexpr int64_t kRetrySeconds = 5;

RdbWriter::Access access_of(EvictionPolicy policy) {
  if (is_lfu(policy)) return RdbWriter::Access::kFrequency;
  switch (policy) {
    case EvictionPolicy::kAllkeysLru:
    case EvictionPolicy::kVolatileLru:
    case EvictionPolicy::kAllkeysLrm:
    case EvictionPolicy::kVolatileLrm:
      return RdbWriter::Access::kIdleTime;
    default:
      return RdbWriter::Access::kNone;
  }
}

}  // namespace

RdbSaving::RdbSaving(Engine& engine, FileSystem& files, Executor& executor,
                     std::function<void()> changed)
    : engine_(engine),
      files_(files),
      executor_(executor),
      changed_(std::move(changed)),
      last_save_s_(engine.now_ms() / 1000),
      saved_changes_(engine.books().dirty) {}

std::string RdbSaving::path() const {
  const SettingValues& values = engine_.values();
  return join_path(values.dir, values.dbfilename);
}

SnapshotWriter::Terms RdbSaving::terms(const Snapshot& snapshot) const {
  const SettingValues& values = engine_.values();
  SnapshotWriter::Terms terms;
  terms.format.version =
      rdb_version_for(static_cast<int>(values.rdb_version), snapshot.has_expiring_elements());
  terms.format.compress = values.rdbcompression;
  terms.format.checksum = values.rdbchecksum;
  terms.format.access = access_of(values.maxmemory_policy);
  terms.format.lfu_decay_minutes = static_cast<int>(values.lfu_decay_time);
  terms.format.now_ms = snapshot.now_ms();
  terms.info.used_memory = snapshot.used_memory();
  terms.syncs_on_the_way = values.rdb_save_incremental_fsync;
  return terms;
}

void RdbSaving::slow_down(SnapshotWriter::Terms& terms) const {
  terms.key_delay_us = engine_.values().rdb_key_save_delay;
  terms.sleep_us = [&host = engine_.host()](int64_t us) { host.sleep_us(us); };
}

std::shared_ptr<const Snapshot> RdbSaving::freeze() {
  const int64_t began_ns = engine_.clock().monotonic_ns();
  auto snapshot = std::make_shared<const Snapshot>(engine_);
  last_freeze_ns_ = engine_.clock().monotonic_ns() - began_ns;
  ++freezes_;
  return snapshot;
}

// ---- On the loop.

Status RdbSaving::write(const std::string& path) {
  auto snapshot = std::make_shared<const Snapshot>(engine_);
  SnapshotWriter::Terms terms = this->terms(*snapshot);
  // Not the name that a background save of the same file uses.
  terms.temporary = join_path(directory_of(path), "temp-now-" + path.substr(path.rfind('/') + 1));
  terms.target = path;
  return SnapshotWriter(files_, std::move(snapshot), std::move(terms)).run_all();
}

Status RdbSaving::save_copy(const std::string& path) {
  return write(path);
}

Status RdbSaving::save_now() {
  ++saves_;
  const uint64_t changes = engine_.books().dirty;
  const Status written = write(path());
  if (written) {
    engine_.host().log(LogLevel::kNotice, "DB saved on disk");
    succeeded(changes);
  } else {
    engine_.host().log(LogLevel::kWarning, "Error saving the DB: " + written.message());
  }
  return written;
}

// ---- In the background.

void RdbSaving::start() {
  last_try_s_ = began_s_ = now_s();
  cow_bytes_ = 0;
  std::shared_ptr<const Snapshot> snapshot = freeze();
  SnapshotWriter::Terms terms = this->terms(*snapshot);
  terms.target = path();
  terms.temporary = join_path(engine_.values().dir, "temp-" + engine_.values().dbfilename);
  terms.done = [this](SnapshotWriter& job) { ended(job); };
  slow_down(terms);
  const auto job = std::make_shared<SnapshotWriter>(files_, std::move(snapshot), std::move(terms));
  engine_.host().log(LogLevel::kNotice, "Background saving started");
  executor_.submit(job);
  job_ = job;
  ++saves_;
}

void RdbSaving::cancel() {
  if (job_ != nullptr) job_->abort();
}

void RdbSaving::ended(const SnapshotWriter& job) {
  const std::shared_ptr<SnapshotWriter> kept = std::exchange(job_, nullptr);
  last_seconds_ = now_s() - began_s_;
  last_cow_bytes_ = cow_bytes_;
  if (job.status()) {
    engine_.host().log(LogLevel::kNotice, "DB saved on disk");
    engine_.host().log(LogLevel::kNotice, "Background saving terminated with success");
    return succeeded(job.changes());
  }
  if (job.aborted()) {
    engine_.host().log(LogLevel::kWarning, "Background saving cancelled");
    return;
  }
  engine_.host().log(LogLevel::kWarning, "Background saving error: " + job.status().message());
  failed(job.status());
}

void RdbSaving::succeeded(uint64_t changes) {
  saved_changes_ = changes;
  last_save_s_ = now_s();
  last_ok_ = true;
  last_error_.clear();
  changed_();
}

void RdbSaving::failed(const Status& status) {
  last_ok_ = false;
  last_error_ = status.message();
  changed_();
}

// ---- When.

uint64_t RdbSaving::changes_since_save() const {
  return engine_.books().dirty - saved_changes_;
}

void RdbSaving::count_as_saved() {
  saved_changes_ = engine_.books().dirty;
  last_save_s_ = now_s();
}

bool RdbSaving::may_retry() const {
  return last_ok_ || now_s() - last_try_s_ > kRetrySeconds;
}

std::optional<SavePoint> RdbSaving::due() const {
  if (!may_retry()) return std::nullopt;
  const uint64_t changes = changes_since_save();
  for (const SavePoint& point : engine_.values().save) {
    if (changes >= static_cast<uint64_t>(point.changes) && now_s() - last_save_s_ > point.seconds) {
      return point;
    }
  }
  return std::nullopt;
}

// ---- What INFO tells.

void RdbSaving::note_cow(size_t bytes) {
  cow_bytes_ = std::max(cow_bytes_, bytes);
}

void RdbSaving::tell(DurabilityFacts& facts) const {
  facts.freezes = freezes_;
  facts.last_freeze_us = last_freeze_ns_ / 1000;
  DurabilityFacts::Snapshot& rdb = facts.rdb;
  rdb.changes_since_save = changes_since_save();
  rdb.running = running();
  rdb.last_ok = last_ok_;
  rdb.last_save_time = last_save_s_;
  rdb.last_seconds = last_seconds_;
  rdb.current_seconds = running() ? now_s() - began_s_ : -1;
  rdb.saves = saves_;
  rdb.last_cow_bytes = last_cow_bytes_;
  if (!running()) return;
  facts.keys_saved = job_->keys_written();
  facts.keys_to_save = job_->keys();
  facts.cow_bytes_peak = cow_bytes_;
}

}  // namespace sorrel
