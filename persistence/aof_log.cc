#include "persistence/aof_log.h"

#include "core/base/crc64.h"
#include "persistence/aof_note.h"
#include "persistence/journal_pieces.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

// A batch up to this is written by one call, from one piece of memory.
constexpr uint64_t kGatheredBytesMax = 64 << 10;
// More than the notes around a batch take.
constexpr uint64_t kNotesBytesMax = 128;
// Space is made ahead in such steps, when less than half of one is left, by writes of such a size.
constexpr uint64_t kAheadBytes = 1 << 20;
constexpr uint64_t kFillBytes = 64 << 10;
// So much of it stays behind every commit.
constexpr uint64_t kFillLeftBytesMin = 2 * kAofFillLineBytes;
// A disk that syncs in less is waited for.
constexpr int64_t kQuickSyncNs = 500'000;
// How much one sync counts in the average: an eighth.
constexpr int64_t kSyncWeight = 8;
constexpr int64_t kSyncIntervalMs = 1000;
constexpr int64_t kRetryMs = 1000;
constexpr int64_t kPutOffMsMax = 2000;
// What one turn writes of that which has piled up while a sync went on.
constexpr uint64_t kBacklogBytesPerTurn = 256 << 10;

}  // namespace

AofLog::AofLog(Engine& engine, Executor& executor, std::function<void()> changed)
    : engine_(engine), executor_(executor), changed_(std::move(changed)) {}

AofLog::~AofLog() {
  VERIFY(!is_open());
}

void AofLog::open(std::unique_ptr<File> file, uint64_t size) {
  VERIFY(!is_open());
  const auto target = std::make_shared<Target>();
  target->file = std::move(file);
  target->end = target->allocated = size;
  engine_.journal().attach(reader_);
  file_ = target;
  synced_ = flushed_at_ = reader_.offset();
  torn_ = wants_flush_ = false;
  engine_.reply_hold().set_durable(synced_);
  last_sync_ms_ = engine_.now_ms();
  last_unix_s_ = 0;
  follow_policy();
}

void AofLog::switch_to(std::unique_ptr<File> next, uint64_t sequence) {
  VERIFY(is_open() && !switching());
  next_ = std::make_shared<Target>();
  next_->file = std::move(next);
  boundary_ = engine_.journal().offset();
  sequence_ = sequence;
  engine_.journal().forget_database();
  go_on_in_next();
}

void AofLog::close() {
  if (!is_open()) return;
  commit_now();
  executor_.drain();
  // What the disk doesn't take is lost, and whoever closes has been told.
  Status closed = file_->file->truncate(file_->end);
  if (closed) closed = file_->file->sync();
  if (!closed) log(LogLevel::kWarning, "Closing the AOF file: " + closed.message());
  // Replies to what is lost are never sent.
  if (health_) engine_.reply_hold().set_mode(ReplyHold::Mode::kOff);
  engine_.journal().detach(reader_);
  file_.reset();
  next_.reset();
  previous_.reset();
  lost_ = false;
  if (health_) return;
  health_ = Status::ok();
  changed_();
}

// ---- In every turn.

void AofLog::follow_policy() {
  ReplyHold& hold = engine_.reply_hold();
  if (policy() != AppendFsync::kAlways) return hold.set_mode(ReplyHold::Mode::kOff);
  hold.set_mode(health_ ? ReplyHold::Mode::kAll : ReplyHold::Mode::kOwnWrites);
}

uint64_t AofLog::limit() const {
  return next_ ? boundary_ : engine_.journal().offset();
}

uint64_t AofLog::buffered() const {
  return is_open() ? engine_.journal().offset() - reader_.offset() : 0;
}

