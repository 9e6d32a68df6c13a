#include "core/structure/pack.h"

#include "core/base/number.h"
#include "core/structure/pack_room.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

static_assert(std::endian::native == std::endian::little, "a listpack's numbers are little endian");

namespace sorrel {
namespace {

// How an element begins. Its own size follows it, lowest seven bits last, so that it can be read
// from behind.
//
//   0xxxxxxx                   integer 0 to 127
//   10xxxxxx                   text of up to 63 bytes
//   110xxxxx xxxxxxxx          integer of 13 bits
//   1110xxxx xxxxxxxx          text of up to 4095 bytes
//   f0 and 4 bytes             text
//   f1, f2, f3, f4             integer of 16, 24, 32, 64 bits
//   ff                         the end
constexpr uint8_t kShortText = 0x80;
constexpr uint8_t kInteger13 = 0xc0;
constexpr uint8_t kMiddleText = 0xe0;
constexpr uint8_t kLongText = 0xf0;
constexpr uint8_t kInteger16 = 0xf1;
constexpr uint8_t kInteger24 = 0xf2;
constexpr uint8_t kInteger32 = 0xf3;
constexpr uint8_t kInteger64 = 0xf4;
constexpr char kEndByte = '\xff';

constexpr size_t kShortTextMax = 63;
constexpr size_t kMiddleTextMax = 4095;
/// Stands in the header for "count them".
constexpr size_t kCountUnknown = UINT16_MAX;
constexpr size_t kElementBytesMin = 2;
/// Bytes of an element's own size that may follow it.
constexpr size_t kBackSizeMax = 5;

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void store(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
uint8_t byte_at(const char* at) {
  return static_cast<uint8_t>(*at);
}

/// Bytes that say how long a body of `size` bytes is. (The limits are the format's, one short of
/// what would fit.)
size_t back_size(size_t size) {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}
char* put_back_size(char* at, size_t size) {
  const size_t bytes = back_size(size);
  for (size_t i = bytes; i-- > 0;) {
    at[i] = static_cast<char>((size & 127) | (i == 0 ? 0 : 128));
    size >>= 7;
  }
  return at + bytes;
}

/// How many bytes must be there before body_size() may look, by the first; 0: no element begins so.
size_t head_size(uint8_t first) {
  if (first < kInteger13) return 1;
  if (first < kLongText) return 2;
  if (first == kLongText) return 5;
  return first <= kInteger64 ? 1 : 0;
}
/// An element without the size behind it.
size_t body_size(const char* at) {
  const uint8_t first = byte_at(at);
  if (first < kShortText) return 1;
  if (first < kInteger13) return 1 + (first & 63u);
  if (first < kMiddleText) return 2;
  if (first < kLongText) return 2 + ((first & 15u) << 8 | byte_at(at + 1));
  static constexpr uint8_t kIntegerSizes[] = {3, 4, 5, 9};
  if (first == kLongText) return 5 + size_t{load<uint32_t>(at + 1)};
  return kIntegerSizes[first - kInteger16];
}
const char* skip(const char* at) {
  const uint8_t first = byte_at(at);
  // Nearly all elements are short: their size takes one byte.
  if (first < kShortText) return at + 2;
  if (first < kInteger13) return at + 2 + (first & 63u);
  const size_t body = body_size(at);
  return at + body + back_size(body);
}

/// The element that ends at `end`: 0 when no valid size stands there or it is more than `most`.
size_t size_before(const char* end, size_t most) {
  size_t body = 0;
  for (size_t i = 0; i < std::min(kBackSizeMax, most); ++i) {
    const uint8_t byte = byte_at(end - 1 - i);
    body |= size_t{byte & 127u} << (7 * i);
    if ((byte & 128) == 0) return body + i + 1;
  }
  return 0;
}

/// A text as an element: what stands before its bytes, or instead of them.
struct Encoded {
  Encoded() : Encoded(Bytes()) {}
  explicit Encoded(Bytes text) {
    if (const std::optional<int64_t> integer = parse_integer(text)) {
      head_size = put_integer(*integer);
    } else {
      bytes = text;
      head_size = put_text_size(text.size());
    }
  }
  explicit Encoded(int64_t integer) : head_size(put_integer(integer)) {}

  size_t body() const { return head_size + bytes.size(); }
  size_t size() const { return body() + back_size(body()); }
  char* put(char* at) const {
    std::memcpy(at, head, head_size);
    if (!bytes.empty()) std::memcpy(at + head_size, bytes.data(), bytes.size());
    return put_back_size(at + body(), body());
  }
  /// Both are two bytes long at least. The first two tell nearly all elements apart: kind, size,
  /// and the first byte of a short text.
  uint16_t filter() const {
    char element[2] = {head[0], head[1]};
    if (head_size == 1) element[1] = bytes.empty() ? '\1' : bytes[0];
    return load<uint16_t>(element);
  }
  /// Of an element that passed the filter, and so has a head as long.
  bool equals(const char* element) const {
    return std::memcmp(element, head, head_size) == 0 &&
           (bytes.empty() || std::memcmp(element + head_size, bytes.data(), bytes.size()) == 0);
  }

  char head[9] = {};
  size_t head_size;
  Bytes bytes;

 private:
  size_t put_tagged(uint8_t tag, int64_t value, size_t size) {
    head[0] = static_cast<char>(tag);
    std::memcpy(head + 1, &value, size);
    return 1 + size;
  }
  size_t put_two(uint8_t tag, uint64_t value) {
    head[0] = static_cast<char>(tag | value >> 8);
    head[1] = static_cast<char>(value & 0xff);
    return 2;
  }
  size_t put_integer(int64_t value) {
    const auto fits = [value](int bits) {
      return value >= -(int64_t{1} << (bits - 1)) && value < int64_t{1} << (bits - 1);
    };
    if (value >= 0 && value <= 127) {
      head[0] = static_cast<char>(value);
      return 1;
    }
    if (fits(13)) return put_two(kInteger13, static_cast<uint64_t>(value) & 0x1fff);
    if (fits(16)) return put_tagged(kInteger16, value, 2);
    if (fits(24)) return put_tagged(kInteger24, value, 3);
    return fits(32) ? put_tagged(kInteger32, value, 4) : put_tagged(kInteger64, value, 8);
  }
  size_t put_text_size(size_t size) {
    if (size <= kShortTextMax) {
      head[0] = static_cast<char>(kShortText | size);
      return 1;
    }
    if (size <= kMiddleTextMax) return put_two(kMiddleText, size);
    return put_tagged(kLongText, static_cast<int64_t>(size), 4);
  }
};

/// Several texts, each looked at once as long as they are few.
class EncodedTexts {
 public:
  explicit EncodedTexts(std::span<const Bytes> texts) : texts_(texts) {
    for (size_t i = 0; i < texts.size(); ++i) {
      const Encoded encoded(texts[i]);
      if (i < kKept) kept_[i] = encoded;
      size_ += encoded.size();
    }
  }
  size_t size() const { return size_; }
  void put(char* at) const {
    for (size_t i = 0; i < texts_.size(); ++i) {
      at = i < kKept ? kept_[i].put(at) : Encoded(texts_[i]).put(at);
    }
  }

 private:
  static constexpr size_t kKept = 4;
  std::span<const Bytes> texts_;
  std::array<Encoded, kKept> kept_;
  size_t size_ = 0;
};

/// The whole element at `at`, in bytes, or 0 when what stands there, before `end`, is none.
size_t checked_size(const char* at, const char* end) {
  const size_t room = static_cast<size_t>(end - at);
  const size_t head = head_size(byte_at(at));
  if (head == 0 || room < head) return 0;
  const size_t body = body_size(at);
  if (room < body + back_size(body)) return 0;
  const size_t size = body + back_size(body);
  return size_before(at + size, size) == size ? size : 0;
}

}  // namespace

Bytes PackElement::bytes(Scratch& scratch) const {
  return is_integer_ ? Bytes(scratch, format_integer(scratch, integer_)) : text_;
}

size_t PackElement::size() const {
  if (!is_integer_) return text_.size();
  const bool negative = integer_ < 0;
  const uint64_t magnitude =
      negative ? 0 - static_cast<uint64_t>(integer_) : static_cast<uint64_t>(integer_);
  return decimal_digits(magnitude) + (negative ? 1 : 0);
}

bool PackElement::operator==(Bytes text) const {
  return is_integer_ ? parse_integer(text) == integer_ : text_ == text;
}

Owned<Pack> Pack::make(Epoch& epoch, uint8_t tag, size_t capacity) {
  VERIFY(capacity <= kBytesMax);
  const uint32_t room =
      PackRoom::exact(epoch.heap(), sizeof(Pack), std::max(capacity, kEmptyBytes));
  auto* pack = ::new (epoch.heap().allocate(sizeof(Pack) + room)) Pack(tag, room);
  pack->set_size(kEmptyBytes, 0);
  return Owned<Pack>::adopt(pack, epoch);
}

Owned<Pack> Pack::make(Epoch& epoch, uint8_t tag, std::span<const Bytes> texts) {
  const EncodedTexts encoded(texts);
  Owned<Pack> made = make(epoch, tag, kEmptyBytes + encoded.size());
  Pack& pack = made.thaw(epoch);
  encoded.put(pack.data() + kHeaderBytes);
  pack.set_size(kEmptyBytes + encoded.size(), texts.size());
  return made;
}

Owned<Pack> Pack::from_listpack(Epoch& epoch, uint8_t tag, Bytes listpack) {
  if (!valid(listpack)) return {};
  Owned<Pack> made = make(epoch, tag, listpack.size());
  std::memcpy(made.thaw(epoch).data(), listpack.data(), listpack.size());
  return made;
}

Owned<Pack> Pack::copy(const Pack& from, Position at, Epoch& epoch) {
  const size_t bytes = from.end() - at;
  Owned<Pack> made = make(epoch, from.tag_, kEmptyBytes + bytes);
  Pack& copy = made.thaw(epoch);
  std::memcpy(copy.data() + kHeaderBytes, from.data() + at, bytes);
  copy.set_size(kEmptyBytes + bytes, 0);
  copy.set_size(kEmptyBytes + bytes, at == from.begin() ? from.size() : copy.count());
  return made;
}

bool Pack::valid(Bytes listpack) {
  if (listpack.size() < kEmptyBytes || listpack.size() > kBytesMax) return false;
  if (load<uint32_t>(listpack.data()) != listpack.size() || listpack.back() != kEndByte) {
    return false;
  }
  size_t count = 0;
  const char* const end = listpack.data() + listpack.size() - 1;
  for (const char* at = listpack.data() + kHeaderBytes; at != end; ++count) {
    const size_t size = checked_size(at, end);
    if (size == 0) return false;
    at += size;
  }
  const size_t said = load<uint16_t>(listpack.data() + sizeof(uint32_t));
  return said == kCountUnknown || said == count;
}

// An element that isn't in its one form is longer than that.
bool Pack::canonical() const {
  for (Position at = begin(); at != end();) {
    const Position behind = next(at);
    const PackElement element = get(at);
    PackElement::Scratch scratch;
    const Encoded one =
        element.is_integer() ? Encoded(element.integer()) : Encoded(element.bytes(scratch));
    if (one.size() != behind - at) return false;
    at = behind;
  }
  return true;
}

size_t Pack::listpack_bytes() const {
  return load<uint32_t>(data());
}

size_t Pack::element_bytes(Bytes text) {
  return Encoded(text).size();
}

size_t Pack::size() const {
  const size_t said = load<uint16_t>(data() + sizeof(uint32_t));
  return said != kCountUnknown ? said : count();
}

size_t Pack::count() const {
  size_t counted = 0;
  for (Position at = begin(); at != end(); at = next(at)) ++counted;
  return counted;
}

Pack::Position Pack::next(Position at) const {
  return static_cast<Position>(skip(data() + at) - data());
}

Pack::Position Pack::previous(Position at) const {
  return static_cast<Position>(at - size_before(data() + at, at - kHeaderBytes));
}

Pack::Position Pack::at(size_t index) const {
  const size_t n = size();
  if (index >= n) return end();
  Position at = index < n / 2 ? begin() : end();
  if (index < n / 2) {
    for (; index > 0; --index) at = next(at);
  } else {
    for (size_t left = n - index; left > 0; --left) at = previous(at);
  }
  return at;
}

PackElement Pack::get(Position position) const {
  const char* const at = data() + position;
  const uint8_t first = byte_at(at);
  if (first < kShortText) return PackElement(int64_t{first});
  if (first < kInteger13) return PackElement(Bytes(at + 1, first & 63u));
  if (first < kMiddleText) {
    const auto raw = static_cast<uint16_t>((first & 31u) << 8 | byte_at(at + 1));
    return PackElement(int64_t{static_cast<int16_t>(raw << 3)} >> 3);
  }
  if (first <= kLongText) {
    const size_t head = first == kLongText ? 5 : 2;
    return PackElement(Bytes(at + head, body_size(at) - head));
  }
  if (first == kInteger16) return PackElement(int64_t{load<int16_t>(at + 1)});
  // The byte before the three is cut off again.
  if (first == kInteger24) return PackElement(int64_t{load<int32_t>(at) >> 8});
  if (first == kInteger32) return PackElement(int64_t{load<int32_t>(at + 1)});
  return PackElement(load<int64_t>(at + 1));
}

Pack::Position Pack::find(Bytes text, Position from, unsigned step) const {
  const Encoded wanted(text);
  const uint16_t filter = wanted.filter();
  const char* const stop = data() + end();
  for (const char* at = data() + from; at != stop;) {
    if (load<uint16_t>(at) == filter && wanted.equals(at)) {
      return static_cast<Position>(at - data());
    }
    for (unsigned i = 0; i < step && at != stop; ++i) at = skip(at);
  }
  return end();
}

void Pack::set_size(size_t bytes, size_t elements) {
  store(data(), static_cast<uint32_t>(bytes));
  store(data() + sizeof(uint32_t), static_cast<uint16_t>(std::min(elements, kCountUnknown)));
  data()[bytes - 1] = kEndByte;
}

/// Makes a gap of `inserted` bytes in the place of what stands from `from` to `to`, for the caller
/// to fill, with the header already right. Throws only when the block can't be written in place: a
/// snapshot sees it, or it has no room.
char* Pack::splice(Owned<Pack>& pack, const Splice& change, Epoch& epoch) {
  const size_t before = pack->listpack_bytes();
  const size_t after = before - (change.to - change.from) + change.inserted;
  VERIFY(after <= kBytesMax);
  const size_t known = load<uint16_t>(pack->data() + sizeof(uint32_t));
  const size_t elements =
      known == kCountUnknown ? kCountUnknown : known - change.elements_out + change.elements_in;

  const bool in_place = after <= pack->capacity_ && (!epoch.frozen() || pack.fresh());
  if (!in_place) {
    if (epoch.frozen()) epoch.reserve();
    const bool first = before == kEmptyBytes;
    const uint32_t room = first ? PackRoom::exact(epoch.heap(), sizeof(Pack), after)
                                : PackRoom::grown(epoch.heap(), sizeof(Pack), after);
    Pack* made = ::new (epoch.heap().allocate(sizeof(Pack) + room)) Pack(pack->tag_, room);
    replace_block(pack, change, made, epoch);
  } else if (change.to - change.from != change.inserted) {
    char* const gap = pack.thaw(epoch).data() + change.from;
    std::memmove(gap + change.inserted, gap + (change.to - change.from), before - change.to);
  }
  Pack& written = pack.thaw(epoch);
  written.set_size(after, elements);
  // A count that was lost comes back when so few bytes hold fewer elements.
  if (known == kCountUnknown && after < kCountUnknown * kElementBytesMin && change.inserted == 0) {
    written.set_size(after, written.count());
  }
  return written.data() + change.from;
}

/// A new block takes over what stays, around the gap. The header is as it was.
void Pack::replace_block(Owned<Pack>& pack, const Splice& change, Pack* made, Epoch& epoch) {
  const size_t before = pack->listpack_bytes();
  std::memcpy(made->data(), pack->data(), change.from);
  std::memcpy(made->data() + change.from + change.inserted, pack->data() + change.to,
              before - change.to);
  Owned<Pack> owned = Owned<Pack>::adopt(made, epoch);
  owned.set_extra(pack.extra());
  pack.release(epoch);
  pack = std::move(owned);
}

/// Gives up a block that is mostly empty. Only after an edit: the block is fresh.
void Pack::shrink(Owned<Pack>& pack, Epoch& epoch) {
  const size_t used = pack->listpack_bytes();
  if (!PackRoom::too_big(pack->capacity_, used)) return;
  fit(pack, PackRoom::grown(epoch.heap(), sizeof(Pack), used), epoch);
}

void Pack::trim(Owned<Pack>& pack, Epoch& epoch) {
  if (epoch.frozen() && !pack.fresh()) return;
  fit(pack, PackRoom::exact(epoch.heap(), sizeof(Pack), pack->listpack_bytes()), epoch);
}

/// Moves to a smaller block, if there is memory for it.
void Pack::fit(Owned<Pack>& pack, uint32_t capacity, Epoch& epoch) {
  if (capacity >= pack->capacity_) return;
  void* const block = epoch.heap().try_allocate(sizeof(Pack) + capacity);
  if (block == nullptr) return;
  const Position end = pack->end();
  replace_block(pack, {end, end, 0, 0, 0}, ::new (block) Pack(pack->tag_, capacity), epoch);
}

Pack::Position Pack::insert(Owned<Pack>& pack, Position at, std::span<const Bytes> texts,
                            Epoch& epoch) {
  const EncodedTexts encoded(texts);
  encoded.put(splice(pack, {at, at, encoded.size(), 0, texts.size()}, epoch));
  return at;
}

Pack::Position Pack::insert(Owned<Pack>& pack, Position at, Bytes text, Epoch& epoch) {
  const Encoded encoded(text);
  encoded.put(splice(pack, {at, at, encoded.size(), 0, 1}, epoch));
  return at;
}

void Pack::replace(Owned<Pack>& pack, Position at, Bytes text, Epoch& epoch) {
  const Encoded encoded(text);
  encoded.put(splice(pack, {at, pack->next(at), encoded.size(), 1, 1}, epoch));
  shrink(pack, epoch);
}

void Pack::erase(Owned<Pack>& pack, Position at, size_t count, Epoch& epoch) {
  const Position stop = pack->end();
  Position to = at;
  size_t erased = 0;
  for (; erased < count && to != stop; ++erased) to = pack->next(to);
  if (erased == 0) return;
  splice(pack, {at, to, 0, erased, 0}, epoch);
  shrink(pack, epoch);
}

Owned<Pack> Pack::split(Owned<Pack>& pack, Position at, Epoch& epoch) {
  // From here on it is written in place, and cutting it off can't fail.
  pack.thaw(epoch);
  Owned<Pack> tail = copy(*pack, at, epoch);
  splice(pack, {at, pack->end(), 0, tail->size(), 0}, epoch);
  shrink(pack, epoch);
  return tail;
}

void Pack::join(Owned<Pack>& pack, const Pack& tail, Epoch& epoch) {
  const size_t bytes = tail.listpack_bytes() - kEmptyBytes;
  char* const gap = splice(pack, {pack->end(), pack->end(), bytes, 0, tail.size()}, epoch);
  if (bytes != 0) std::memcpy(gap, tail.data() + kHeaderBytes, bytes);
}

// ---- ListpackText

namespace {

void add_element(std::string& bytes, const Encoded& element) {
  const size_t before = bytes.size();
  bytes.resize(before + element.size());
  element.put(bytes.data() + before);
}

}  // namespace

void ListpackText::clear() {
  bytes_.assign(sizeof(uint32_t) + sizeof(uint16_t), '\0');
  elements_ = 0;
}

void ListpackText::add(Bytes text) {
  add_element(bytes_, Encoded(text));
  ++elements_;
}

void ListpackText::add(int64_t integer) {
  add_element(bytes_, Encoded(integer));
  ++elements_;
}

void ListpackText::add(const PackElement& element) {
  PackElement::Scratch scratch;
  element.is_integer() ? add(element.integer()) : add(element.bytes(scratch));
}

Bytes ListpackText::finish() {
  bytes_.push_back(kEndByte);
  store(bytes_.data(), static_cast<uint32_t>(bytes_.size()));
  store(bytes_.data() + sizeof(uint32_t),
        static_cast<uint16_t>(std::min(elements_, kCountUnknown)));
  return bytes_;
}

}  // namespace sorrel
