// InputBuffer: a connection's bytes that aren't a whole request yet.
//
//   [ dropped | unread bytes | room ]
//             ^ begin_       ^ end_  ^ capacity_
//
// Most connections have none: requests that arrive whole are executed from the read buffer that all
// connections share. Memory follows what has arrived and not what was announced: a client that says
// "$536870912" and sends nothing holds nothing.
#pragma once

#include "core/base/bytes.h"

#include <cstddef>

namespace sorrel {

class InputBuffer {
 public:
  /// What an empty buffer may keep for the next request, until shrink().
  static constexpr size_t kKeptBytesMax = 64 * 1024;
  /// A buffer grows to at most twice this plus twice what is in it.
  static constexpr size_t kStepBytes = 32 * 1024;

  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;
  ~InputBuffer();

  bool empty() const { return begin_ == end_; }
  size_t size() const { return end_ - begin_; }
  size_t capacity() const { return capacity_; }
  Bytes bytes() const { return Bytes(memory_ + begin_, size()); }

  /// Room for `least` bytes or more behind what is there; `expected` is how many are still to come,
  /// as far as that is known: the buffer doesn't grow beyond it. Null when there is no memory.
  char* room(size_t least, size_t expected);
  size_t room_size() const { return capacity_ - end_; }
  /// The first `bytes` of the room have been filled.
  void commit(size_t bytes) { end_ += bytes; }
  bool append(Bytes bytes, size_t expected);
  void drop_front(size_t bytes);
  /// Gives unused memory back.
  void shrink();

 private:
  bool resize(size_t capacity);
  void compact();

  char* memory_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace sorrel
