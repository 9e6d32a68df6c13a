// ByteSource: where a stream of bytes comes from: a file, a socket, a payload in memory.
//
// It shows what is at hand and is told how much of it was used, so nothing is read past what a
// reader wanted: an append-only file goes on right behind its RDB preamble in the same source.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <cstddef>
#include <memory>

namespace sorrel {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The bytes that come next, as many as are at hand but at least one; empty at the end. They stay
  /// good until a call of window() after all of them were consumed.
  virtual Result<Bytes> window() = 0;
  /// `size` bytes of the present window were used.
  virtual void consume(size_t size) = 0;
};

/// Bytes in memory, which outlive it: one window.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes) : left_(bytes) {}
  Result<Bytes> window() override { return left_; }
  void consume(size_t size) override { left_.remove_prefix(size); }

 private:
  Bytes left_;
};

/// For sources that are read in pieces.
class BufferedSource : public ByteSource {
 public:
  explicit BufferedSource(size_t buffer_bytes)
      : buffer_(new char[buffer_bytes]), buffer_bytes_(buffer_bytes) {}

  Result<Bytes> window() final {
    if (left_.empty()) {
      Result<size_t> got = read(buffer_.get(), buffer_bytes_);
      if (!got) return got.status();
      left_ = Bytes(buffer_.get(), got.value());
    }
    return left_;
  }
  void consume(size_t size) final { left_.remove_prefix(size); }

 private:
  /// Reads up to `most` bytes, at least one; 0 at the end.
  virtual Result<size_t> read(char* out, size_t most) = 0;

  std::unique_ptr<char[]> buffer_;
  size_t buffer_bytes_;
  Bytes left_;
};

}  // namespace sorrel
