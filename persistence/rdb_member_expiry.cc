#include "persistence/rdb_member_expiry.h"

#include "core/value/set.h"

#include <bit>
#include <cstring>
#include <string>

namespace sorrel {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kFieldBytesMax = 64 * 1024;
/// Times behind this are no times.
constexpr uint64_t kTimeMax = uint64_t{1} << 62;

void put_number(std::string& out, uint64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& out, Bytes text) {
  put_number(out, text.size());
  out.append(text);
}

}  // namespace

void write_member_expiries(Bytes key, const Collection& set,
                           const std::function<void(Bytes name, Bytes value)>& put) {
  if (set.next_expiry() == kNever) return;
  std::string head;
  put_text(head, key);
  std::string field = head;
  SetTable::of(set).elements().for_each([&](const SetMember& member) {
    if (!member.expires()) return;
    put_number(field, static_cast<uint64_t>(member.expires_ms()));
    put_text(field, member.text());
    if (field.size() < kFieldBytesMax) return;
    put(kMemberExpiryAux, field);
    field = head;
  });
  if (field.size() > head.size()) put(kMemberExpiryAux, field);
}

bool MemberExpiries::take_number(uint64_t& number) {
  if (rest_.size() < sizeof number) return false;
  std::memcpy(&number, rest_.data(), sizeof number);
  rest_.remove_prefix(sizeof number);
  return true;
}

bool MemberExpiries::take_text(Bytes& text) {
  uint64_t size;
  if (!take_number(size) || size > rest_.size()) return false;
  text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool MemberExpiries::next(Bytes& member, int64_t& at_ms) {
  if (!sound_ || rest_.empty()) return false;
  uint64_t time;
  sound_ = take_number(time) && time <= kTimeMax && take_text(member);
  at_ms = sound_ ? static_cast<int64_t>(time) : 0;
  return sound_;
}

bool MemberExpiries::apply(Owned<Collection>* set, ValueContext& values) {
  Bytes member;
  int64_t at_ms;
  while (next(member, at_ms)) {
    if (set == nullptr || !SetValue(**set).contains(member)) continue;
    SetEditor(*set, values).set_expiry(member, at_ms);
  }
  return sound_;
}

}  // namespace sorrel
