// The job that writes an append-only file's base: all data as they are now, as RDB or as commands
// (aof-use-rdb-preamble). For the rewrite, and for a backup.
#pragma once

#include "core/engine.h"
#include "persistence/rdb_saving.h"
#include "persistence/snapshot_writer.h"

#include <functional>
#include <memory>
#include <string>

namespace sorrel {

/// Freezes. The file is left at `path`, on the disk; `done` is called on the loop. Throws
/// std::bad_alloc.
std::shared_ptr<SnapshotWriter> make_aof_base_job(Engine& engine, FileSystem& files, RdbSaving& rdb,
                                                  std::string path,
                                                  std::function<void(SnapshotWriter&)> done);
/// What such a job writes.
inline bool is_rdb_base(const SnapshotWriter& job) {
  return !job.terms().other_format;
}

}  // namespace sorrel
