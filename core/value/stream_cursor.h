// StreamCursor: a walk over the live entries of a stream, in either direction.
//
// It stands at an entry: its ID, and its fields with their values. Good until the stream's next
// change; of a stream in a frozen block, while the snapshot lives, and then on any thread. Owns
// nothing.
#pragma once

#include "core/value/stream.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class StreamCursor {
 public:
  /// The first entry at or behind `from`; and the last one at or before `to`.
  static StreamCursor at_or_after(const Stream& stream, StreamId from);
  static StreamCursor at_or_before(const Stream& stream, StreamId to);

  /// Whether there is an entry.
  explicit operator bool() const { return block_ != nullptr; }
  StreamId id() const { return place_.id; }
  /// Fields, each with its value.
  size_t pairs() const { return place_.pairs; }
  /// `visit(Bytes field, const PackElement& value)`, in their order.
  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    block_->for_each_pair(place_, visit);
  }

  /// To the next entry, and to the one before; then to none.
  void next();
  void previous();

 private:
  void enter_next_block();
  void skip_deleted();
  void read_group_back(StreamBlock::Place first, uint32_t end);
  bool enter_group_before();

  Stream::Blocks::Cursor at_;
  const StreamBlock* block_ = nullptr;
  StreamBlock::Place place_;
  // Going back, a group is read at once: its first place, and its live entries before place_, the
  // nearest last.
  StreamBlock::Place group_;
  std::array<StreamBlock::Place, StreamBlock::kGroupEntries> before_;
  unsigned before_count_ = 0;
  bool before_known_ = false;
};

}  // namespace sorrel
