// AofCheck: what sorrel-check-aof does: reads an append-only file as the server would, without an
// engine, says how far it is good, and cuts it there when asked to.
//
// Its lines are those of redis-check-aof, which scripts read, and between them the offset and what
// is wrong there.
#pragma once

#include "core/base/allocator.h"
#include "persistence/aof_manifest.h"
#include "persistence/aof_reader.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace sorrel {

class AofCheck {
 public:
  struct Options {
    bool fix = false;
    std::optional<int64_t> to_timestamp;
    /// Where values are read to, one at a time.
    Allocator allocator = system_allocator();
  };
  AofCheck(FileSystem& files, const Options& options, std::function<void(const std::string&)> say,
           std::function<bool()> confirm);

  /// A manifest, with all it names, or one file. False: something is wrong that wasn't mended.
  bool run(const std::string& path);

 private:
  struct Target {
    std::string path;
    std::string shown;
    bool is_last;
    uint64_t sequence = 0;  // of an increment
  };
  bool run_manifest(const std::string& path, const AofManifest& manifest);
  bool check_file(const Target& target);
  std::optional<uint64_t> check_preamble(File& file, const Target& target);
  bool check_commands(File& file, const Target& target, uint64_t begin);
  bool cut_to_timestamp(File& file, const Target& target, uint64_t offset);
  bool goes_on_behind_lost(const AofReader& reader, const Target& target);
  bool fix(File& file, const Target& target, uint64_t size, uint64_t good_end);

  FileSystem& files_;
  const Options options_;
  const std::function<void(const std::string&)> say_;
  const std::function<bool()> confirm_;
  std::map<uint64_t, uint64_t> good_bytes_;  // of the increments that were read, by sequence
};

}  // namespace sorrel
