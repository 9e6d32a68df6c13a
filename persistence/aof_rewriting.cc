#include "persistence/aof_rewriting.h"

#include "persistence/aof_base_job.h"

#include <algorithm>
#include <new>
#include <utility>

namespace sorrel {
namespace {

constexpr uint64_t kFailuresBeforePause = 3;
constexpr uint64_t kPauseMinutesMax = 60;
constexpr Bytes kNoMemory = "no memory";

}  // namespace

AofRewriting::AofRewriting(Engine& engine, FileSystem& files, Executor& executor, AppendOnly& aof,
                           RdbSaving& rdb)
    : engine_(engine), files_(files), executor_(executor), aof_(aof), rdb_(rdb) {}

void AofRewriting::start() {
  VERIFY(!running_);
  running_ = true;
  cancelled_ = false;
  began_s_ = now_s();
  cow_bytes_ = 0;
  ++rewrites_;
  try {
    log(LogLevel::kNotice, "Background append only file rewriting started");
    aof_.prepare_rewrite([this](const Status& prepared) { begin(prepared); });
  } catch (const std::bad_alloc&) {
    ended(Status::failure(std::string(kNoMemory)));
  }
}

Status AofRewriting::write_first_base() {
  if (Status made = files_.make_directory(aof_.directory()); !made) return made;
  const std::shared_ptr<SnapshotWriter> job =
      make_aof_base_job(engine_, files_, rdb_, aof_.temporary_base_path(), [](SnapshotWriter&) {});
  const Status written = job->run_all();
  return written ? aof_.install_first_base(is_rdb_base(*job)) : written;
}

void AofRewriting::begin(const Status& prepared) {
  if (!prepared) return ended(prepared);
  if (cancelled_ || !aof_.can_begin()) {
    aof_.abort_rewrite();
    return ended(Status::failure("the file before it isn't on the disk yet"));
  }
  try {
    const std::shared_ptr<SnapshotWriter> job =
        make_aof_base_job(engine_, files_, rdb_, aof_.temporary_base_path(),
                          [this](SnapshotWriter& written) { this->written(written); });
    aof_.begin_rewrite(engine_.values().appendonly);
    executor_.submit(job);
    job_ = job;
  } catch (const std::bad_alloc&) {
    aof_.abort_rewrite();
    ended(Status::failure(std::string(kNoMemory)));
  }
}

void AofRewriting::written(const SnapshotWriter& job) {
  const std::shared_ptr<SnapshotWriter> kept = std::exchange(job_, nullptr);
  if (!job.status()) {
    aof_.abort_rewrite();
    return ended(job.status());
  }
  try {
    aof_.finish_rewrite(is_rdb_base(job), [this](const Status& installed) { ended(installed); });
  } catch (const std::bad_alloc&) {
    aof_.abort_rewrite();
    ended(Status::failure(std::string(kNoMemory)));
  }
}

void AofRewriting::ended(const Status& status) {
  running_ = false;
  last_seconds_ = now_s() - began_s_;
  last_cow_bytes_ = cow_bytes_;
  if (cancelled_) return;
  last_ok_ = status.is_ok();
  failures_ = status ? 0 : failures_ + 1;
  if (status) {
    log(LogLevel::kNotice, "Background AOF rewrite finished successfully");
  } else {
    log(LogLevel::kWarning, "Background AOF rewrite failed: " + status.message());
  }
}

void AofRewriting::cancel() {
  if (!running_) return;
  cancelled_ = true;
  if (job_) job_->abort();
}

bool AofRewriting::may_retry() const {
  if (failures_ < kFailuresBeforePause) return true;
  const uint64_t doublings = std::min<uint64_t>(failures_ - kFailuresBeforePause, 6);
  const uint64_t minutes = std::min(uint64_t{1} << doublings, kPauseMinutesMax);
  return now_s() - began_s_ >= static_cast<int64_t>(minutes * 60);
}

void AofRewriting::tell(DurabilityFacts::AppendOnly& facts) const {
  facts.rewriting = running_;
  facts.last_rewrite_seconds = last_seconds_;
  facts.current_rewrite_seconds = running_ ? now_s() - began_s_ : -1;
  facts.last_rewrite_ok = last_ok_;
  facts.rewrites = rewrites_;
  facts.rewrites_failed_in_a_row = failures_;
  facts.last_cow_bytes = last_cow_bytes_;
}

}  // namespace sorrel
