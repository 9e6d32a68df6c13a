// FileSink and FileSource: a file as a stream of bytes, written or read from its start to its end.
//
// The sink sends what it has written on its way to the disk, when it is told to, so that the last
// sync isn't a flood that holds everybody else's up. The file outlives both.
#pragma once

#include "persistence/byte_sink.h"
#include "persistence/byte_source.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <memory>

namespace sorrel {

class FileSink final : public ByteSink {
 public:
  FileSink(File& file, bool sends_off) : file_(file), sends_off_(sends_off) {}

  /// What is sent off at a time: little, because the system does it on the caller's processor.
  static constexpr uint64_t kSentBytes = uint64_t{256} << 10;
  /// How far what is written may be ahead of what is on the disk.
  static constexpr uint64_t kAheadBytes = uint64_t{8} << 20;

  Status write(Bytes bytes) override {
    if (Status written = file_.write(bytes); !written) return written;
    written_ += bytes.size();
    while (sends_off_ && written_ - sent_ >= kSentBytes) {
      if (Status sent = send_off(); !sent) return sent;
    }
    return Status::ok();
  }

 private:
  Status send_off() {
    Status sent = file_.send_off(sent_, kSentBytes);
    sent_ += kSentBytes;
    if (!sent || sent_ < kAheadBytes) return sent;
    return file_.await_sent(sent_ - kAheadBytes, kSentBytes);
  }

  File& file_;
  const bool sends_off_;
  uint64_t written_ = 0;
  uint64_t sent_ = 0;
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
