// StreamId: the name of an entry in a stream: a time in milliseconds, and a number among the
// entries of that millisecond. The order of IDs is the order of the stream.
//
// As text it is "1700000000000-0". What a client writes may say less (a time alone, an end of the
// stream, an ID to be made up): the functions here read all forms that Redis takes, and as
// leniently as it does; which error an unreadable one is, is the command's to say. A plain value.
#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"

#include <compare>
#include <cstdint>
#include <optional>

namespace sorrel {

struct StreamId {
  uint64_t ms = 0;
  uint64_t seq = 0;

  static constexpr StreamId min() { return {}; }  // 0-0: never an entry's
  static constexpr StreamId max() { return {UINT64_MAX, UINT64_MAX}; }

  constexpr auto operator<=>(const StreamId&) const = default;
  constexpr bool is_zero() const { return ms == 0 && seq == 0; }

  /// To the next ID, and the one before; false, with nothing changed, when there is none.
  constexpr bool increment() {
    if (*this == max()) return false;
    if (++seq == 0) ++ms;
    return true;
  }
  constexpr bool decrement() {
    if (is_zero()) return false;
    if (seq-- == 0) --ms;
    return true;
  }
};

/// An ID's text without a heap.
class StreamIdText {
 public:
  explicit StreamIdText(StreamId id) {
    length_ = format_unsigned(chars_, id.ms);
    chars_[length_++] = '-';
    length_ += format_unsigned(chars_ + length_, id.seq);
  }
  Bytes view() const { return Bytes(chars_, length_); }

 private:
  char chars_[2 * kIntegerCharsMax + 1];
  size_t length_;
};

/// "ms-seq", or "ms" alone: its number is then `missing_seq`.
std::optional<StreamId> parse_stream_id(Bytes text, uint64_t missing_seq);
/// The same, and "-" and "+" for the first and the last ID there can be.
std::optional<StreamId> parse_stream_id_or_end(Bytes text, uint64_t missing_seq);

/// An end of a range: "(" before it leaves the ID itself out.
struct StreamBound {
  StreamId id;
  bool exclusive = false;
};
std::optional<StreamBound> parse_stream_bound(Bytes text, uint64_t missing_seq);

/// What XADD is to call an entry: an ID, "ms-*" for the next of that millisecond, "*" for the next.
struct StreamIdWish {
  enum class Kind : uint8_t { kNext, kNextOfMs, kExactly };
  Kind kind = Kind::kNext;
  StreamId id = {};
};
std::optional<StreamIdWish> parse_stream_id_wish(Bytes text);

/// The ID that the wish comes to in a stream whose last one is `last`, at the time `now_ms`. It may
/// still not be greater than `last`; nothing when there is no further one.
std::optional<StreamId> make_stream_id(const StreamIdWish& wish, StreamId last, uint64_t now_ms);

}  // namespace sorrel
