#include "server/input_buffer.h"

#include "core/base/check.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace sorrel {

InputBuffer::~InputBuffer() {
  std::free(memory_);
}

char* InputBuffer::room(size_t least, size_t expected) {
  if (room_size() < least) compact();
  if (room_size() < least) {
    const size_t doubled = std::max(2 * (end_ + least), end_ + kStepBytes);
    const size_t needed = end_ + std::max(least, expected);
    // realloc, because large blocks are moved by their pages and not copied.
    if (!resize(expected == 0 ? doubled : std::min(doubled, needed))) return nullptr;
  }
  return memory_ + end_;
}

bool InputBuffer::append(Bytes bytes, size_t expected) {
  char* const at = room(bytes.size(), bytes.size() + expected);
  if (at == nullptr) return false;
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  commit(bytes.size());
  return true;
}

void InputBuffer::drop_front(size_t bytes) {
  VERIFY(bytes <= size());
  begin_ += bytes;
  if (!empty()) return;
  begin_ = end_ = 0;
  if (capacity_ > kKeptBytesMax) shrink();
}

void InputBuffer::shrink() {
  compact();
  if (end_ < capacity_) static_cast<void>(resize(end_));
}

void InputBuffer::compact() {
  if (begin_ == 0) return;
  std::memmove(memory_, memory_ + begin_, size());
  end_ -= begin_;
  begin_ = 0;
}

bool InputBuffer::resize(size_t capacity) {
  if (capacity == 0) {
    std::free(memory_);
    memory_ = nullptr;
  } else {
    char* const moved = static_cast<char*>(std::realloc(memory_, capacity));
    if (moved == nullptr) return false;
    memory_ = moved;
  }
  capacity_ = capacity;
  return true;
}

}  // namespace sorrel
