// RdbOutput: the words of the RDB format, on their way to a sink: lengths, strings, numbers.
//
// It gathers small pieces, so that the sink gets blocks of some 8 KiB; it sums up the checksum,
// and keeps the sink's first failure, after which it writes nothing more. Used by one thread.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/structure/pack.h"
#include "core/value/string.h"
#include "persistence/byte_sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sorrel {

class RdbOutput {
 public:
  RdbOutput(ByteSink& sink, bool compress, bool checksum)
      : sink_(sink), compress_(compress), checksum_(checksum) {}

  void raw(Bytes bytes);
  void byte(unsigned value);
  void little32(uint32_t value) { little(value, 4); }
  void little64(uint64_t value) { little(value, 8); }
  /// Eight bytes of IEEE 754.
  void real(double value);
  void length(uint64_t value);
  /// A string: as an integer where that is its one spelling, compressed where that pays.
  void string(Bytes text);
  void string(const StringValue& text);
  void string(const PackElement& text);
  void integer(int64_t value);
  /// A string that is never taken for an integer: a listpack, an intset.
  void blob(Bytes bytes);
  /// A field that tells more than the format has a place for; whoever doesn't know its name passes
  /// over it.
  void aux(Bytes name, Bytes value);

  /// The checksum of all so far; 0 when it isn't summed up.
  uint64_t checksum();
  void flush();
  const Status& status() const { return status_; }
  uint64_t bytes() const { return sunk_ + pending_.size(); }

 private:
  // As much as is written in a few tens of microseconds (BackgroundJob::piece_done); a system call
  // each is a hundredth of that.
  static constexpr size_t kBlockBytes = 8 * 1024;
  /// Shorter strings never get shorter enough.
  static constexpr size_t kCompressBytesMin = 20;
  /// Longer ones would want as much memory again.
  static constexpr size_t kCompressBytesMax = 64 * 1024 * 1024;

  void little(uint64_t value, size_t bytes);
  bool compressed(Bytes text);
  void give(Bytes bytes);

  ByteSink& sink_;
  const bool compress_;
  const bool checksum_;
  std::string pending_;
  std::string scratch_;
  uint64_t sum_ = 0;
  uint64_t sunk_ = 0;
  Status status_;
};

}  // namespace sorrel
