// RdbLongString: reads a string piece by piece, so that nobody waits for the whole of a long one,
// and none of it is there twice.
//
// It fails through its input, and expects no more than has arrived: the length is only a claim.
#pragma once

#include "core/base/bytes.h"
#include "core/base/lzf.h"
#include "persistence/rdb_input.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

class RdbLongString {
 public:
  /// All are of this size, but the last.
  static constexpr size_t kPieceBytes = 16 * 1024 - 8;

  /// Behind the head, which isn't an integer's.
  RdbLongString(RdbInput& input, const RdbInput::StringHead& head);

  /// How many are to come.
  uint64_t pieces() const { return left_ / kPieceBytes + (left_ % kPieceBytes != 0); }
  /// The next one, good until the one behind it is asked for; empty after a failure.
  Bytes next();

 private:
  Bytes next_plain(size_t size);
  Bytes next_expanded(size_t size);
  bool gather();

  RdbInput& input_;
  const RdbInput::StringHead head_;
  uint64_t left_;    // of the string
  uint64_t stored_;  // of what it is written in, and still to be read
  std::string buffer_;
  // Of a compressed one.
  std::optional<LzfExpander> expander_;
  Bytes unread_;  // of the buffer
};

}  // namespace sorrel
