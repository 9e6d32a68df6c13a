#include "core/resp/output.h"

#include <algorithm>

namespace sorrel {

void Output::make_room(size_t bytes) {
  const size_t grown = std::clamp(tail_capacity() * 2, kFirstChunkBytes, kChunkBytesMax);
  seal_tail();
  if (tail_capacity() < bytes) replace_tail(std::max(bytes, grown));
}

void Output::replace_tail(size_t capacity) {
  tail_chunk_ = capacity == 0 ? nullptr : std::make_unique_for_overwrite<char[]>(capacity);
  cursor_ = tail();
  limit_ = tail() + capacity;
}

// Leaves an empty tail behind: none, or the same one when so little was in it that copying the
// bytes out is cheaper than giving the chunk away.
void Output::seal_tail() {
  const size_t used = tail_size();
  const size_t consumed = tail_consumed();
  if (used > consumed) {
    Segment segment;
    segment.size = used - consumed;
    if (segment.size * 4 <= tail_capacity() && segment.size <= kFirstChunkBytes) {
      segment.chunk = std::make_unique_for_overwrite<char[]>(segment.size);
      std::memcpy(segment.chunk.get(), tail() + consumed, segment.size);
      segment.capacity = segment.size;
    } else {
      segment.begin = consumed;
      segment.capacity = tail_capacity();
      segment.chunk = std::move(tail_chunk_);
      limit_ = nullptr;
    }
    push_segment(std::move(segment));
  }
  tail_offset_ += used;
  cursor_ = tail();
}

void Output::drop_consumed() {
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
  head_ = 0;
}

void Output::push_segment(Segment segment) {
  if (head_ > segments_.size() / 2) drop_consumed();
  if (segments_.size() == segments_.capacity() && segments_.size() >= kDoubledSegmentsMax) {
    segments_.reserve(segments_.size() + segments_.size() / 8);
  }
  const size_t capacity = segment.capacity;
  segments_.push_back(std::move(segment));
  segment_bytes_ += capacity;
}

// Of a segment that stays where it is: an empty one.
void Output::forget(Segment& segment) {
  segment_bytes_ -= segment.capacity;
  segment = Segment();
}

void Output::shrink() {
  if (!empty() || tail_capacity() <= kFirstChunkBytes) return;
  seal_tail();
  replace_tail(kFirstChunkBytes);
}

void Output::append(Bytes bytes) {
  const size_t fits = std::min(bytes.size(), static_cast<size_t>(limit_ - cursor_));
  if (fits != 0) std::memcpy(cursor_, bytes.data(), fits);
  commit(fits);
  if (fits == bytes.size()) return;
  const Bytes rest = bytes.substr(fits);
  std::memcpy(room(rest.size()), rest.data(), rest.size());
  commit(rest.size());
}

void Output::append_shared(const Message& message) {
  if (message->size() < kSharedBytesMin) return append(*message);
  push_message(message, false);
}

void Output::append_droppable(const Message& message) {
  push_message(message, true);
}

void Output::push_message(const Message& message, bool droppable) {
  seal_tail();
  Segment segment;
  segment.message = message;
  segment.size = message->size();
  segment.capacity = message->size();
  segment.droppable = droppable;
  push_segment(std::move(segment));
  tail_offset_ += message->size();
}

size_t Output::drop_oldest(size_t bytes) {
  size_t dropped = 0;
  size_t freed = 0;
  size_t end = head_;
  for (; end < segments_.size() && freed < bytes; ++end) {
    if (!segments_[end].may_go()) continue;
    freed += segments_[end].capacity + sizeof(Segment);
    ++dropped;
  }
  if (dropped == 0) return 0;
  // What stays moves up, so that what has gone is before the head.
  size_t kept = end;
  for (size_t i = end; i > head_; --i) {
    Segment& segment = segments_[i - 1];
    if (segment.may_go()) {
      begin_offset_ += segment.size;
      forget(segment);
    } else if (--kept != i - 1) {
      segments_[kept] = std::move(segment);
      segment = Segment();
    }
  }
  head_ = kept;
  drop_consumed();
  segments_.shrink_to_fit();
  reset_when_empty();
  return dropped;
}

size_t Output::pieces(std::span<Bytes> out, uint64_t until) const {
  size_t count = 0;
  uint64_t offset = begin_offset_;
  const auto add = [&](const char* data, size_t size) {
    if (size == 0 || count == out.size() || offset >= until) return;
    out[count++] = Bytes(data, static_cast<size_t>(std::min<uint64_t>(size, until - offset)));
    offset += size;
  };
  for (size_t i = head_; i < segments_.size() && count < out.size() && offset < until; ++i) {
    add(segments_[i].data(), segments_[i].size);
  }
  add(tail() + tail_consumed(), tail_size() - tail_consumed());
  return count;
}

void Output::consume(size_t bytes) {
  VERIFY(bytes <= size());
  const size_t in_segments = static_cast<size_t>(
      std::min<uint64_t>(bytes, tail_offset_ > begin_offset_ ? tail_offset_ - begin_offset_ : 0));
  begin_offset_ += bytes;
  consume_segments(in_segments);
  reset_when_empty();
}

void Output::consume_segments(size_t bytes) {
  while (bytes > 0) {
    Segment& front = segments_[head_];
    const size_t taken = std::min(bytes, front.size);
    bytes -= taken;
    front.begin += taken;
    front.size -= taken;
    if (front.size == 0) {
      forget(front);
      ++head_;
    }
  }
}

void Output::reset_when_empty() {
  if (!empty()) return;
  tail_offset_ = begin_offset_;
  cursor_ = tail();
  head_ = 0;
  segments_.clear();
  if (segments_.capacity() > kKeptSegmentsMax) std::vector<Segment>().swap(segments_);
  if (tail_capacity() > kKeptBytesMax) replace_tail(0);
}

void Output::rollback(uint64_t offset) {
  VERIFY(offset >= begin_offset_ && offset <= end_offset());
  while (offset < tail_offset_) {
    // The segment becomes the end; the tail behind it holds nothing any more.
    cursor_ = tail();
    Segment& last = segments_.back();
    const auto dropped = static_cast<size_t>(std::min<uint64_t>(tail_offset_ - offset, last.size));
    last.size -= dropped;
    tail_offset_ -= dropped;
    if (last.size == 0) {
      forget(last);
      segments_.pop_back();
    }
  }
  cursor_ = tail() + (offset - tail_offset_);
  reset_when_empty();
}

std::string Output::to_string() const {
  std::string text;
  text.reserve(size());
  for (size_t i = head_; i < segments_.size(); ++i) {
    text.append(segments_[i].data(), segments_[i].size);
  }
  text.append(tail() + tail_consumed(), tail_size() - tail_consumed());
  return text;
}

uint64_t Output::reserve_header() {
  const uint64_t mark = end_offset();
  room(kHeaderBytesMax);
  commit(kHeaderBytesMax);
  return mark;
}

// The byte at a logical offset, and the segment that holds it, or nullptr when it is the tail.
// Looks from the back: what a command writes is at the end.
char* Output::locate(uint64_t offset, Segment*& segment) {
  segment = nullptr;
  if (offset >= tail_offset_) return tail() + (offset - tail_offset_);
  uint64_t begin = tail_offset_;
  for (size_t i = segments_.size(); i > head_; --i) {
    begin -= segments_[i - 1].size;
    if (offset < begin) continue;
    segment = &segments_[i - 1];
    VERIFY(segment->chunk != nullptr);
    return segment->chunk.get() + segment->begin + (offset - begin);
  }
  VERIFY(false);
  return nullptr;
}

void Output::fill_header(uint64_t mark, Bytes header) {
  VERIFY(header.size() <= kHeaderBytesMax && mark >= begin_offset_);
  VERIFY(mark + kHeaderBytesMax <= end_offset());
  Segment* segment = nullptr;
  char* const at = locate(mark, segment);
  const char* const end =
      segment == nullptr ? cursor_ : segment->chunk.get() + segment->begin + segment->size;
  const size_t gap = kHeaderBytesMax - header.size();
  std::memcpy(at, header.data(), header.size());
  std::memmove(at + header.size(), at + kHeaderBytesMax,
               static_cast<size_t>(end - (at + kHeaderBytesMax)));
  if (segment == nullptr) {
    cursor_ -= gap;
  } else {
    segment->size -= gap;
    tail_offset_ -= gap;
  }
}

}  // namespace sorrel
