#include "persistence/backup_tail.h"

#include "persistence/journal_pieces.h"

#include <new>
#include <utility>

namespace sorrel {
namespace {

// So much is written at once, or what there is after so long.
constexpr uint64_t kEnoughBytes = 4 << 20;
constexpr int64_t kEnoughMs = 1000;

}  // namespace

BackupTail::~BackupTail() {
  VERIFY(!attached_);
}

void BackupTail::open(std::unique_ptr<File> file) {
  VERIFY(!attached_);
  file_ = std::move(file);
  engine_.journal().attach(reader_);
  attached_ = true;
  end_ = 0;
  written_ms_ = engine_.now_ms();
  health_ = Status::ok();
}

void BackupTail::tick() {
  if (file_ == nullptr || writing_ || !health_ || gathered() == 0) return;
  if (gathered() < kEnoughBytes && engine_.now_ms() - written_ms_ < kEnoughMs) return;
  try {
    write_in_background();
  } catch (const std::bad_alloc&) {
    // The next tick tries again.
  }
}

void BackupTail::write_in_background() {
  const uint64_t bytes = gathered();
  auto pieces = journal_pieces(engine_.journal(), reader_.offset(), engine_.journal().offset());
  executor_.submit(std::make_shared<OneStepJob>(
      [file = file_, at = end_, pieces = std::move(pieces)] {
        Status status = write_pieces(*file, at, pieces);
        return status ? file->sync_data() : status;
      },
      [this, bytes](const Status& status) {
        writing_ = false;
        if (file_ == nullptr) return release();
        health_ = status;
        if (!status) return;
        end_ += bytes;
        engine_.journal().advance(reader_, bytes);
      }));
  writing_ = true;
  written_ms_ = engine_.now_ms();
}

Status BackupTail::finish() {
  if (writing_) executor_.drain();
  const Status status = attempt([this] { return write_all(); });
  close();
  return status;
}

Status BackupTail::write_all() {
  if (!health_) return health_;
  const auto pieces =
      journal_pieces(engine_.journal(), reader_.offset(), engine_.journal().offset());
  Status status = write_pieces(*file_, end_, pieces);
  return status ? file_->sync() : status;
}

void BackupTail::close() {
  file_.reset();
  if (!writing_) release();
}

void BackupTail::release() {
  if (std::exchange(attached_, false)) engine_.journal().detach(reader_);
}

}  // namespace sorrel
