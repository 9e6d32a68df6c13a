#include "persistence/packed_texts.h"

#include <bit>
#include <cstddef>
#include <cstring>

static_assert(std::endian::native == std::endian::little);

namespace sorrel {
namespace {

constexpr size_t kZiplistHeaderBytes = 10;
constexpr uint8_t kEnd = 0xff;
/// A size of more than 253 follows in four bytes.
constexpr uint8_t kBigSize = 0xfe;
constexpr size_t kCountUnknown = UINT16_MAX;
constexpr uint8_t kZipmapCountUnknown = 254;

/// How an entry of a ziplist is held, beside texts, whose sizes are in the first bits.
enum ZiplistInteger : uint8_t {
  kInteger16 = 0xc0,
  kInteger32 = 0xd0,
  kInteger64 = 0xe0,
  kInteger24 = 0xf0,
  kImmediateFirst = 0xf1,  // 0 to 12
  kImmediateLast = 0xfd,
  kInteger8 = 0xfe,
};

/// The first `size` bytes of `left`; false when there are not so many.
bool take(Bytes& left, size_t size, Bytes& taken) {
  if (left.size() < size) return false;
  taken = left.substr(0, size);
  left.remove_prefix(size);
  return true;
}
bool take_byte(Bytes& left, uint8_t& byte) {
  Bytes taken;
  if (!take(left, 1, taken)) return false;
  byte = static_cast<uint8_t>(taken.front());
  return true;
}
bool take_little32(Bytes& left, uint32_t& value) {
  Bytes taken;
  if (!take(left, sizeof value, taken)) return false;
  std::memcpy(&value, taken.data(), sizeof value);
  return true;
}
/// A signed integer of `size` bytes.
bool take_integer(Bytes& left, size_t size, int64_t& value) {
  Bytes taken;
  if (!take(left, size, taken)) return false;
  uint64_t bits = 0;
  std::memcpy(reinterpret_cast<char*>(&bits) + sizeof bits - size, taken.data(), size);
  value = static_cast<int64_t>(bits) >> (8 * (sizeof bits - size));
  return true;
}

/// One byte, or kBigSize and four.
bool take_size(Bytes& left, uint32_t& size) {
  uint8_t first;
  if (!take_byte(left, first) || first == kEnd) return false;
  size = first;
  return first != kBigSize || take_little32(left, size);
}

/// The size of a text in a ziplist, whose first byte has been taken.
bool take_text_size(Bytes& left, uint8_t first, uint32_t& size) {
  const unsigned form = first >> 6;
  size = first & 0x3f;
  if (form == 0) return true;
  if (form == 1) {
    uint8_t low;
    if (!take_byte(left, low)) return false;
    size = size << 8 | low;
    return true;
  }
  if (!take_little32(left, size)) return false;
  size = __builtin_bswap32(size);
  return true;
}

/// Bytes of an integer in a ziplist; 0: there is none in this form.
size_t integer_bytes(uint8_t form) {
  switch (form) {
    case kInteger8:
      return 1;
    case kInteger16:
      return 2;
    case kInteger24:
      return 3;
    case kInteger32:
      return 4;
    case kInteger64:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

void PackedTexts::clear() {
  texts_.clear();
  integers_.clear();
}

bool PackedTexts::read_ziplist_entry(Bytes& left) {
  uint8_t form;
  if (!take_byte(left, form)) return false;
  if (form < kInteger16) {
    uint32_t size;
    Bytes text;
    if (!take_text_size(left, form, size) || !take(left, size, text)) return false;
    add(text);
    return true;
  }
  if (form >= kImmediateFirst && form <= kImmediateLast) {
    add(int64_t{form} - kImmediateFirst);
    return true;
  }
  const size_t bytes = integer_bytes(form);
  int64_t integer;
  if (bytes == 0 || !take_integer(left, bytes, integer)) return false;
  add(integer);
  return true;
}

bool PackedTexts::read_ziplist(Bytes ziplist) {
  clear();
  Bytes left = ziplist;
  uint32_t bytes;
  uint32_t last;
  if (ziplist.size() < kZiplistHeaderBytes + 1 || !take_little32(left, bytes) ||
      !take_little32(left, last)) {
    return false;
  }
  uint16_t count;
  std::memcpy(&count, left.data(), sizeof count);
  left.remove_prefix(sizeof count);
  if (bytes != ziplist.size() || static_cast<uint8_t>(ziplist.back()) != kEnd) return false;
  left.remove_suffix(1);
  size_t before = 0;
  size_t last_seen = kZiplistHeaderBytes;
  while (!left.empty()) {
    const size_t from = left.size();
    uint32_t said;
    if (!take_size(left, said) || said != before || !read_ziplist_entry(left)) return false;
    before = from - left.size();
    last_seen = ziplist.size() - 1 - from;
  }
  return last == last_seen && (count == kCountUnknown || count == texts_.size());
}

bool PackedTexts::read_zipmap(Bytes zipmap) {
  clear();
  Bytes left = zipmap;
  uint8_t count;
  if (!take_byte(left, count) || left.empty() || static_cast<uint8_t>(left.back()) != kEnd) {
    return false;
  }
  left.remove_suffix(1);
  while (!left.empty()) {
    uint32_t size;
    Bytes field;
    Bytes value;
    Bytes slack;
    uint8_t slack_bytes;
    if (!take_size(left, size) || !take(left, size, field)) return false;
    if (!take_size(left, size) || !take_byte(left, slack_bytes)) return false;
    if (!take(left, size, value) || !take(left, slack_bytes, slack)) return false;
    add(field);
    add(value);
  }
  return count == kZipmapCountUnknown || count == texts_.size() / 2;
}

}  // namespace sorrel
