#include "core/value/set_member.h"

#include "core/value/collection.h"

#include <cstring>
#include <new>

namespace sorrel {
namespace {

constexpr size_t kExpiryAt = 1;
constexpr size_t kShortExpiringMax = 255;

uint64_t load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

uint8_t SetMember::head_of(Bytes text, int64_t expires_ms) {
  if (expires_ms != kNever)
    return text.size() <= kShortExpiringMax ? kShortExpiring : kLongExpiring;
  return text.size() <= kSizeMax ? static_cast<uint8_t>(text.size()) : kLong;
}

size_t SetMember::text_offset(uint8_t head) {
  switch (head) {
    case kLong:
      return 1 + 8;
    case kShortExpiring:
      return 1 + 8 + 1;
    case kLongExpiring:
      return 1 + 8 + 8;
    default:
      return 1;
  }
}

SetMember::SetMember(Bytes text, int64_t expires_ms) : head_(head_of(text, expires_ms)) {
  char* const begin = at(text_offset(head_));
  if (expires()) std::memcpy(at(kExpiryAt), &expires_ms, sizeof expires_ms);
  if (head_ == kShortExpiring) begin[-1] = static_cast<char>(text.size());
  if (head_ == kLong || head_ == kLongExpiring) {
    const uint64_t size = text.size();
    std::memcpy(begin - sizeof size, &size, sizeof size);
  }
  text.copy(begin, text.size());
}

Owned<SetMember> SetMember::make(Epoch& epoch, Bytes text, int64_t expires_ms) {
  const size_t bytes = text_offset(head_of(text, expires_ms)) + text.size();
  return Owned<SetMember>::adopt(new (epoch.heap().allocate(bytes)) SetMember(text, expires_ms),
                                 epoch);
}

Bytes SetMember::unusual_text() const {
  const char* const begin = at(text_offset(head_));
  if (head_ == kShortExpiring) return {begin, static_cast<uint8_t>(begin[-1])};
  return {begin, load(begin - 8)};
}

int64_t SetMember::expires_ms() const {
  return expires() ? static_cast<int64_t>(load(at(kExpiryAt))) : kNever;
}

}  // namespace sorrel
