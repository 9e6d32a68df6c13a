// Output: the bytes that a client is still owed. Memory only: it knows no socket.
//
//   begin_offset                                                  end_offset
//     |  sealed segments (owned chunks, shared messages)  |  tail  |
//     v                                                   v        v
//     [....chunk....][..message..][........chunk.........][....----]   free room: '-'
//
// Owned by a session. Replies are written into the tail through room() and commit(); when the tail
// is full it is sealed and a new one, twice as large, follows, so that nothing is copied by
// growing. A message that goes to many clients is referenced, not copied.
//
// Every byte has a logical offset, counted from the first byte ever appended; a reply that must
// wait for the journal is held by not writing beyond its offset: pieces(…, until).
//
// Invariants:
//   1. begin_offset() <= end_offset(); the bytes between are those in the segments and the tail.
//   2. Segments are never empty, and a byte, once appended, isn't moved except by fill_header().
//   3. An empty Output keeps at most a tail of kKeptBytesMax and room for kKeptSegmentsMax
//   segments.
#pragma once

#include "core/base/bytes.h"
#include "core/base/check.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

class Output {
 public:
  using Message = std::shared_ptr<const std::string>;

  static constexpr size_t kFirstChunkBytes = 1024;
  static constexpr size_t kChunkBytesMax = 64 * 1024;
  static constexpr size_t kKeptBytesMax = 16 * 1024;
  static constexpr size_t kKeptSegmentsMax = 16;
  /// From so many segments on their number grows by an eighth: what is held must be near to what is
  /// counted where clients have limits.
  static constexpr size_t kDoubledSegmentsMax = 1024;
  /// A shorter message is copied: a reference would take as much memory.
  static constexpr size_t kSharedBytesMin = 256;
  /// The longest header that can be filled in later: type, 20 digits, CR LF.
  static constexpr size_t kHeaderBytesMax = 23;

  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// At least `bytes` of writable memory behind what is there; valid until the next call.
  char* room(size_t bytes) {
    if (static_cast<size_t>(limit_ - cursor_) < bytes) [[unlikely]]
      make_room(bytes);
    return cursor_;
  }
  /// Appends the first `bytes` of what was written to room().
  void commit(size_t bytes) { cursor_ += bytes; }
  /// The same, for whoever has the end of what it wrote at hand.
  void commit_to(char* end) { cursor_ = end; }

  /// Of an empty one, that nobody has written to for a while: keeps no more than the first chunk.
  void shrink();

  void append(Bytes bytes);
  void append_shared(const Message& message);
  /// A message that drop_oldest() may take out again as long as nothing of it has been delivered.
  void append_droppable(const Message& message);
  /// Takes whole droppable messages out, the oldest first, until `bytes` of memory are given back
  /// or there are no more; returns how many. What stands before them and stays gets later offsets:
  /// if it is held it is held longer, never shorter.
  size_t drop_oldest(size_t bytes);

  uint64_t begin_offset() const { return begin_offset_; }
  uint64_t end_offset() const { return tail_offset_ + static_cast<uint64_t>(cursor_ - tail()); }
  /// Bytes owed.
  size_t size() const { return static_cast<size_t>(end_offset() - begin_offset_); }
  bool empty() const { return size() == 0; }
  /// Memory held: chunks at their capacity, and messages as if they were this client's own.
  size_t memory_bytes() const {
    return tail_capacity() + segments_.capacity() * sizeof(Segment) + segment_bytes_;
  }

  /// Fills `out` with the first pieces to write, none beyond offset `until`; returns how many.
  size_t pieces(std::span<Bytes> out, uint64_t until = std::numeric_limits<uint64_t>::max()) const;
  /// The first `bytes` have been written.
  void consume(size_t bytes);
  /// Drops what was appended from `offset` on: a reply nobody wants (CLIENT REPLY OFF).
  void rollback(uint64_t offset);
  /// Everything owed, in one string. For tests and tools.
  std::string to_string() const;

  /// Leaves room for a header that is known only after what follows it; returns its mark. Marks
  /// nest: the last one reserved is the first one filled, and nothing is consumed in between.
  uint64_t reserve_header();
  /// Writes `header` (at most kHeaderBytesMax) at the mark and closes the gap behind it: moves at
  /// most one chunk of bytes.
  void fill_header(uint64_t mark, Bytes header);

 private:
  // A sealed run of bytes: `size` bytes at `begin` of the chunk or of the message.
  struct Segment {
    std::unique_ptr<char[]> chunk;
    Message message;
    size_t begin = 0;
    size_t size = 0;
    size_t capacity = 0;
    bool droppable = false;

    bool may_go() const { return droppable && begin == 0; }
    const char* data() const { return (chunk ? chunk.get() : message->data()) + begin; }
  };

  char* tail() const { return tail_chunk_.get(); }
  size_t tail_capacity() const { return static_cast<size_t>(limit_ - tail()); }
  size_t tail_size() const { return static_cast<size_t>(cursor_ - tail()); }
  size_t tail_consumed() const {
    return begin_offset_ > tail_offset_ ? static_cast<size_t>(begin_offset_ - tail_offset_) : 0;
  }

  void make_room(size_t bytes);
  void replace_tail(size_t capacity);
  void seal_tail();
  void push_segment(Segment segment);
  void drop_consumed();
  void push_message(const Message& message, bool droppable);
  void forget(Segment& segment);
  void consume_segments(size_t bytes);
  void reset_when_empty();
  char* locate(uint64_t offset, Segment*& segment);

  // The tail comes first: it is all that a hot reply touches.
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  std::unique_ptr<char[]> tail_chunk_;
  uint64_t tail_offset_ = 0;  // logical offset of the tail's first byte
  uint64_t begin_offset_ = 0;
  std::vector<Segment> segments_;
  size_t head_ = 0;           // segments before it have been consumed
  size_t segment_bytes_ = 0;  // capacity of those that haven't
};

}  // namespace sorrel
