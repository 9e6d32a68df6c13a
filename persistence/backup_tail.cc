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
  if (file_ == nullptr || writing() || !health_ || gathered() == 0) return;
  if (gathered() < kEnoughBytes && engine_.now_ms() - written_ms_ < kEnoughMs) return;
  try {
    write_in_background();
  } catch (const std::bad_alloc&) {
    // The next tick tries again.
  }
}

// What there is behind that which other jobs have in hand.
void BackupTail::write_in_background(std::function<void(const Status&)> last) {
  const Journal& journal = engine_.journal();
  const uint64_t bytes = gathered() - in_hand_;
  auto pieces = journal_pieces(journal, reader_.offset() + in_hand_, journal.offset());
  const bool is_last = last != nullptr;
  executor_.submit(std::make_shared<OneStepJob>(
      [file = file_, at = end_ + in_hand_, pieces = std::move(pieces), is_last] {
        Status status = write_pieces(*file, at, pieces);
        if (!status) return status;
        return is_last ? file->sync() : file->sync_data();
      },
      [this, bytes, last = std::move(last)](const Status& status) {
        written(bytes, status);
        if (!last) return;
        close();
        last(health_);
      }));
  ++jobs_;
  in_hand_ += bytes;
  written_ms_ = engine_.now_ms();
}

void BackupTail::written(uint64_t bytes, const Status& status) {
  --jobs_;
  in_hand_ -= bytes;
  if (file_ == nullptr) return release();
  if (health_) health_ = status;
  if (!health_) return;
  end_ += bytes;
  engine_.journal().advance(reader_, bytes);
}

void BackupTail::finish(std::function<void(const Status&)> done) {
  write_in_background(std::move(done));
}

void BackupTail::close() {
  file_.reset();
  release();
}

void BackupTail::release() {
  if (writing()) return;
  if (std::exchange(attached_, false)) engine_.journal().detach(reader_);
}

}  // namespace sorrel