void AofLog::flush() {
  if (!is_open()) return;
  follow_policy();
  wants_flush_ = false;
  // Where there was no memory for it before.
  if (switching()) go_on_in_next();
  if (policy() == AppendFsync::kAlways) return extend_when_due();
  // `always` was left meanwhile: what is being committed counts as unwritten until it is done.
  if (committing_) return;
  // All that has come since the last time, and of what had piled up a part.
  const uint64_t end = engine_.journal().offset();
  const uint64_t until =
      std::min(end, reader_.offset() + (end - flushed_at_) + kBacklogBytesPerTurn);
  flushed_at_ = end;
  while (unwritten() > 0 && reader_.offset() < until && write_pending(until)) {
  }
  wants_flush_ = reader_.offset() == until && until < end;
  sync_when_due();
}

bool AofLog::wants_commit() const {
  if (!is_open() || policy() != AppendFsync::kAlways || job_running_) return false;
  if (reader_.offset() == limit() && durable() >= reader_.offset()) return false;
  // Where fill is being written nothing else is.
  if (extending_ && !fits(unwritten() + kNotesBytesMax)) return false;
  return health_ || engine_.now_ms() >= retry_ms_;
}

void AofLog::commit() {
  if (!wants_commit()) return;
  if (sync_ns_ < kQuickSyncNs || torn_) {
    commit_on_loop();
  } else {
    commit_in_background();
  }
}

void AofLog::commit_now() {
  if (!is_open()) return;
  if (job_running_ || extending_) executor_.drain();
  commit_on_loop();
  // What came behind a change of files.
  if (!switching()) return;
  executor_.drain();
  if (!switching()) commit_on_loop();
}

// ---- Writing.

Status AofLog::Batch::write_to(Target& target) const {
  if (Status written = target.file->write_at(target.end, head); !written) return written;
  return write_pieces(*target.file, target.end + head.size(), pieces);
}

AofLog::Batch AofLog::gather(bool summed, uint64_t until) {
  Batch batch;
  batch.head = file_->preface;
  batch.journal_end = std::min(limit(), until);
  batch.torn = batch.journal_end < limit();
  const int64_t unix_s = engine_.now_ms() / 1000;
  if (engine_.values().aof_timestamp_enabled && unix_s > last_unix_s_ && !torn_) {
    batch.unix_s = unix_s;
    batch.head += aof_time_note(unix_s);
  }
  batch.pieces = journal_pieces(engine_.journal(), reader_.offset(), batch.journal_end);
  batch.bytes = batch.head.size() + (batch.journal_end - reader_.offset());
  batch.summed = summed && batch.bytes > 0;
  if (batch.summed) batch.sum_up(file_->end);
  if (batch.bytes <= kGatheredBytesMax) {
    for (const Bytes piece : batch.pieces) batch.head.append(piece);
    batch.pieces.clear();
  }
  return batch;
}

void AofLog::Batch::sum_up(uint64_t place) {
  const uint64_t end = place + aof_sum_note(bytes, 0).size() + bytes;
  if (aof_fill_at(end) == '\n') {
    head += kAofPadding;
    bytes += kAofPadding.size();
  }
  uint64_t sum = crc64(0, head);
  for (const Bytes piece : pieces) sum = crc64(sum, piece);
  const std::string note = aof_sum_note(bytes, sum);
  head.insert(0, note);
  bytes += note.size();
}

// everysec and no. True when something was written.
bool AofLog::write_pending(uint64_t until) {
  if (!health_ && engine_.now_ms() < retry_ms_) return false;
  if (put_off_for_sync() || !give_back_space()) return false;
  const Batch batch = gather(false, until);
  const int64_t began_ns = engine_.clock().monotonic_ns();
  const Status status = batch.write_to(*file_);
  note_spike(job_running_ ? "aof-write-pending-fsync" : "aof-write-alone", began_ns);
  note_spike("aof-write", began_ns);
  if (!status) {
    failed(status, "Error writing to the AOF file: ");
    return false;
  }
  written(*file_, batch);
  if (!lost_) recovered();
  go_on_in_next();
  return true;
}

