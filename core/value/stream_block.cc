#include "core/value/stream_block.h"

#include "core/base/check.h"
#include "core/structure/drop_on_throw.h"
#include "core/structure/pack_room.h"

#include <algorithm>
#include <new>
#include <vector>

namespace sorrel {
namespace {

constexpr uint8_t kDeletedBit = 0x80;
constexpr uint8_t kOwnFieldsBit = 0x40;
constexpr uint8_t kStepMask = 0x3f;
// How an ID follows from the one before.
constexpr uint8_t kStepNext = 0;
constexpr uint8_t kStepMsMax = 58;
constexpr uint8_t kStepMs = 59;
constexpr uint8_t kStepSeq = 60;
constexpr uint8_t kStepBoth = 61;

constexpr size_t kGroupHeader = sizeof(uint32_t);
constexpr size_t kGroupMax = kGroupHeader + 2 * stream_value::kVarintMax;
// Head, ID, number of fields.
constexpr size_t kEntryMax = 1 + 3 * stream_value::kVarintMax;

/// Of a listpack: its header, its end, and the 0 behind the names.
constexpr size_t kListpackFrame = 6 + 1 + 2;

size_t text_bytes(StreamFields entry) {
  size_t bytes = 0;
  for (const Bytes text : entry) bytes += text.size();
  return bytes;
}

/// What an entry adds at most, if its block has been made.
size_t bytes_max(StreamFields entry) {
  return kGroupMax + kEntryMax + text_bytes(entry) + entry.size() * stream_value::kOverheadMax;
}

char* put_step(char* out, uint8_t flags, StreamId before, StreamId id) {
  const auto head = [flags](uint8_t step) { return static_cast<char>(flags | step); };
  if (id.ms == before.ms) {
    const uint64_t step = id.seq - before.seq;
    *out++ = head(step == 1 ? kStepNext : kStepSeq);
    return step == 1 ? out : stream_value::put_varint(out, step);
  }
  const uint64_t step = id.ms - before.ms;
  if (id.seq == 0 && step <= kStepMsMax) {
    *out++ = head(static_cast<uint8_t>(step));
    return out;
  }
  *out++ = head(id.seq == 0 ? kStepMs : kStepBoth);
  out = stream_value::put_varint(out, step);
  return id.seq == 0 ? out : stream_value::put_varint(out, id.seq);
}

StreamId read_step(uint8_t head, const char*& at, StreamId before) {
  switch (const uint8_t step = head & kStepMask) {
    case kStepNext:
      return {before.ms, before.seq + 1};
    case kStepMs:
      return {before.ms + stream_value::read_varint(at), 0};
    case kStepSeq:
      return {before.ms, before.seq + stream_value::read_varint(at)};
    case kStepBoth: {
      const uint64_t ms = before.ms + stream_value::read_varint(at);
      return {ms, stream_value::read_varint(at)};
    }
    default:
      return {before.ms + step, 0};
  }
}

}  // namespace

// ---- Making.

Owned<StreamBlock> StreamBlock::make_empty(StreamId first, size_t bytes, Epoch& epoch) {
  const uint32_t capacity = PackRoom::exact(epoch.heap(), sizeof(StreamBlock), bytes);
  void* memory = epoch.heap().allocate(sizeof(StreamBlock) + capacity);
  return Owned<StreamBlock>::adopt(::new (memory) StreamBlock(first, capacity), epoch);
}

Owned<StreamBlock> StreamBlock::make(StreamId id, StreamFields entry, size_t bytes, Epoch& epoch) {
  const size_t needed = bytes_max(entry) + entry.size() * stream_value::kOverheadMax;
  Owned<StreamBlock> made = make_empty(id, std::max(bytes, needed + text_bytes(entry)), epoch);
  StreamBlock& block = made.thaw(epoch);
  block.put_names(entry);
  block.put(id, entry);
  if (bytes < needed) trim(made, epoch);
  return made;
}

Owned<StreamBlock> StreamBlock::copy(const StreamBlock& from, Epoch& epoch) {
  const uint32_t capacity = PackRoom::exact(epoch.heap(), sizeof(StreamBlock), from.used_);
  void* memory = epoch.heap().allocate(sizeof(StreamBlock) + capacity);
  std::memcpy(memory, &from, sizeof(StreamBlock) + from.used_);
  auto* made = static_cast<StreamBlock*>(memory);
  made->capacity_ = capacity;
  return Owned<StreamBlock>::adopt(made, epoch);
}

Owned<StreamBlock> StreamBlock::packed(const StreamBlock& from, Epoch& epoch) {
  // No entry gets longer: it stands alone in its group at worst where it headed one before.
  Owned<StreamBlock> made = make_empty(from.first_id_, from.used_ + kGroupMax, epoch);
  StreamBlock& block = made.thaw(epoch);
  std::memcpy(block.data(), from.data(), from.names_end_);
  block.used_ = block.names_end_ = block.first_group_ = from.names_end_;
  block.names_ = from.names_;
  block.names_listpack_ = from.names_listpack_;
  block.listpack_ = static_cast<uint32_t>(kListpackFrame + from.names_listpack_);
  const DropOnThrow guard(made, epoch);
  StreamEntryTexts texts;
  Place place = from.begin();
  do {
    if (!place.deleted) block.put(place.id, texts.read(from, place));
  } while (from.next(place));
  block.last_id_ = from.last_id_;
  trim(made, epoch);
  return made;
}

// ---- Size.

size_t StreamBlock::listpack_bytes() const {
  return listpack_ + stream_value::listpack_bytes(live_) + stream_value::listpack_bytes(deleted_);
}

bool StreamBlock::takes(size_t text_bytes, const EncodingLimits& limits) const {
  const size_t entries = size_t{live_} + deleted_;
  if (entries >= kEntriesMax) return false;
  if (limits.stream_block_entries != 0 && entries >= limits.stream_block_entries) return false;
  const uint64_t most = limits.stream_block_bytes == 0
                            ? kEntryTextMax
                            : std::min<uint64_t>(limits.stream_block_bytes, kEntryTextMax);
  return listpack_bytes() + text_bytes < most;
}

void StreamBlock::resize(Owned<StreamBlock>& block, uint32_t capacity, Epoch& epoch) {
  if (epoch.frozen()) epoch.reserve();
  void* memory = epoch.heap().allocate(sizeof(StreamBlock) + capacity);
  std::memcpy(memory, block.get(), sizeof(StreamBlock) + block->used_);
  auto* made = static_cast<StreamBlock*>(memory);
  made->capacity_ = capacity;
  const unsigned extra = block.extra();
  block.drop(epoch);
  block = Owned<StreamBlock>::adopt(made, epoch);
  block.set_extra(extra);
}

void StreamBlock::trim(Owned<StreamBlock>& block, Epoch& epoch) {
  if (epoch.frozen() && !block.fresh()) return;
  const uint32_t capacity = PackRoom::exact(epoch.heap(), sizeof(StreamBlock), block->used_);
  if (capacity >= block->capacity_) return;
  try {
    resize(block, capacity, epoch);
  } catch (const std::bad_alloc&) {
  }
}

// ---- Writing.

bool StreamBlock::has_names_of(StreamFields entry) const {
  if (entry.size() != 2 * size_t{names_}) return false;
  const char* at = data();
  for (size_t i = 0; i < entry.size(); i += 2) {
    if (!same_bytes(stream_value::read_text(at), entry[i])) return false;
  }
  return true;
}

void StreamBlock::put_names(StreamFields entry) {
  char* out = data();
  names_ = static_cast<uint32_t>(entry.size() / 2);
  names_listpack_ = static_cast<uint32_t>(stream_value::listpack_bytes(names_));
  for (size_t i = 0; i < entry.size(); i += 2) {
    out = stream_value::put_text(out, entry[i]);
    names_listpack_ += static_cast<uint32_t>(Pack::element_bytes(entry[i]));
  }
  listpack_ = static_cast<uint32_t>(kListpackFrame + names_listpack_);
  used_ = names_end_ = first_group_ = static_cast<uint32_t>(out - data());
}

/// Closes the last group, if there is one, and opens another at `out`.
char* StreamBlock::start_group(char* out, StreamId id) {
  const auto at = static_cast<uint32_t>(out - data());
  if (in_last_group_ != 0) {
    const uint32_t size = at - last_group_;
    std::memcpy(data() + last_group_, &size, sizeof size);
  }
  last_group_ = at;
  in_last_group_ = 0;
  std::memset(out, 0, kGroupHeader);
  const uint64_t ms = id.ms - first_id_.ms;
  out = stream_value::put_varint(out + kGroupHeader, ms);
  return stream_value::put_varint(out, ms == 0 ? id.seq - first_id_.seq : id.seq);
}

/// There is room for it.
void StreamBlock::put(StreamId id, StreamFields entry) {
  char* out = data() + used_;
  const bool own_fields = !has_names_of(entry);
  const uint8_t flags = own_fields ? kOwnFieldsBit : 0;
  if (in_last_group_ == 0 || in_last_group_ == kGroupEntries) {
    out = start_group(out, id);
    *out++ = static_cast<char>(flags);
  } else {
    out = put_step(out, flags, last_id_, id);
  }
  const size_t pairs = entry.size() / 2;
  size_t listpack = 2 + stream_value::listpack_bytes(static_cast<int64_t>(id.ms - first_id_.ms)) +
                    stream_value::listpack_bytes(static_cast<int64_t>(id.seq - first_id_.seq));
  size_t elements = pairs + 3;
  if (own_fields) {
    out = stream_value::put_varint(out, pairs);
    listpack += stream_value::listpack_bytes(static_cast<int64_t>(pairs));
    elements += pairs + 1;
  }
  for (size_t i = 0; i < entry.size(); i += 2) {
    if (own_fields) {
      out = stream_value::put_text(out, entry[i]);
      listpack += Pack::element_bytes(entry[i]);
    }
    listpack += stream_value::put(out, entry[i + 1]);
  }
  listpack_ += static_cast<uint32_t>(listpack +
                                     stream_value::listpack_bytes(static_cast<int64_t>(elements)));
  used_ = static_cast<uint32_t>(out - data());
  last_id_ = id;
  ++live_;
  ++in_last_group_;
}

void StreamBlock::append(Owned<StreamBlock>& block, StreamId id, StreamFields entry, Epoch& epoch) {
  const size_t needed = block->used_ + bytes_max(entry);
  if (needed > block->capacity_) {
    resize(block, PackRoom::grown(epoch.heap(), sizeof(StreamBlock), needed), epoch);
  }
  block.thaw(epoch).put(id, entry);
}

void StreamBlock::erase(const Place& place) {
  VERIFY(!place.deleted);
  data()[place.at] = static_cast<char>(data()[place.at] | kDeletedBit);
  --live_;
  ++deleted_;
  if (place.group == first_group_) leave_deleted_groups();
}

void StreamBlock::erase_first(size_t count) {
  Place place = begin();
  for (;;) {
    if (!place.deleted) {
      data()[place.at] = static_cast<char>(data()[place.at] | kDeletedBit);
      --live_;
      ++deleted_;
      if (--count == 0) break;
    }
    next(place);
  }
  leave_deleted_groups();
}

/// Groups at the front that have no live entry are skipped from now on; not the last one.
void StreamBlock::leave_deleted_groups() {
  while (first_group_ != last_group_) {
    Place place = enter_group(first_group_);
    while (place.deleted && place.group == first_group_) next(place);
    if (place.group == first_group_) return;
    first_group_ = place.group;
  }
}

// ---- Reading.

uint32_t StreamBlock::group_size(uint32_t group) const {
  uint32_t size;
  std::memcpy(&size, data() + group, sizeof size);
  return size;
}

/// The group behind it; itself when it is the last.
uint32_t StreamBlock::next_group(uint32_t group) const {
  return group == last_group_ ? group : group + group_size(group);
}

/// Its ID; `at` is where its first entry stands.
StreamId StreamBlock::read_group(uint32_t group, const char*& at) const {
  at = data() + group + kGroupHeader;
  const uint64_t ms = stream_value::read_varint(at);
  const uint64_t seq = stream_value::read_varint(at);
  return {first_id_.ms + ms, ms == 0 ? first_id_.seq + seq : seq};
}

/// The rest of an entry whose ID has been read.
void StreamBlock::read_fields(Place& place, uint8_t head, const char* at) const {
  place.deleted = (head & kDeletedBit) != 0;
  place.own_fields = (head & kOwnFieldsBit) != 0;
  place.pairs = place.own_fields ? static_cast<uint32_t>(stream_value::read_varint(at)) : names_;
  place.body = static_cast<uint32_t>(at - data());
}

StreamBlock::Place StreamBlock::enter_group(uint32_t group) const {
  Place place;
  const char* at;
  place.id = read_group(group, at);
  place.group = group;
  place.index = 0;
  place.at = static_cast<uint32_t>(at - data());
  read_fields(place, static_cast<uint8_t>(*at), at + 1);
  return place;
}

StreamBlock::Place StreamBlock::begin() const {
  return enter_group(first_group_);
}

const char* StreamBlock::behind(const Place& place) const {
  const char* at = data() + place.body;
  for (uint32_t i = 0; i < place.pairs; ++i) {
    if (place.own_fields) stream_value::read_text(at);
    at = stream_value::skip(at);
  }
  return at;
}

bool StreamBlock::next(Place& place) const {
  if (place.index + 1u == (place.group == last_group_ ? in_last_group_ : kGroupEntries)) {
    if (place.group == last_group_) return false;
    place = enter_group(next_group(place.group));
    return true;
  }
  const char* at = behind(place);
  place.at = static_cast<uint32_t>(at - data());
  const auto head = static_cast<uint8_t>(*at++);
  place.id = read_step(head, at, place.id);
  ++place.index;
  read_fields(place, head, at);
  return true;
}

bool StreamBlock::seek(StreamId id, Place& place) const {
  uint32_t group = first_group_;
  for (;;) {
    const uint32_t beyond = next_group(group);
    const char* at;
    if (beyond == group || read_group(beyond, at) > id) break;
    group = beyond;
  }
  place = enter_group(group);
  while (place.id < id) {
    if (!next(place)) return false;
  }
  return true;
}

size_t StreamBlock::count_before(StreamId id) const {
  size_t live = 0;
  Place place = begin();
  do {
    if (place.id >= id) break;
    live += place.deleted ? 0 : 1;
  } while (next(place));
  return live;
}

StreamBlock::Place StreamBlock::group_of(const Place& place) const {
  return enter_group(place.group);
}

StreamBlock::Place StreamBlock::last_group() const {
  return enter_group(last_group_);
}

bool StreamBlock::group_before(const Place& place, Place& found) const {
  if (place.group == first_group_) return false;
  uint32_t group = first_group_;
  while (next_group(group) != place.group) group = next_group(group);
  found = enter_group(group);
  return true;
}

// ---- Checking.

bool StreamBlock::valid() const {
  if (used_ > capacity_ || live_ + deleted_ == 0 || in_last_group_ == 0) return false;
  // Groups that were left behind are still there.
  Place place = enter_group(names_end_);
  size_t live = 0;
  size_t deleted = 0;
  bool before_first = true;
  for (;;) {
    if (place.group == first_group_) before_first = false;
    if (before_first && !place.deleted) return false;
    place.deleted ? ++deleted : ++live;
    const StreamId id = place.id;
    if (id < first_id_ || id > last_id_) return false;
    if (!next(place)) break;
    if (place.id <= id) return false;
  }
  const bool whole = place.group == last_group_ && behind(place) == data() + used_;
  return whole && !before_first && live == live_ && deleted == deleted_;
}

}  // namespace sorrel
