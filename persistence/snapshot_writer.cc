#include "persistence/snapshot_writer.h"

#include <algorithm>
#include <utility>

namespace sorrel {
namespace {

// How soon an abort is noticed in the middle of a wait.
constexpr int64_t kSleepPieceUs = 10'000;

class RdbFormat final : public SnapshotFormat {
 public:
  RdbFormat(ByteSink& sink, const SnapshotWriter::Terms& terms)
      : writer_(sink, terms.format), info_(terms.info) {}
  Status begin() override { return writer_.begin(info_); }
  Status select_db(uint64_t number, uint64_t keys, uint64_t expires) override {
    return writer_.select_db(number, keys, expires);
  }
  Status entry(const Entry& entry) override { return writer_.entry(entry); }
  Status end() override { return writer_.end(); }
  uint64_t bytes() const override { return writer_.bytes(); }

 private:
  RdbWriter writer_;
  const RdbWriter::Info& info_;
};

}  // namespace

class SnapshotWriter::StoppableSink final : public ByteSink {
 public:
  StoppableSink(File& file, const SnapshotWriter& job)
      : sink_(file, job.terms_.syncs_on_the_way), job_(job) {}
  Status write(Bytes bytes) override {
    if (job_.aborted()) return Status::failure("aborted");
    Status written = sink_.write(bytes);
    job_.piece_done();
    return written;
  }

 private:
  FileSink sink_;
  const SnapshotWriter& job_;
};

SnapshotWriter::SnapshotWriter(FileSystem& files, std::shared_ptr<const Snapshot> snapshot,
                               Terms terms)
    : files_(files),
      snapshot_(std::move(snapshot)),
      terms_(std::move(terms)),
      keys_(snapshot_->keys()),
      changes_(snapshot_->changes()) {}

SnapshotWriter::~SnapshotWriter() = default;

Status SnapshotWriter::run_all() {
  while (run_step()) {
  }
  snapshot_.reset();
  return status_;
}

void SnapshotWriter::completed() {
  // Before anybody is told: whoever is told may begin the next one.
  snapshot_.reset();
  terms_.done(*this);
}

bool SnapshotWriter::run_step() {
  if (stage_ == Stage::kEnded) return false;
  const Status status = aborted() ? Status::failure("aborted") : attempt([this] { return step(); });
  if (!status) end(status);
  return stage_ != Stage::kEnded;
}

Status SnapshotWriter::step() {
  switch (stage_) {
    case Stage::kOpening:
      return open();
    case Stage::kWriting:
      return write_segment();
    case Stage::kClosing:
      return close();
    case Stage::kReplacing:
      return replace();
    case Stage::kEnded:
      break;
  }
  return Status::ok();
}

Status SnapshotWriter::open() {
  Result<std::unique_ptr<File>> file = files_.open(terms_.temporary, FileSystem::Mode::kReplace);
  if (!file) return file.status();
  opened_ = true;
  file_ = std::move(file.value());
  sink_ = std::make_unique<StoppableSink>(*file_, *this);
  writer_ = terms_.other_format ? terms_.other_format(*sink_)
                                : std::make_unique<RdbFormat>(*sink_, terms_);
  if (Status begun = writer_->begin(); !begun) return begun.with(terms_.temporary);
  return next_database();
}

Status SnapshotWriter::next_database() {
  if (database_ == snapshot_->databases().size()) {
    stage_ = Stage::kClosing;
    return Status::ok();
  }
  stage_ = Stage::kWriting;
  const Snapshot::Database& db = snapshot_->databases()[database_];
  return writer_->select_db(static_cast<uint64_t>(db.number), db.view.size(), db.expiring_keys)
      .with(terms_.temporary);
}

Status SnapshotWriter::write_segment() {
  Status written = Status::ok();
  position_ = snapshot_->databases()[database_].view.visit_segment(
      position_, [this, &written](const Entry& entry) {
        if (written) written = write_entry(entry);
      });
  if (!written) return written.with(terms_.temporary);
  if (position_ != 0) return Status::ok();
  ++database_;
  return next_database();
}

Status SnapshotWriter::write_entry(const Entry& entry) {
  Status written = writer_->entry(entry);
  keys_written_.store(keys_written() + 1, std::memory_order_relaxed);
  return written && terms_.key_delay_us > 0 ? wait_behind_key() : written;
}

Status SnapshotWriter::wait_behind_key() const {
  for (int64_t left = terms_.key_delay_us; left > 0; left -= kSleepPieceUs) {
    if (aborted()) return Status::failure("aborted");
    terms_.sleep_us(std::min(left, kSleepPieceUs));
  }
  return Status::ok();
}

Status SnapshotWriter::close() {
  if (Status ended = writer_->end(); !ended) return ended.with(terms_.temporary);
  if (Status synced = file_->sync(); !synced) return synced.with(terms_.temporary);
  bytes_ = writer_->bytes();
  file_.reset();
  stage_ = Stage::kReplacing;
  return Status::ok();
}

// From the rename on the new file stands there; that its name is safe, too, is known when the
// directory has been forced to disk.
Status SnapshotWriter::replace() {
  if (!terms_.target.empty()) {
    if (Status renamed = files_.rename(terms_.temporary, terms_.target); !renamed) return renamed;
    opened_ = false;
    if (Status synced = files_.sync_directory(directory_of(terms_.target)); !synced) {
      return synced.with(directory_of(terms_.target));
    }
  }
  end(Status::ok());
  return Status::ok();
}

void SnapshotWriter::end(Status status) {
  status_ = std::move(status);
  stage_ = Stage::kEnded;
  writer_.reset();
  sink_.reset();
  file_.reset();
  // The failure that matters is the one before.
  if (!status_ && opened_) static_cast<void>(files_.remove(terms_.temporary));
}

}  // namespace sorrel