bool AofLog::put_off_for_sync() {
  if (!job_running_ || previous_ || policy() != AppendFsync::kEverySecond) {
    put_off_since_ms_ = 0;
    return false;
  }
  const int64_t now_ms = engine_.now_ms();
  if (put_off_since_ms_ == 0) put_off_since_ms_ = now_ms;
  if (now_ms - put_off_since_ms_ < kPutOffMsMax) return true;
  put_off_since_ms_ = 0;
  ++delayed_syncs_;
  log(LogLevel::kNotice,
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without "
      "waiting for fsync to complete, this may slow down Redis.");
  return false;
}

// What isn't summed isn't written over fill: a crash could leave some of it in its middle. False
// while that is still being written.
bool AofLog::give_back_space() {
  if (extending_) return false;
  if (file_->allocated <= file_->end) return true;
  file_->allocated = file_->end;
  const Status cut = file_->file->truncate(file_->end);
  if (!cut) failed(cut, "Error truncating the AOF file: ");
  return cut.is_ok();
}

void AofLog::written(Target& target, const Batch& batch) {
  target.end += batch.bytes;
  target.preface.clear();
  appended_ += batch.bytes;
  torn_ = batch.torn;
  if (batch.unix_s != 0) last_unix_s_ = batch.unix_s;
  engine_.journal().advance(reader_, batch.journal_end - reader_.offset());
}

void AofLog::sync_when_due() {
  if (job_running_ || switching() || !health_ || durable() == reader_.offset()) return;
  if (!sync_wanted_ && (policy() == AppendFsync::kNo || !syncs_)) return;
  if (engine_.now_ms() - last_sync_ms_ < kSyncIntervalMs) return;
  last_sync_ms_ = engine_.now_ms();
  sync_wanted_ = false;
  start_job([target = file_] { return target->file->sync_data(); },
            [this, synced = reader_.offset()](const Status& status) {
              if (!status) return sync_failed(status);
              synced_ = synced;
              engine_.reply_hold().set_durable(synced);
            });
}

bool AofLog::fits(uint64_t bytes) const {
  return file_->end + bytes + kFillLeftBytesMin <= file_->allocated;
}

// ---- Commits.

void AofLog::commit_on_loop() {
  if (reader_.offset() == limit() && durable() >= reader_.offset()) return;
  const bool summed = policy() == AppendFsync::kAlways && !torn_;
  if (!summed && !give_back_space()) return;
  const Batch batch = gather(summed);
  if (!fits(batch.bytes) && !give_back_space()) return;
  const int64_t began_ns = engine_.clock().monotonic_ns();
  Status status = batch.write_to(*file_);
  note_spike("aof-write", began_ns);
  const int64_t sync_ns = engine_.clock().monotonic_ns();
  if (status) status = file_->file->sync_data();
  note_spike("aof-fsync-always", sync_ns);
  measure(engine_.clock().monotonic_ns() - sync_ns);
  committed(*file_, batch, status);
}

void AofLog::commit_in_background() {
  const int64_t began_ns = engine_.clock().monotonic_ns();
  const auto batch = std::make_shared<const Batch>(gather(true));
  if (!fits(batch->bytes) && !give_back_space()) return;
  start_job(
      [target = file_, batch] {
        Status status = batch->write_to(*target);
        return status ? target->file->sync_data() : status;
      },
      [this, target = file_, batch, began_ns](const Status& status) {
        committing_ = false;
        note_spike("aof-fsync-always", began_ns);
        measure(engine_.clock().monotonic_ns() - began_ns);
        committed(*target, *batch, status);
      });
  committing_ = true;
}

void AofLog::committed(Target& target, const Batch& batch, const Status& status) {
  if (!status) {
    // What was written under another policy can't be written again.
    lost_ |= durable() < reader_.offset();
    return failed(status, "Error writing to the AOF file: ");
  }
  written(target, batch);
  target.summed |= batch.summed;
  synced_ = batch.journal_end;
  settle();
  go_on_in_next();
}

// What comes behind something lost isn't safe before that is healed.
void AofLog::settle() {
  if (lost_) {
    retry_ms_ = engine_.now_ms() + kRetryMs;
    return;
  }
  recovered();
  engine_.reply_hold().set_durable(synced_);
}

