// Entries that go, where it matters which groups have read them and have them pending (Stream).
#include "core/value/stream.h"
#include "core/value/stream_cursor.h"
#include "core/value/stream_groups.h"

#include <algorithm>
#include <vector>

namespace sorrel {
namespace {

/// Entries that stay and are passed over by one trimming, which costs as much as giving one up.
constexpr uint64_t kPassedOverMax = 10'000;

/// The place of the group that has read least: what is behind it somebody is still to read.
StreamId slowest_place(const StreamGroups& groups) {
  StreamId place = StreamId::max();
  groups.for_each(
      [&](const StreamGroup& group) { place = std::min(place, group.last_delivered()); });
  return place;
}

}  // namespace

Stream::Erased Stream::erase(StreamId id, StreamReferences references, Epoch& epoch) {
  if (!contains(id)) {
    const bool dangled = references == StreamReferences::kDelete && forget(id, epoch);
    return dangled ? Erased::kReferences : Erased::kAbsent;
  }
  if (references == StreamReferences::kAcknowledged && is_wanted(id)) return Erased::kWanted;
  if (references == StreamReferences::kDelete) forget(id, epoch);
  erase(id, epoch);
  return Erased::kErased;
}

/// Some group is still to read it, or to acknowledge it.
bool Stream::is_wanted(StreamId id) const {
  return groups_ && !groups_->acknowledged_by_all(id);
}

bool Stream::forget(StreamId id, Epoch& epoch) {
  if (!groups_ || !groups_->pending_anywhere(id)) return false;
  groups_.thaw(epoch).forget(id);
  return true;
}

void Stream::forget_first(uint64_t entries, Epoch& epoch) {
  if (!groups_) return;
  auto at = StreamCursor::at_or_after(*this, StreamId::min());
  for (; entries != 0; --entries, at.next()) forget(at.id(), epoch);
}

/// Blocks at the front of which nobody wants an entry, together of no more than `most` entries.
uint64_t Stream::count_unwanted_blocks(uint64_t most) const {
  uint64_t counted = 0;
  auto at = StreamCursor::at_or_after(*this, StreamId::min());
  for (; counted < most && !is_wanted(at.id()); at.next()) ++counted;
  return whole_blocks_of(counted, 0);
}

/// The first `most` entries that nobody wants, before `end`. A journal that is replayed gives the
/// same: what it counts are those that stay.
std::vector<StreamId> Stream::find_unwanted(uint64_t most, StreamId end) const {
  std::vector<StreamId> found;
  const StreamId place = slowest_place(*groups_);
  uint64_t passed_over = 0;
  auto at = StreamCursor::at_or_after(*this, StreamId::min());
  for (; at && found.size() < most && passed_over < kPassedOverMax; at.next()) {
    if (at.id() >= end || at.id() > place) break;
    if (is_wanted(at.id())) {
      ++passed_over;
    } else {
      found.push_back(at.id());
    }
  }
  return found;
}

/// Entries that somebody wants are left out, and stay.
uint64_t Stream::trim_unwanted(const StreamTrim& wanted, Epoch& epoch) {
  uint64_t going = count_trimmed(wanted);
  if (!groups_) {
    trim_first(going, epoch);
    return going;
  }
  if (wanted.whole_blocks) {
    going = count_unwanted_blocks(going);
    trim_first(going, epoch);
    return going;
  }
  const bool by_length = wanted.kind == StreamTrim::Kind::kMaxLength;
  const std::vector<StreamId> ids =
      find_unwanted(going, by_length ? StreamId::max() : wanted.min_id);
  for (const StreamId id : ids) erase_entry(id, epoch);
  return ids.size();
}

}  // namespace sorrel
