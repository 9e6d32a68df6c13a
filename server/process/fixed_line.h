// FixedLine: a text that is put together where it stands, for what has to be said when there is no
// memory, or when the process is broken. It asks for nothing and calls nothing that a signal
// handler may not; what doesn't fit is cut.
#pragma once

#include "core/base/bytes.h"
#include "core/base/number.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sorrel {

template <size_t kBytesMax>
class FixedLine {
 public:
  FixedLine& add(Bytes text) {
    const size_t size = std::min(text.size(), kBytesMax - size_);
    std::copy_n(text.data(), size, bytes_ + size_);
    size_ += size;
    return *this;
  }
  FixedLine& add(char c) { return add(Bytes(&c, 1)); }
  FixedLine& add(int64_t number) { return add(IntegerText(number).view()); }
  FixedLine& add_hexadecimal(uint64_t number) {
    char digits[2 * sizeof number];
    const char* const end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
    return add(Bytes(digits, static_cast<size_t>(end - digits)));
  }
  Bytes text() const { return {bytes_, size_}; }

 private:
  char bytes_[kBytesMax];
  size_t size_ = 0;
};

}  // namespace sorrel
