#include "core/value/hash_pack.h"

#include "core/base/number.h"
#include "core/structure/drop_on_throw.h"

#include <span>

namespace sorrel {
namespace {

uint8_t tag_byte(Collection::Tag tag) {
  return static_cast<uint8_t>(tag);
}

}  // namespace

int64_t HashPack::expires_ms(Position at) const {
  if (!expiring()) return kNever;
  const PackElement time = pack_.get(pack_.next(pack_.next(at)));
  return time.integer() == 0 ? kNever : time.integer();
}

size_t HashPack::due(int64_t now_ms) const {
  size_t count = 0;
  for (Position at = begin(); at != end() && expires_ms(at) <= now_ms; at = next(at)) ++count;
  return count;
}

/// Where a field with that expiry stands: before the first that expires later.
HashPack::Position HashPack::place_for(int64_t expires_ms) const {
  if (expires_ms == kNever) return end();
  Position at = begin();
  while (at != end() && this->expires_ms(at) <= expires_ms) at = next(at);
  return at;
}

Owned<Collection> HashPack::make(ValueContext& values) {
  return as_collection(Pack::make(values.epoch, tag_byte(Collection::Tag::kPack)));
}

void HashPack::make_expiring(Owned<Collection>& hash, ValueContext& values) {
  const HashPack pairs(*hash);
  Owned<Pack> made = Pack::make(values.epoch, tag_byte(Collection::Tag::kHashPackExpiring),
                                pairs.pack_.listpack_bytes() + pairs.size() * 2);
  PackElement::Scratch field;
  PackElement::Scratch value;
  const DropOnThrow guard(made, values.epoch);
  for (Position at = pairs.begin(); at != pairs.end(); at = pairs.next(at)) {
    const Bytes triple[] = {pairs.field(at).bytes(field), pairs.value(at).bytes(value), "0"};
    Pack::insert(made, made->end(), triple, values.epoch);
  }
  values.epoch.reserve();
  hash.drop(values.epoch);
  hash = as_collection(std::move(made));
}

void HashPack::set(Owned<Collection>& hash, Bytes field, Bytes value, int64_t expires_ms,
                   ValueContext& values) {
  const HashPack before(*hash);
  const Position at = before.find(field);
  if (at == before.end()) {
    insert(hash, field, value, expires_ms, values);
    return;
  }
  if (before.expires_ms(at) == expires_ms) {
    return Pack::replace(as<Pack>(hash), before.pack_.next(at), value, values.epoch);
  }
  // The new one first: without memory for it the old one stays.
  const Position made = insert(hash, field, value, expires_ms, values);
  const HashPack both(*hash);
  const Position first = both.find(field);
  erase(hash, first == made ? both.pack_.find(field, both.next(made), both.stride_) : first,
        values);
}

HashPack::Position HashPack::insert(Owned<Collection>& hash, Bytes field, Bytes value,
                                    int64_t expires_ms, ValueContext& values) {
  const HashPack before(*hash);
  const IntegerText time(expires_ms == kNever ? 0 : expires_ms);
  const Bytes triple[] = {field, value, time.view()};
  return Pack::insert(as<Pack>(hash), before.place_for(expires_ms),
                      std::span<const Bytes>(triple, before.stride_), values.epoch);
}

void HashPack::erase(Owned<Collection>& hash, Position at, ValueContext& values) {
  const unsigned stride = HashPack(*hash).stride_;
  Pack::erase(as<Pack>(hash), at, stride, values.epoch);
}

std::vector<std::string> HashPack::expire(Owned<Collection>& hash, int64_t now_ms, size_t count,
                                          ValueContext& values) {
  std::vector<std::string> gone;
  const HashPack fields(*hash);
  PackElement::Scratch scratch;
  for (Position at = fields.begin();
       at != fields.end() && gone.size() < count && fields.expires_ms(at) <= now_ms;
       at = fields.next(at)) {
    gone.emplace_back(fields.field(at).bytes(scratch));
  }
  if (!gone.empty()) {
    Pack::erase(as<Pack>(hash), fields.begin(), gone.size() * fields.stride_, values.epoch);
  }
  return gone;
}

}  // namespace sorrel