void AofLog::measure(int64_t ns) {
  sync_ns_ += (ns - sync_ns_) / kSyncWeight;
}

// In pieces that end with a line's end, wherever it is interrupted.
Status AofLog::Target::extend(uint64_t size) const {
  const Result<uint64_t> now = file->size();
  if (!now) return now.status();
  for (uint64_t at = now.value(); at < size;) {
    const std::string fill = aof_fill(at, kFillBytes - at % kFillBytes);
    if (Status written = file->write_at(at, fill); !written) {
      // What doesn't count as made isn't there either.
      static_cast<void>(file->truncate(now.value()));
      return written;
    }
    at += fill.size();
  }
  return Status::ok();
}

void AofLog::extend_when_due() {
  // Before the first sum nothing tells what a crash tore from what was written ahead.
  if (extending_ || switching() || !file_->summed) return;
  if (engine_.now_ms() < extend_ms_ || !health_) return;
  if (file_->end + kAheadBytes / 2 <= file_->allocated) return;
  const uint64_t size = (file_->end / kFillBytes + 1) * kFillBytes + kAheadBytes;
  executor_.submit(std::make_shared<OneStepJob>(
      [target = file_, size] {
        Status status = target->extend(size);
        return status ? target->file->sync() : status;
      },
      [this, target = file_, size](const Status& status) {
        extending_ = false;
        // A disk without room shows when something is to be written.
        if (!status) extend_ms_ = engine_.now_ms() + kRetryMs;
        if (status) target->allocated = size;
      }));
  extending_ = true;
}

// ---- Failures.

void AofLog::failed(const Status& status, Bytes what) {
  retry_ms_ = engine_.now_ms() + kRetryMs;
  if (health_) log(LogLevel::kWarning, std::string(what) + status.message());
  health_ = status;
  follow_policy();
  changed_();
}

void AofLog::recovered() {
  retry_ms_ = 0;
  if (health_) return;
  log(LogLevel::kWarning, "AOF write error looks solved. The server can write again.");
  health_ = Status::ok();
  follow_policy();
  changed_();
}

void AofLog::sync_failed(const Status& status) {
  lost_ = true;
  failed(status, "Fail to fsync the AOF file: ");
}

void AofLog::healed() {
  if (std::exchange(lost_, false)) settle();
}

// ---- The change of files.

// The next file is written as soon as the present one is, not when that is on the disk: a process
// may be killed meanwhile. A power cut may take what comes first and leave what comes behind it, so
// the next one begins with how long the one before it has to be.
void AofLog::go_on_in_next() {
  if (next_ != nullptr && reader_.offset() == boundary_) {
    next_->preface = aof_after_note(sequence_, file_->end);
    previous_ = std::exchange(file_, std::exchange(next_, nullptr));
  }
  sync_previous();
}

void AofLog::sync_previous() {
  if (previous_ == nullptr || job_running_) return;
  start_job(
      [target = previous_] {
        Status status = target->file->truncate(target->end);
        return status ? target->file->sync() : status;
      },
      [this](const Status& status) {
        previous_.reset();
        const bool was_safe = durable() >= boundary_;
        if (!status && !was_safe) return sync_failed(status);
        synced_ = std::max(synced_, boundary_);
        if (!lost_) engine_.reply_hold().set_durable(synced_);
      });
}

void AofLog::start_job(std::function<Status()> work, std::function<void(const Status&)> done) {
  VERIFY(!job_running_);
  executor_.submit(
      std::make_shared<OneStepJob>(std::move(work), [this, done](const Status& status) {
        job_running_ = false;
        done(status);
        sync_previous();
      }));
  job_running_ = true;
}

void AofLog::note_spike(Bytes event, int64_t began_ns) {
  LatencyMonitor& latency = engine_.latency();
  if (!latency.enabled()) return;
  const int64_t ms = (engine_.clock().monotonic_ns() - began_ns) / 1'000'000;
  if (latency.wants(ms)) latency.add(event, ms, engine_.now_ms() / 1000);
}

}  // namespace sorrel
