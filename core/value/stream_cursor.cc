#include "core/value/stream_cursor.h"

namespace sorrel {

StreamCursor StreamCursor::at_or_after(const Stream& stream, StreamId from) {
  StreamCursor cursor;
  cursor.at_ = stream.block_of(from);
  if (!cursor.at_) {
    cursor.at_ = stream.blocks_.begin();
    if (!cursor.at_) return cursor;
  }
  cursor.block_ = cursor.at_->block.get();
  if (!cursor.block_->seek(from, cursor.place_)) cursor.enter_next_block();
  cursor.skip_deleted();
  return cursor;
}

StreamCursor StreamCursor::at_or_before(const Stream& stream, StreamId to) {
  StreamCursor cursor;
  cursor.at_ = stream.block_of(to);
  if (!cursor.at_) return cursor;
  cursor.block_ = cursor.at_->block.get();
  cursor.block_->seek(to, cursor.place_);
  if (cursor.place_.deleted || cursor.place_.id > to) cursor.previous();
  return cursor;
}

void StreamCursor::next() {
  before_known_ = false;
  if (!block_->next(place_)) enter_next_block();
  skip_deleted();
}

void StreamCursor::enter_next_block() {
  at_.next();
  block_ = at_ ? at_->block.get() : nullptr;
  if (block_ != nullptr) place_ = block_->begin();
}

void StreamCursor::skip_deleted() {
  while (block_ != nullptr && place_.deleted) {
    if (!block_->next(place_)) enter_next_block();
  }
}

void StreamCursor::previous() {
  if (!before_known_) {
    StreamBlock::Place first = block_->group_of(place_);
    read_group_back(first, place_.at);
  }
  while (before_count_ == 0) {
    if (!enter_group_before()) return;
  }
  place_ = before_[--before_count_];
}

/// Reads the live entries of a group, from its first on, that stand before `end`.
void StreamCursor::read_group_back(StreamBlock::Place first, uint32_t end) {
  const uint32_t group = first.group;
  before_count_ = 0;
  before_known_ = true;
  group_ = first;
  do {
    if (first.at >= end || first.group != group) return;
    if (!first.deleted) before_[before_count_++] = first;
  } while (block_->next(first));
}

/// Reads all of the group before; false, and the walk is over, when there is none.
bool StreamCursor::enter_group_before() {
  StreamBlock::Place first;
  if (!block_->group_before(group_, first)) {
    if (at_.offset() == 0) {
      block_ = nullptr;
      return false;
    }
    at_.previous();
    block_ = at_->block.get();
    first = block_->last_group();
  }
  read_group_back(first, UINT32_MAX);
  return true;
}

}  // namespace sorrel
