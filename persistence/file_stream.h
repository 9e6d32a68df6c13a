// FileSink and FileSource: a file as a stream of bytes, written or read from its start to its end.
//
// The sink forces what it has written to the disk every few megabytes, when it is told to, so that
// the last sync isn't a flood that holds everybody else's up. The file outlives both.
#pragma once

#include "persistence/byte_sink.h"
#include "persistence/byte_source.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <memory>

namespace sorrel {

class FileSink final : public ByteSink {
 public:
  FileSink(File& file, bool syncs_on_the_way) : file_(file), syncs_on_the_way_(syncs_on_the_way) {}

  static constexpr uint64_t kBytesBetweenSyncs = uint64_t{4} << 20;

  Status write(Bytes bytes) override {
    if (Status written = file_.write(bytes); !written) return written;
    unsynced_ += bytes.size();
    if (!syncs_on_the_way_ || unsynced_ < kBytesBetweenSyncs) return Status::ok();
    unsynced_ = 0;
    return file_.sync_data();
  }

 private:
  File& file_;
  const bool syncs_on_the_way_;
  uint64_t unsynced_ = 0;
};

class FileSource final : public BufferedSource {
 public:
  explicit FileSource(File& file) : BufferedSource(kBufferBytes), file_(file) {}

 private:
  static constexpr size_t kBufferBytes = size_t{64} << 10;

  Result<size_t> read(char* out, size_t most) override { return file_.read(out, most); }

  File& file_;
};

}  // namespace sorrel
