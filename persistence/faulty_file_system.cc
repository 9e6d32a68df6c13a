#include "persistence/faulty_file_system.h"

#include "persistence/posix_file_system.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sorrel {
namespace {

constexpr size_t kSectorBytes = 512;

std::string plain(const std::string& path) {
  Bytes rest = path;
  while (rest.substr(0, 2) == "./") rest.remove_prefix(2);
  return std::string(rest);
}

}  // namespace

class FaultyFileSystem::OpenFile final : public File {
 public:
  OpenFile(FaultyFileSystem& files, std::unique_ptr<File> live, std::shared_ptr<Disk> disk)
      : files_(files), live_(std::move(live)), disk_(std::move(disk)), crashes_(files.crashes_) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    const std::lock_guard held(files_.mutex_);
    if (Status here = look(); !here) return here;
    return live_->read_at(offset, out, size);
  }

  Status write_at(uint64_t offset, Bytes bytes) override {
    const std::lock_guard held(files_.mutex_);
    if (Status here = look(); !here) return here;
    const bool powered_before = files_.powered();
    if (Status powered = files_.spend(); !powered) {
      if (powered_before) write_part(offset, bytes);
      return powered;
    }
    if (Status spared = files_.strike(files_.write_fault_); !spared) {
      write_part(offset, bytes);
      return spared;
    }
    const uint64_t fits = room_behind(offset);
    if (bytes.size() <= fits) return record(Change{offset, std::string(bytes), false});
    if (Status part = record(Change{offset, std::string(bytes.substr(0, fits)), false}); !part) {
      return part;
    }
    return errno_failure(ENOSPC);
  }

  Status sync() override {
    const std::lock_guard held(files_.mutex_);
    if (Status here = look(); !here) return here;
    if (Status powered = files_.spend(); !powered) return powered;
    if (Status spared = files_.strike(files_.sync_fault_); !spared) {
      files_.fail_sync_of(*disk_);
      return spared;
    }
    files_.sync(*disk_);
    return Status::ok();
  }

  Status sync_data() override { return sync(); }

  Status truncate(uint64_t size) override {
    const std::lock_guard held(files_.mutex_);
    if (Status here = look(); !here) return here;
    if (Status powered = files_.spend(); !powered) return powered;
    return record(Change{size, {}, true});
  }

  Result<uint64_t> size() override {
    const std::lock_guard held(files_.mutex_);
    if (Status here = look(); !here) return here;
    return live_->size();
  }

 private:
  Status look() const {
    return crashes_ == files_.crashes_ ? Status::ok() : errno_failure(EIO).with("after a crash");
  }

  Status record(Change change) {
    Status done = change.sets_size ? live_->truncate(change.offset)
                                   : live_->write_at(change.offset, change.bytes);
    if (done) disk_->unsynced.push_back(std::move(change));
    return done;
  }

  void write_part(uint64_t offset, Bytes bytes) {
    const size_t part = files_.random_.below(bytes.size() + 1);
    static_cast<void>(record(Change{offset, std::string(bytes.substr(0, part)), false}));
  }

  // How much may be written at `offset`, which may lie within the file.
  uint64_t room_behind(uint64_t offset) const {
    if (files_.capacity_ == kUnlimited) return kUnlimited / 2;
    const Result<uint64_t> size = live_->size();
    const uint64_t within = size && size.value() > offset ? size.value() - offset : 0;
    const uint64_t used = files_.used_bytes();
    return within + (files_.capacity_ > used ? files_.capacity_ - used : 0);
  }

  FaultyFileSystem& files_;
  const std::unique_ptr<File> live_;
  const std::shared_ptr<Disk> disk_;
  const uint64_t crashes_;
};

FaultyFileSystem::FaultyFileSystem(uint64_t seed) : random_(seed) {}
FaultyFileSystem::~FaultyFileSystem() = default;

// ---- What goes wrong.

void FaultyFileSystem::fail_write(uint64_t nth, int error_number) {
  const std::lock_guard held(mutex_);
  write_fault_ = Fault{nth, false, error_number};
}

void FaultyFileSystem::fail_sync(uint64_t nth, int error_number) {
  const std::lock_guard held(mutex_);
  sync_fault_ = Fault{nth, false, error_number};
}

