// ByteSink: where a stream of bytes goes: a file, a socket, a string.
//
// Given in by whoever asks for the stream, and used by one thread at a time: a writer on a
// background thread has its sink to itself. Writers gather small pieces themselves, so a sink need
// not buffer.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <string>

namespace sorrel {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Takes all of `bytes`, or fails. After a failure nothing more is written.
  virtual Status write(Bytes bytes) = 0;
};

/// Gathers the stream in a string.
class StringSink final : public ByteSink {
 public:
  Status write(Bytes bytes) override {
    text_.append(bytes);
    return Status::ok();
  }
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace sorrel
