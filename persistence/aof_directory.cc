#include "persistence/aof_directory.h"

namespace sorrel {

// The order is what makes it safe: a name is on the disk before the manifest that needs it, and
// history is gone before the manifest forgets that it has to go.
Status AofChange::carry_out() {
  if (Status made = files_->make_directory(directory_); !made) return made;
  for (const auto& [from, to] : renames_) {
    if (Status renamed = files_->rename(from, to); !renamed) return renamed;
  }
  if (!file_path_.empty()) {
    Result<std::unique_ptr<File>> file = files_->open(file_path_, FileSystem::Mode::kReplace);
    if (!file) return file.status();
    file_ = std::move(file.value());
  }
  if (!renames_.empty() || file_) {
    if (Status synced = files_->sync_directory(directory_); !synced) return synced;
  }
  // One that is gone already was removed before a crash.
  for (const std::string& path : removals_) static_cast<void>(files_->remove(path));
  if (manifest_path_.empty()) return Status::ok();
  return replace_file(*files_, manifest_path_, temporary_path_, manifest_.format());
}

AofDirectory::AofDirectory(FileSystem& files, Place place)
    : files_(files),
      place_(std::move(place)),
      directory_(join_path(place_.data_directory, place_.directory_name)) {}

Status AofDirectory::open() {
  manifest_ = AofManifest();
  if (Status loaded = load_manifest(); !loaded) return loaded;
  const Result<bool> old = needs_upgrade();
  if (!old) return old.status();
  if (old.value()) return upgrade();
  remove_temporary_files();
  return Status::ok();
}

Status AofDirectory::load_manifest() {
  const Result<bool> there = files_.exists(manifest_path());
  if (!there) return there.status();
  if (!there.value()) return Status::ok();
  const Result<std::string> text = read_file(files_, manifest_path(), AofManifest::kBytesMax);
  if (!text) return text.status();
  Result<AofManifest> manifest = AofManifest::parse(text.value());
  if (!manifest) return manifest.status().with(manifest_path());
  manifest_ = std::move(manifest.value());
  return Status::ok();
}

// One file in `dir` and no manifest that counts; or a crash in the middle of upgrade(): the
// manifest names the old file, which hasn't moved yet.
Result<bool> AofDirectory::needs_upgrade() const {
  const Result<bool> old = files_.exists(join_path(place_.data_directory, place_.stem));
  if (!old || !old.value()) return old;
  if (manifest_.empty()) return true;
  if (!manifest_.base || !manifest_.increments.empty() || manifest_.base->name != place_.stem) {
    return false;
  }
  const Result<bool> moved = files_.exists(path_of(place_.stem));
  if (!moved) return moved;
  return !moved.value();
}

Status AofDirectory::upgrade() {
  AofChange change = begin_change();
  AofManifest& manifest = change.manifest_;
  if (!manifest.base) {
    manifest.base = AofFileInfo{place_.stem, ++manifest.base_sequence, AofFileInfo::Type::kBase};
  }
  if (Status named = change.carry_out(); !named) return named;
  const std::string old = join_path(place_.data_directory, place_.stem);
  if (Status moved = files_.rename(old, path_of(place_.stem)); !moved) return moved;
  if (Status synced = files_.sync_directory(directory_); !synced) return synced;
  adopt(change);
  return files_.sync_directory(place_.data_directory.empty() ? "." : place_.data_directory);
}

Result<uint64_t> AofDirectory::base_bytes() const {
  if (!manifest_.base) return uint64_t{0};
  return files_.size(path_of(*manifest_.base));
}

Result<uint64_t> AofDirectory::total_bytes() const {
  Result<uint64_t> total = base_bytes();
  if (!total) return total;
  for (const AofFileInfo& info : manifest_.increments) {
    const Result<uint64_t> size = files_.size(path_of(info));
    if (!size) return size;
    total.value() += size.value();
  }
  return total;
}

AofChange AofDirectory::begin_change() const {
  AofChange change;
  change.files_ = &files_;
  change.directory_ = directory_;
  change.manifest_path_ = manifest_path();
  change.temporary_path_ = path_of("temp-" + place_.stem + ".manifest");
  change.manifest_ = manifest_;
  return change;
}

AofChange AofDirectory::plan_increment(bool provisional) const {
  AofChange change = begin_change();
  if (provisional) {
    change.manifest_path_.clear();
    change.file_path_ = provisional_path();
  } else {
    change.file_path_ = path_of(change.manifest_.add_increment(place_.stem));
  }
  return change;
}

std::string AofDirectory::temporary_base_path() const {
  return path_of("temp-" + place_.stem + ".base");
}

AofChange AofDirectory::plan_new_base(bool is_rdb) const {
  AofChange change = begin_change();
  AofManifest& manifest = change.manifest_;
  manifest.retire_base();
  const AofFileInfo& base = manifest.add_base(place_.stem, is_rdb);
  change.renames_.emplace_back(temporary_base_path(), path_of(base));
  if (provisional_) {
    const AofFileInfo& increment = manifest.add_increment(place_.stem);
    change.renames_.emplace_back(provisional_path(), path_of(increment));
  }
  manifest.retire_increments_but_last();
  return change;
}

AofChange AofDirectory::plan_clean_up() const {
  AofChange change;
  if (manifest_.history.empty()) return change;
  change = begin_change();
  for (const AofFileInfo& info : manifest_.history) change.removals_.push_back(path_of(info));
  change.manifest_.history.clear();
  return change;
}

void AofDirectory::remove_temporary_files() {
  for (const std::string& path : {temporary_base_path(), provisional_path()}) {
    static_cast<void>(files_.remove(path));
  }
  provisional_ = false;
}

}  // namespace sorrel
