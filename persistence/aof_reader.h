// AofReader: the commands of an append-only file, one after another, in memory bounded by the
// largest of them.
//
// Nothing in the file is trusted: a length is believed when the file is long enough for it. Three
// ways it ends:
//   kEnd      behind its last command (and the fill that was written ahead)
//   kCutOff   in the middle of one, or of a transaction, or of what was written as one: what a
//             crash leaves. Up to good_end() it can be used.
//   kDamaged  with bytes that no crash leaves: problem() says where and what.
// What a #SUM note speaks for is compared before any of its commands are handed out. Where it
// doesn't agree and nothing good comes behind it, the file was cut off there. So it was where
// something stands in the middle of fill, that no sum speaks for; at its end it is what another
// program has appended.
//
// The file outlives the reader and doesn't change meanwhile.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "persistence/aof_note.h"
#include "persistence/file_system.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class AofReader {
 public:
  enum class Outcome : uint8_t {
    kCommand,
    kTime,   // a #TS note: time()
    kAfter,  // an #AFTER note: after()
    kEnd,
    kCutOff,
    kDamaged,
    kFailed,  // the file can't be read: problem()
  };

  /// From byte `begin` on.
  explicit AofReader(File& file, uint64_t begin = 0) : file_(file), offset_(begin) {
    good_end_ = item_ = begin;
  }

  Outcome next();
  /// The command; good until the next one is asked for.
  std::span<const Bytes> args() const { return args_; }
  int64_t time() const { return time_; }
  const AofAfter& after() const { return after_; }
  /// Where what was handed out last begins, and where it ends.
  uint64_t item_offset() const { return item_; }
  uint64_t offset() const { return offset_; }
  /// Where to cut the file so that it ends before it.
  uint64_t cut_offset() const { return item_ == sum_begin_ ? sum_note_ : item_; }
  /// Behind the last command that isn't inside of a transaction, or of what was written as one.
  uint64_t good_end() const { return good_end_; }
  bool in_transaction() const { return in_transaction_; }
  /// "offset 4711: what is wrong".
  const std::string& problem() const { return problem_; }

 private:
  // Redis reads the lines of a file into so much.
  static constexpr size_t kLineBytesMax = 128;
  static constexpr size_t kReadBytes = 64 << 10;

  enum class Part : uint8_t { kWhole, kCutOff, kDamaged, kFailed };

  Part find_end();
  Part fill(bool& is_fill);
  Part behind_fill();
  Part require(uint64_t bytes);
  Part line(Bytes& text);
  Part number(char kind, uint64_t& value);
  Part command();
  Part argument();
  Part note(std::optional<Outcome>& told);
  Part not_as_summed(uint64_t begin, uint64_t bytes);
  Part compare(uint64_t note_offset, const AofSum& sum);
  Result<bool> sum_agrees(uint64_t begin, const AofSum& sum);
  Result<bool> good_behind(uint64_t begin);
  Result<bool> good_at(uint64_t note_offset, uint64_t& bytes_left);
  void follow_transaction();
  void forget_consumed();
  Outcome ended();
  Part damaged(uint64_t at, std::string what);
  Part failed(const Status& status);
  Outcome outcome_of(Part part);
  Bytes buffered() const { return Bytes(buffer_).substr(at_); }

  File& file_;
  std::optional<uint64_t> end_;  // behind it is fill, or nothing
  bool fill_at_end_ = false;
  std::string buffer_;
  size_t at_ = 0;    // in the buffer, of what is read next
  uint64_t offset_;  // in the file, of the same
  uint64_t item_ = 0;
  uint64_t good_end_ = 0;
  // The last #SUM note, and what it speaks for.
  uint64_t sum_note_ = 0;
  uint64_t sum_begin_ = 0;
  uint64_t sum_end_ = 0;
  uint64_t good_note_ = 0;  // one that was looked for ahead, and agrees
  bool sum_seen_ = false;
  bool in_transaction_ = false;
  std::vector<std::pair<size_t, size_t>> places_;  // of the arguments, in the buffer
  std::vector<Bytes> args_;
  int64_t time_ = 0;
  AofAfter after_;
  std::string problem_;
};

}  // namespace sorrel
