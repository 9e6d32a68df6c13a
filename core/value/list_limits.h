// ListLimits: how big a block of a list may be, as list-max-listpack-size says.
//
// A positive setting counts elements, and a block is then not bigger than 8 KiB either; -1 to -5
// limit the bytes of the listpack to 4, 8, 16, 32 or 64 KiB. The numbers are Redis's, because users
// see by them when OBJECT ENCODING changes; so is the estimate that an element adds 8 bytes to its
// text.
#pragma once

#include "core/base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class ListLimits {
 public:
  explicit ListLimits(int64_t setting) {
    if (setting >= 0) {
      elements_ = static_cast<size_t>(std::max<int64_t>(setting, 1));
      bytes_ = kCountedBytes;
    } else {
      bytes_ = size_t{4096} << (std::min<int64_t>(-setting, 5) - 1);
      elements_ = SIZE_MAX;
    }
  }

  bool allow(size_t bytes, size_t elements) const {
    return bytes <= bytes_ && elements <= elements_;
  }
  /// Whether a block of a tree has room for one more. Its header counts, so that a full block of 8
  /// KiB is 8 KiB of memory.
  bool allow_in_block(size_t bytes, size_t elements, Bytes text) const {
    return allow(kHeaderBytes + bytes + text.size() + kElementBytes, elements + 1);
  }
  /// What a list must come down to before it is one pack again: half, so that it doesn't go back
  /// and forth.
  bool allow_half(size_t bytes, size_t elements) const {
    if (elements_ == SIZE_MAX) return bytes <= bytes_ / 2;
    return bytes <= bytes_ && elements <= elements_ / 2;
  }
  /// Two blocks that together have no more than this become one.
  bool allow_join(size_t bytes, size_t elements) const {
    return bytes <= bytes_ / 2 && elements <= std::max<size_t>(elements_ / 2, 1);
  }

 private:
  static constexpr size_t kCountedBytes = 8192;
  static constexpr size_t kElementBytes = 8;
  static constexpr size_t kHeaderBytes = 8;

  size_t bytes_;
  size_t elements_;
};

}  // namespace sorrel
