// RdbInput: the words of the RDB format, as they come from a source: lengths, strings, numbers.
//
// It fails once and for good: whoever reads goes on with zeros and empty strings until it next asks
// ok(), and must ask in every loop whose count came from the input. The failure has the offset of
// what could not be read.
//
// No string is given memory before its bytes have been seen; a compressed one is given no more than
// its compressed bytes can expand to.
//
// It works on the source's window and settles with the source (checksum, consumption) a window at a
// time: call settle() before somebody else reads on.
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
  void fail(std::string reason) { fail_at(offset(), std::move(reason)); }
  void fail_at(uint64_t offset, std::string reason);

  uint64_t offset() const { return settled_ + static_cast<uint64_t>(left_.data() - seen_); }
  /// Of everything read so far; 0 when it isn't summed up.
  uint64_t sum() {
    settle();
    return sum_;
  }
  void settle();
  /// Whether nothing follows.
  bool at_end();

  void raw(char* out, size_t size);
  void skip(uint64_t size);
  uint8_t byte() {
    if (left_.empty()) [[unlikely]]
      return slow_byte();
    const auto byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  uint32_t little32() { return static_cast<uint32_t>(little(4)); }
  uint64_t little64() { return little(8); }
  /// Eight bytes of IEEE 754.
  double real();
  /// A score's text of old, with its length before it.
  double text_real();
  uint64_t length();

  /// What stands before a string: how it is written, in how many bytes, and what it claims to be
  /// long. A compressed one doesn't claim more than those bytes can expand to.
  enum class StringForm : uint8_t { kPlain, kInteger, kCompressed };
  struct StringHead {
    StringForm form = StringForm::kPlain;
    uint64_t stored = 0;
    uint64_t size = 0;
    uint64_t from = 0;  // where a failure of it is
  };
  StringHead string_head();
  /// The string behind its head, as text.
  void string(const StringHead& head, std::string& out);
  void string(std::string& out) { string(string_head(), out); }
  void skip_string() { skip(string_head().stored); }
  /// Some of the bytes that come next, at most `most`, taken: none after a failure.
  Bytes some(uint64_t most);

 private:
  /// Two bits of kind, and what they say of the others.
  struct Head {
    bool special;  // `value` is a way to write a string, not a length
    uint64_t value;
  };

  uint8_t slow_byte();
  uint64_t little(size_t bytes);
  Head head();
  bool refill();
  int64_t integer(uint64_t bytes);
  void plain(std::string& out, uint64_t size);
  void compressed(const StringHead& head, std::string& out);

  ByteSource& source_;
  const bool checksum_;
  Bytes left_;                  // of the source's window
  const char* seen_ = nullptr;  // where of it the unsettled bytes begin
  uint64_t settled_ = 0;
  uint64_t sum_ = 0;
  std::string scratch_;
  Status status_;
};

}  // namespace sorrel
