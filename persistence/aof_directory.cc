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
  return replace_file(*files_, manifest_path_, temporary_path_, comment_ + manifest_.format());
}

AofDirectory::AofDirectory(FileSystem& files, Place place)
    : files_(files),
      place_(std::move(place)),
      directory_(join_path(place_.data_directory, place_.directory_name)) {}

Result<AofDirectory> AofDirectory::of_file(FileSystem& files, const std::string& path) {
  constexpr Bytes kSuffix = ".manifest";
  const size_t slash = path.rfind('/');
  std::string stem = path.substr(slash == std::string::npos ? 0 : slash + 1);
  const bool is_manifest = stem.ends_with(kSuffix);
  if (is_manifest) stem.resize(stem.size() - kSuffix.size());
  AofDirectory directory(files, Place{"", directory_of(path), stem});
  if (!is_manifest) {
    directory.manifest_.base = AofFileInfo{stem, 1, AofFileInfo::Type::kBase};
    return directory;
  }
  if (Status loaded = directory.load_manifest(); !loaded) return loaded;
  if (directory.manifest_.empty()) return Status::failure(path + " names no files, or isn't there");
  return directory;
}

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
  upgraded_ = true;
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
  change.provisional_ = provisional_;
  return change;
}

AofChange AofDirectory::plan_increment(bool provisional) const {
  AofChange change = begin_change();
  change.provisional_ = provisional;
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
    change.provisional_ = false;
  }
  manifest.retire_increments_but_last();
  return change;
}

AofChange AofDirectory::plan_lone_base(bool is_rdb) const {
  AofChange change = begin_change();
  AofManifest& manifest = change.manifest_;
  manifest.retire_base();
  manifest.retire_increments();
  const AofFileInfo& base = manifest.add_base(place_.stem, is_rdb);
  change.renames_.emplace_back(temporary_base_path(), path_of(base));
  if (provisional_) change.removals_.push_back(provisional_path());
  change.provisional_ = false;
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

AofChange AofDirectory::plan_named_base(bool is_rdb) const {
  AofChange change = begin_change();
  change.manifest_path_.clear();
  const AofFileInfo& base = change.manifest_.add_base(place_.stem, is_rdb);
  change.renames_.emplace_back(temporary_base_path(), path_of(base));
  return change;
}

AofChange AofDirectory::plan_seal(const std::string& comment) const {
  AofChange change = begin_change();
  const AofFileInfo& increment = change.manifest_.add_increment(place_.stem);
  change.renames_.emplace_back(provisional_path(), path_of(increment));
  change.comment_ = "# " + comment + "\n";
  change.provisional_ = false;
  return change;
}

Result<std::vector<std::string>> AofDirectory::own_names() const {
  const Result<bool> there = files_.exists(directory_);
  if (!there) return there.status();
  if (!there.value()) return std::vector<std::string>();
  Result<std::vector<std::string>> names = files_.list(directory_);
  if (!names) return names;
  std::erase_if(names.value(), [this](const std::string& name) {
    return !name.starts_with(place_.stem + ".") && !name.starts_with("temp-" + place_.stem + ".");
  });
  return names;
}

Result<bool> AofDirectory::has_files() const {
  const Result<std::vector<std::string>> names = own_names();
  if (!names) return names.status();
  return !names.value().empty();
}

Result<std::vector<std::unique_ptr<File>>> AofDirectory::remove_all() {
  manifest_ = AofManifest();
  provisional_ = false;
  std::vector<std::unique_ptr<File>> held;
  Result<std::vector<std::string>> names = own_names();
  if (!names) return names.status();
  if (names.value().empty()) return held;
  if (std::erase(names.value(), place_.stem + ".manifest") > 0) {
    if (Status removed = files_.remove(manifest_path()); !removed) return removed;
    if (Status synced = files_.sync_directory(directory_); !synced) return synced;
  }
  for (const std::string& name : names.value()) {
    Result<std::unique_ptr<File>> file = files_.open(path_of(name), FileSystem::Mode::kRead);
    if (file) held.push_back(std::move(file.value()));
    if (Status removed = files_.remove(path_of(name)); !removed) return removed;
  }
  if (Status synced = files_.sync_directory(directory_); !synced) return synced;
  return held;
}

void AofDirectory::remove_temporary_files() {
  for (const std::string& path : {temporary_base_path(), provisional_path()}) {
    static_cast<void>(files_.remove(path));
  }
  provisional_ = false;
}

}  // namespace sorrel
