// RdbInput: the words of the RDB format, as they come from a source: lengths, strings, numbers.
//
// It fails once and for good: whoever reads goes on with zeros and empty strings until it next asks
// ok(), and must ask in every loop whose count came from the input. The failure has the offset of
// what could not be read.
//
// No string is given memory before its bytes have been seen; a compressed one is given no more than
// its compressed bytes can expand to.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "persistence/byte_source.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sorrel {

class RdbInput {
 public:
  RdbInput(ByteSource& source, bool checksum) : source_(source), checksum_(checksum) {}

  bool ok() const { return status_.is_ok(); }
  /// "offset 4711: what is wrong".
  const Status& status() const { return status_; }
  /// The first failure counts.
  void fail(std::string reason) { fail_at(offset_, std::move(reason)); }
  void fail_at(uint64_t offset, std::string reason);

  uint64_t offset() const { return offset_; }
  /// Of everything read so far.
  uint64_t sum() const { return sum_; }

  void raw(char* out, size_t size);
  void skip(uint64_t size);
  uint8_t byte();
  uint32_t little32();
  uint64_t little64();
  /// Eight bytes of IEEE 754.
  double real();
  /// A score's text of old, with its length before it.
  double text_real();
  uint64_t length();
  /// A string in any of its forms, as text.
  void string(std::string& out);
  void skip_string();

 private:
  /// What stands before a string's bytes.
  struct Head {
    bool special;  // `value` is a way to write a string, not a length
    uint64_t value;
  };

  Head head();
  Bytes window(size_t most);
  void used(Bytes bytes);
  void plain(std::string& out, uint64_t size);
  void compressed(std::string& out);
  uint64_t big(size_t bytes);

  ByteSource& source_;
  const bool checksum_;
  uint64_t offset_ = 0;
  uint64_t sum_ = 0;
  std::string scratch_;
  Status status_;
};

}  // namespace sorrel
