// RdbFileLoader: the loader of one RDB file.
#pragma once

#include "core/engine.h"
#include "persistence/data_loader.h"
#include "persistence/file_stream.h"
#include "persistence/file_system.h"
#include "persistence/keyspace_loader.h"
#include "persistence/rdb_reader.h"

#include <memory>
#include <string>

namespace sorrel {

class RdbFileLoader final : public DataLoader {
 public:
  static Result<std::unique_ptr<RdbFileLoader>> open(Engine& engine, FileSystem& files,
                                                     const std::string& path,
                                                     const KeyspaceLoader::Options& options);

  Result<bool> step() override;
  bool in_value() const override { return reader_.in_value(); }
  uint64_t total_bytes() const override { return total_bytes_; }
  uint64_t loaded_bytes() const override { return reader_.offset(); }
  uint64_t loaded_keys() const override { return keys_.outcome().keys; }
  uint64_t expired_keys() const override { return keys_.outcome().expired; }
  uint64_t used_memory_of_file() const override { return keys_.outcome().used_memory; }

 private:
  RdbFileLoader(Engine& engine, std::string path, std::unique_ptr<File> file, uint64_t bytes,
                const KeyspaceLoader::Options& options);
  void log_origin();
  void log_end();

  Engine& engine_;
  const std::string path_;
  const std::unique_ptr<File> file_;
  const uint64_t total_bytes_;
  FileSource source_;
  KeyspaceLoader keys_;
  RdbReader reader_;
  bool origin_logged_ = false;
};

/// Reads a whole file and keeps nothing of it: whether it could be loaded. `values` makes what is
/// thrown away.
Status verify_rdb_file(FileSystem& files, const std::string& path, ValueContext& values,
                       const RdbReader::Options& options);

/// As the settings have it.
RdbReader::Options rdb_reader_options(const SettingValues& values);

}  // namespace sorrel
