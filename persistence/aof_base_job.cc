#include "persistence/aof_base_job.h"

#include "persistence/aof_base_writer.h"

#include <utility>

namespace sorrel {

std::shared_ptr<SnapshotWriter> make_aof_base_job(Engine& engine, FileSystem& files, RdbSaving& rdb,
                                                  std::string path,
                                                  std::function<void(SnapshotWriter&)> done) {
  std::shared_ptr<const Snapshot> snapshot = rdb.freeze();
  SnapshotWriter::Terms terms = rdb.terms(*snapshot);
  terms.temporary = std::move(path);
  terms.info.aof_base = true;
  rdb.slow_down(terms);
  if (!engine.values().aof_use_rdb_preamble) {
    terms.other_format = [&values = engine.value_context(),
                          version = terms.format.version](ByteSink& sink) {
      return std::make_unique<AofBaseWriter>(sink, values, version);
    };
  }
  terms.syncs_on_the_way = engine.values().aof_rewrite_incremental_fsync;
  terms.done = std::move(done);
  return std::make_shared<SnapshotWriter>(files, std::move(snapshot), std::move(terms));
}

}  // namespace sorrel
