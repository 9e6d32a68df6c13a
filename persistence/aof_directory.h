// AofDirectory: the files of the append-only file and their manifest, in `appenddirname`.
//
//   appendonlydir/appendonly.aof.manifest       which files count (aof_manifest.h)
//   appendonlydir/appendonly.aof.N.base.rdb     what the data were
//   appendonlydir/appendonly.aof.N.incr.aof     what was done since
//
// The files change only by way of an AofChange: planned on the loop, carried out on any thread (it
// syncs, which may take long), adopted on the loop. A crash at any moment leaves a manifest that
// names only complete files.
//
// Owned by whoever writes the append-only file. It doesn't know what is in the files.
#pragma once

#include "persistence/aof_manifest.h"
#include "persistence/file_system.h"

#include <memory>
#include <string>
#include <vector>

namespace sorrel {

/// A change of the files, planned.
class AofChange {
 public:
  /// Any thread, once.
  Status carry_out();
  /// The file that is written from now on, of a change that began one.
  std::unique_ptr<File> take_file() { return std::move(file_); }
  const std::string& file_path() const { return file_path_; }
  bool has_changes() const { return files_ != nullptr; }

 private:
  friend class AofDirectory;

  FileSystem* files_ = nullptr;
  std::string directory_;
  std::string manifest_path_;
  std::string temporary_path_;
  std::vector<std::pair<std::string, std::string>> renames_;  // before the manifest is written
  std::vector<std::string> removals_;                         // after it
  std::string file_path_;                                     // to be made
  std::unique_ptr<File> file_;
  AofManifest manifest_;
  std::string comment_;       // before it, in its file
  bool provisional_ = false;  // an increment stands there that counts for nothing yet
};

class AofDirectory {
 public:
  struct Place {
    std::string data_directory;  // `dir`; relative to the process's, or absolute
    std::string directory_name;  // appenddirname
    std::string stem;            // appendfilename
  };
  AofDirectory(FileSystem& files, Place place);
  /// What a manifest, wherever it lies, names beside it; or of one single file. Nothing is changed.
  static Result<AofDirectory> of_file(FileSystem& files, const std::string& path);

  /// Reads the manifest. An append-only file of the time before Redis 7, which is one file in
  /// `dir`, becomes the base. Without any, manifest().empty().
  Status open();

  /// open() has found one single file, and moved it here.
  bool upgraded() const { return upgraded_; }

  const AofManifest& manifest() const { return manifest_; }
  const std::string& path() const { return directory_; }
  std::string manifest_path() const { return path_of(place_.stem + ".manifest"); }
  std::string path_of(const AofFileInfo& info) const { return path_of(info.name); }
  /// Of base and increments as they lie there; fails when one is missing.
  Result<uint64_t> total_bytes() const;
  Result<uint64_t> base_bytes() const;

  /// A new increment, behind all others. `provisional`: it counts for nothing until
  /// plan_new_base(): the data that it goes on from aren't in the files.
  AofChange plan_increment(bool provisional) const;
  /// Where to write the base that a rewrite makes.
  std::string temporary_base_path() const;
  /// The temporary base takes the place of the base and of every increment but the last one, which
  /// is the one that was begun together with it.
  AofChange plan_new_base(bool is_rdb) const;
  /// The temporary base takes the place of everything: nothing goes on from it.
  AofChange plan_lone_base(bool is_rdb) const;
  /// Removes what the manifest calls history. Nothing to do: has_changes() is false.
  AofChange plan_clean_up() const;
  // ---- For a backup, in which nothing counts before the manifest, which comes last.
  /// Whether any file is there that has a name of an append-only file's.
  Result<bool> has_files() const;
  /// Reads the manifest, and leaves everything as it is.
  Status load() { return load_manifest(); }
  /// The temporary base gets its name.
  AofChange plan_named_base(bool is_rdb) const;
  /// The provisional increment gets its name, and the manifest is written, behind that comment.
  AofChange plan_seal(const std::string& comment) const;
  /// Removes all of them, the manifest first, so that what a crash leaves isn't taken for complete.
  /// Whoever lets go of them later frees their space later.
  Result<std::vector<std::unique_ptr<File>>> remove_all();
  /// Of a change that was carried out.
  void adopt(AofChange& change) {
    manifest_ = std::move(change.manifest_);
    provisional_ = change.provisional_;
  }

  /// What a rewrite that came to nothing, or a crash, has left.
  void remove_temporary_files();

 private:
  AofChange begin_change() const;
  std::string path_of(Bytes name) const { return join_path(directory_, name); }
  std::string provisional_path() const { return path_of("temp-" + place_.stem + ".incr"); }
  Status load_manifest();
  /// Those that are there, by their names.
  Result<std::vector<std::string>> own_names() const;
  Result<bool> needs_upgrade() const;
  Status upgrade();

  FileSystem& files_;
  const Place place_;
  const std::string directory_;
  AofManifest manifest_;
  bool provisional_ = false;
  bool upgraded_ = false;
};

}  // namespace sorrel