void FaultyFileSystem::fail_writes_from(uint64_t nth, int error_number) {
  const std::lock_guard held(mutex_);
  write_fault_ = Fault{nth, true, error_number};
}

void FaultyFileSystem::fail_syncs_from(uint64_t nth, int error_number) {
  const std::lock_guard held(mutex_);
  sync_fault_ = Fault{nth, true, error_number};
}

void FaultyFileSystem::set_capacity(uint64_t bytes) {
  const std::lock_guard held(mutex_);
  capacity_ = bytes;
}

void FaultyFileSystem::cut_power_at(uint64_t nth) {
  const std::lock_guard held(mutex_);
  power_until_ = nth == 0 ? kUnlimited : changes_ + nth;
}

bool FaultyFileSystem::has_power() const {
  const std::lock_guard held(mutex_);
  return powered();
}

uint64_t FaultyFileSystem::changes() const {
  const std::lock_guard held(mutex_);
  return changes_;
}

Status FaultyFileSystem::spend() {
  if (changes_ + 1 < power_until_) {
    ++changes_;
    return Status::ok();
  }
  changes_ = power_until_;
  return errno_failure(EIO).with("no power");
}

Status FaultyFileSystem::strike(Fault& fault) {
  if (fault.at == 0 || (fault.at > 1 && --fault.at > 0)) return Status::ok();
  if (!fault.stays) fault.at = 0;
  return errno_failure(fault.error_number);
}

// ---- Crash.

void FaultyFileSystem::apply(const Change& change, std::string& bytes) {
  if (change.sets_size) return bytes.resize(change.offset);
  if (change.bytes.empty()) return;
  if (bytes.size() < change.offset + change.bytes.size()) {
    bytes.resize(change.offset + change.bytes.size());
  }
  bytes.replace(change.offset, change.bytes.size(), change.bytes);
}

void FaultyFileSystem::sync(Disk& disk) {
  for (const Change& change : disk.unsynced) apply(change, disk.synced);
  disk.unsynced.clear();
}

void FaultyFileSystem::fail_sync_of(Disk& disk) {
  for (const Change& change : disk.unsynced) {
    if (random_.below(2) == 0) apply(change, disk.synced);
  }
  disk.unsynced.clear();
}

void FaultyFileSystem::keep_some_writes(Disk& disk) {
  // How many of the changes of size are kept; in one crash of four all, in one none.
  const uint64_t mood = random_.below(4);
  const size_t count = disk.unsynced.size();
  size_t in_order = mood == 0 ? count : mood == 1 ? 0 : random_.below(count + 1);
  std::string& bytes = disk.synced;
  uint64_t live_size = bytes.size();  // as programs saw it
  for (Change& change : disk.unsynced) {
    const uint64_t end = change.offset + change.bytes.size();
    const bool resizes = change.sets_size || end > live_size;
    live_size = change.sets_size ? change.offset : std::max(live_size, end);
    if (!resizes) {
      if (mood == 0 || (mood > 1 && change.offset < bytes.size())) keep_some_sectors(change, bytes);
      continue;
    }
    if (in_order == 0) continue;
    // The last one that is kept is kept in part.
    if (--in_order == 0 && mood > 1) change.bytes.resize(random_.below(change.bytes.size() + 1));
    if (change.sets_size || change.offset <= bytes.size()) apply(change, bytes);
  }
  disk.unsynced.clear();
}

void FaultyFileSystem::keep_some_sectors(const Change& change, std::string& bytes) {
  const bool all = random_.below(2) == 0;
  const uint64_t end = std::min<uint64_t>(change.offset + change.bytes.size(), bytes.size());
  for (uint64_t at = change.offset; at < end;) {
    const uint64_t border = std::min((at / kSectorBytes + 1) * kSectorBytes, end);
    if (all || random_.below(2) == 0) {
      bytes.replace(at, border - at, change.bytes, at - change.offset, border - at);
    }
    at = border;
  }
}

