// AofLoader: replays an append-only file into an engine's empty databases: its base, then its
// increments, in order.
//
// The commands run as a session of the engine's own: nothing is journaled, nobody is asked, and
// transactions are whole or not at all. A file that was cut off (AofReader) is loaded up to there
// when it is the last one and aof-load-truncated allows it, and shortened. So is what comes behind
// a file that was cut off, where a note says so (#AFTER: a power cut while a rewrite changed
// files). Everything else that is wrong ends the loading with the file's name, the offset and the
// reason.
#pragma once

#include "core/engine.h"
#include "persistence/aof_directory.h"
#include "persistence/aof_reader.h"
#include "persistence/data_loader.h"
#include "persistence/file_system.h"
#include "persistence/rdb_file_loader.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sorrel {

class AofLoader final : public DataLoader {
 public:
  /// Whether what is not to be loaded is cut off, as whoever goes on writing there needs it; else
  /// the files are only read.
  enum class Cuts : uint8_t { kNo, kYes };
  /// The files of the manifest, all of which must be there.
  static Result<std::unique_ptr<AofLoader>> open(Engine& engine, FileSystem& files,
                                                 const AofDirectory& directory, Cuts cuts);
  ~AofLoader() override;

  Result<bool> step() override;
  bool in_value() const override { return preamble_ && preamble_->in_value(); }
  uint64_t total_bytes() const override { return total_bytes_; }
  uint64_t loaded_bytes() const override;
  uint64_t loaded_keys() const override { return loaded_keys_; }
  uint64_t expired_keys() const override { return expired_keys_; }
  uint64_t used_memory_of_file() const override { return used_memory_; }

 private:
  struct Part {
    std::string name;
    std::string path;
    uint64_t bytes;
    uint64_t sequence;
    bool is_base;
    uint64_t good_bytes = 0;  // when it has been read
  };

  AofLoader(Engine& engine, FileSystem& files, std::vector<Part> parts, Cuts cuts);
  const Part& part() const { return parts_[next_part_ - 1]; }
  Status open_part();
  Result<bool> step_preamble();
  Result<bool> step_command();
  Status check_call(std::span<const Bytes> args) const;
  Status execute();
  Status cut_fill();
  Status cut_off();
  bool loses(const AofAfter& after) const;
  Status lose_rest(uint64_t from);
  bool next_comes_after(uint64_t good_end);
  Status cut(const Part& part, uint64_t size);
  /// Commands so far that the host had no memory for.
  uint64_t memory_failures() const;
  void end_part();
  Status refused(const std::string& why) const;
  void log(LogLevel level, Bytes line) { engine_.host().log(level, line); }

  Engine& engine_;
  FileSystem& files_;
  const Cuts cuts_;
  std::vector<Part> parts_;
  size_t next_part_ = 0;  // behind the present one
  uint64_t total_bytes_ = 0;
  uint64_t bytes_before_ = 0;  // of the parts that have been read
  int64_t began_ns_ = 0;
  std::unique_ptr<RdbFileLoader> preamble_;
  std::unique_ptr<File> file_;
  std::unique_ptr<AofReader> reader_;
  Session session_{nullptr};
  uint64_t loaded_keys_ = 0;
  uint64_t expired_keys_ = 0;
  uint64_t used_memory_ = 0;
  size_t refusals_ = 0;
  uint64_t memory_failures_before_ = 0;
};

}  // namespace sorrel
