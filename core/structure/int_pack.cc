#include "core/structure/int_pack.h"

#include "core/structure/pack_room.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

static_assert(std::endian::native == std::endian::little, "an intset's numbers are little endian");

namespace sorrel {
namespace {

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

size_t width_of(int64_t member) {
  if (member == static_cast<int16_t>(member)) return 2;
  return member == static_cast<int32_t>(member) ? 4 : 8;
}

int64_t read(const char* members, size_t width, size_t index) {
  const char* const at = members + index * width;
  if (width == 2) return load<int16_t>(at);
  if (width == 4) return load<int32_t>(at);
  return load<int64_t>(at);
}
void write(char* members, size_t width, size_t index, int64_t member) {
  std::memcpy(members + index * width, &member, width);
}

/// The first index at which `member` could stand.
template <class T>
size_t lower_bound(const char* members, size_t n, int64_t member) {
  size_t first = 0;
  while (n > 0) {
    const size_t half = n / 2;
    const bool right = load<T>(members + (first + half) * sizeof(T)) < member;
    first = right ? first + half + 1 : first;
    n = right ? n - half - 1 : half;
  }
  return first;
}

}  // namespace

Owned<IntPack> IntPack::make(Epoch& epoch, uint8_t tag, size_t members) {
  const uint32_t room =
      PackRoom::exact(epoch.heap(), sizeof(IntPack), kHeaderBytes + members * sizeof(int16_t));
  auto* pack = ::new (epoch.heap().allocate(sizeof(IntPack) + room)) IntPack(tag, room);
  pack->set_header(sizeof(int16_t), 0);
  return Owned<IntPack>::adopt(pack, epoch);
}

Owned<IntPack> IntPack::from_intset(Epoch& epoch, uint8_t tag, Bytes intset) {
  if (intset.size() < kHeaderBytes || intset.size() > PackRoom::kCapacityMax) return {};
  const size_t width = load<uint32_t>(intset.data());
  const size_t n = load<uint32_t>(intset.data() + sizeof(uint32_t));
  if (width != 2 && width != 4 && width != 8) return {};
  if (intset.size() != kHeaderBytes + n * width) return {};
  const char* const members = intset.data() + kHeaderBytes;
  for (size_t i = 1; i < n; ++i) {
    if (read(members, width, i - 1) >= read(members, width, i)) return {};
  }
  const uint32_t room = PackRoom::exact(epoch.heap(), sizeof(IntPack), intset.size());
  auto* pack = ::new (epoch.heap().allocate(sizeof(IntPack) + room)) IntPack(tag, room);
  std::memcpy(pack->data(), intset.data(), intset.size());
  return Owned<IntPack>::adopt(pack, epoch);
}

size_t IntPack::size() const {
  return load<uint32_t>(data() + sizeof(uint32_t));
}

size_t IntPack::width() const {
  return load<uint32_t>(data());
}

Bytes IntPack::intset() const {
  return {data(), kHeaderBytes + size() * width()};
}

int64_t IntPack::at(size_t index) const {
  return read(data() + kHeaderBytes, width(), index);
}

bool IntPack::contains(int64_t member) const {
  return find(member).found;
}

IntPack::Place IntPack::find(int64_t member) const {
  const size_t n = size();
  const char* const members = data() + kHeaderBytes;
  size_t index = 0;
  switch (width()) {
    case 2:
      index = lower_bound<int16_t>(members, n, member);
      break;
    case 4:
      index = lower_bound<int32_t>(members, n, member);
      break;
    default:
      index = lower_bound<int64_t>(members, n, member);
  }
  return {index, index < n && at(index) == member};
}

void IntPack::set_header(size_t width, size_t members) {
  const uint32_t header[2] = {static_cast<uint32_t>(width), static_cast<uint32_t>(members)};
  std::memcpy(data(), header, sizeof header);
}

bool IntPack::insert(Owned<IntPack>& pack, int64_t member, Epoch& epoch) {
  const Place place = pack->find(member);
  if (place.found) return false;
  const size_t width = std::max(pack->width(), width_of(member));
  apply(pack, {place.index, 0, 1, width}, epoch);
  write(pack.thaw(epoch).data() + kHeaderBytes, width, place.index, member);
  return true;
}

bool IntPack::erase(Owned<IntPack>& pack, int64_t member, Epoch& epoch) {
  const Place place = pack->find(member);
  if (!place.found) return false;
  apply(pack, {place.index, 1, 0, pack->width()}, epoch);
  shrink(pack, epoch);
  return true;
}

/// In place where that can be, else in a new block: a snapshot sees this one, it has no room, or
/// the members become wider.
void IntPack::apply(Owned<IntPack>& pack, const Change& change, Epoch& epoch) {
  const size_t before = pack->size();
  const size_t after = before - change.out + change.in;
  const size_t needed = kHeaderBytes + after * change.width;
  VERIFY(needed <= PackRoom::kCapacityMax);
  const bool writable = !epoch.frozen() || pack.fresh();
  if (writable && change.width == pack->width() && needed <= pack->capacity_) {
    IntPack& written = pack.thaw(epoch);
    char* const at = written.data() + kHeaderBytes + change.index * change.width;
    std::memmove(at + change.in * change.width, at + change.out * change.width,
                 (before - change.index - change.out) * change.width);
    written.set_header(change.width, after);
    return;
  }
  if (epoch.frozen()) epoch.reserve();
  const uint32_t room = before == 0 ? PackRoom::exact(epoch.heap(), sizeof(IntPack), needed)
                                    : PackRoom::grown(epoch.heap(), sizeof(IntPack), needed);
  auto* made = ::new (epoch.heap().allocate(sizeof(IntPack) + room)) IntPack(pack->tag_, room);
  replace_block(pack, change, made, epoch);
}

void IntPack::replace_block(Owned<IntPack>& pack, const Change& change, IntPack* made,
                            Epoch& epoch) {
  const size_t n = pack->size();
  const size_t width = pack->width();
  const char* const from = pack->data() + kHeaderBytes;
  char* const to = made->data() + kHeaderBytes;
  const size_t behind = change.index + change.out;
  if (width == change.width) {
    std::memcpy(to, from, change.index * width);
    std::memcpy(to + (change.index + change.in) * width, from + behind * width,
                (n - behind) * width);
  } else {
    for (size_t i = 0; i < change.index; ++i) write(to, change.width, i, read(from, width, i));
    for (size_t i = behind; i < n; ++i) {
      write(to, change.width, i - change.out + change.in, read(from, width, i));
    }
  }
  made->set_header(change.width, n - change.out + change.in);
  Owned<IntPack> owned = Owned<IntPack>::adopt(made, epoch);
  owned.set_extra(pack.extra());
  pack.release(epoch);
  pack = std::move(owned);
}

/// Gives up a block that is mostly empty, if there is memory for a smaller one. Only after an edit:
/// the block is fresh.
void IntPack::shrink(Owned<IntPack>& pack, Epoch& epoch) {
  const size_t used = pack->intset().size();
  if (!PackRoom::too_big(pack->capacity_, used)) return;
  const uint32_t room = PackRoom::grown(epoch.heap(), sizeof(IntPack), used);
  if (room >= pack->capacity_) return;
  void* const block = epoch.heap().try_allocate(sizeof(IntPack) + room);
  if (block == nullptr) return;
  replace_block(pack, {0, 0, 0, pack->width()}, ::new (block) IntPack(pack->tag_, room), epoch);
}

}  // namespace sorrel