void FaultyFileSystem::keep_some_names() {
  // How many are kept of each directory; a rename is one change.
  std::map<std::string, uint64_t> counts;
  for (const NameChange& change : unsynced_names_) {
    counts[directory_of(change.path)] += change.with_next ? 0 : 1;
  }
  for (auto& [directory, count] : counts) count = random_.below(count + 1);
  for (const NameChange& change : unsynced_names_) {
    uint64_t& left = counts[directory_of(change.path)];
    if (left == 0) continue;
    if (!change.with_next) --left;
    if (change.disk) {
      synced_names_[change.path] = change.disk;
    } else {
      synced_names_.erase(change.path);
    }
  }
  unsynced_names_.clear();
}

void FaultyFileSystem::crash() {
  const std::lock_guard held(mutex_);
  ++crashes_;
  power_until_ = kUnlimited;
  write_fault_ = sync_fault_ = Fault();
  keep_some_names();
  std::map<std::string, std::string> left;
  for (const auto& [path, disk] : synced_names_) {
    keep_some_writes(*disk);
    left[path] = disk->synced;
  }
  names_ = synced_names_;
  live_.set_contents(left);
}

void FaultyFileSystem::set_contents(const std::map<std::string, std::string>& contents) {
  const std::lock_guard held(mutex_);
  ++crashes_;
  names_.clear();
  unsynced_names_.clear();
  for (const auto& [path, bytes] : contents) {
    names_[plain(path)] = std::make_shared<Disk>(Disk{bytes, {}});
  }
  synced_names_ = names_;
  live_.set_contents(contents);
}

uint64_t FaultyFileSystem::used_bytes() const {
  return live_.used_bytes();
}

// ---- The names.

void FaultyFileSystem::name(const std::string& path, std::shared_ptr<Disk> disk, bool with_next) {
  if (disk) {
    names_[path] = disk;
  } else {
    names_.erase(path);
  }
  unsynced_names_.push_back(NameChange{path, std::move(disk), with_next});
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& given, Mode mode) {
  const std::lock_guard held(mutex_);
  const std::string path = plain(given);
  const bool is_new = !names_.contains(path);
  const bool changes = mode == Mode::kReplace || (mode == Mode::kCreate && is_new);
  if (changes) {
    if (Status powered = spend(); !powered) return powered.with(given);
  }
  Result<std::unique_ptr<File>> live = live_.open(path, mode);
  if (!live) return live;
  if (is_new) name(path, std::make_shared<Disk>());
  const std::shared_ptr<Disk> disk = names_[path];
  if (mode == Mode::kReplace && !is_new) disk->unsynced.push_back(Change{0, {}, true});
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(live.value()), disk));
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard held(mutex_);
  if (Status powered = spend(); !powered) return powered;
  if (Status renamed = live_.rename(from, to); !renamed) return renamed;
  const std::shared_ptr<Disk> disk = names_[plain(from)];
  // Within one directory a rename is there or not; across two its halves are each one's own.
  const bool together = directory_of(plain(from)) == directory_of(plain(to));
  name(plain(from), nullptr, together);
  name(plain(to), disk);
  return Status::ok();
}

Status FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard held(mutex_);
  if (Status powered = spend(); !powered) return powered;
  if (Status removed = live_.remove(path); !removed) return removed;
  name(plain(path), nullptr);
  return Status::ok();
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
  return live_.list(directory);
}

// Directories are few and made once: one that was made is there.
Status FaultyFileSystem::make_directory(const std::string& path) {
  const std::lock_guard held(mutex_);
  if (Status powered = spend(); !powered) return powered;
  return live_.make_directory(path);
}

Status FaultyFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard held(mutex_);
  if (Status powered = spend(); !powered) return powered;
  if (Status there = live_.sync_directory(path); !there) return there;
  if (Status spared = strike(sync_fault_); !spared) return spared.with(path);
  const auto within = [&](const NameChange& change) {
    return directory_of(change.path) == plain(path);
  };
  for (const NameChange& change : unsynced_names_) {
    if (!within(change)) continue;
    if (change.disk) {
      synced_names_[change.path] = change.disk;
    } else {
      synced_names_.erase(change.path);
    }
  }
  std::erase_if(unsynced_names_, within);
  return Status::ok();
}

Result<bool> FaultyFileSystem::exists(const std::string& path) {
  return live_.exists(path);
}

Result<uint64_t> FaultyFileSystem::size(const std::string& path) {
  return live_.size(path);
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const std::string& path) {
  return live_.lock(path);
}

}  // namespace sorrel
