#include "core/value/zset_builder.h"

#include "core/structure/drop_on_throw.h"
#include "core/value/zset_pack.h"

#include <vector>

namespace sorrel {

ZsetBuilder::~ZsetBuilder() {
  // A set that nobody has seen: it is fresh, and freed at once or in slices.
  if (set_) set_.drop(values_.epoch);
}

void ZsetBuilder::start() {
  if (set_) return;
  // So that it can be dropped again.
  if (values_.epoch.frozen()) values_.epoch.reserve();
  set_ = ZsetTree::make(values_);
}

bool ZsetBuilder::add_new(Bytes member, double score) {
  start();
  if (tree().find(member) != nullptr) return false;
  if (in_order_) {
    tree().insert_in_order(member, score);
  } else {
    add(member, score);
  }
  return true;
}

void ZsetBuilder::add(Bytes member, double score) {
  start();
  tree().insert_unordered(member, score);
  member_bytes_ += member.size();
  member_bytes_max_ = std::max(member_bytes_max_, member.size());
}

bool ZsetBuilder::fits_pack() const {
  const EncodingLimits& limits = values_.limits;
  return size() <= limits.zset_pack_members_max &&
         member_bytes_max_ <= limits.zset_pack_member_bytes_max && member_bytes_ < kPackBytesMax;
}

Owned<Collection> ZsetBuilder::finish() {
  if (!set_ || in_order_) return std::move(set_);
  return fits_pack() ? finish_as_pack() : finish_as_tree();
}

Owned<Collection> ZsetBuilder::finish_as_tree() {
  tree().put_in_order();
  return std::move(set_);
}

Owned<Collection> ZsetBuilder::finish_as_pack() {
  Epoch& epoch = values_.epoch;
  std::vector<ZsetSlot> slots;
  slots.reserve(size());
  tree().for_each_unordered([&](const ZsetMember& member) { slots.emplace_back(&member); });
  std::sort(slots.begin(), slots.end());
  // Roughly: two elements' overhead and the score's text.
  constexpr size_t kPairBytes = 16;
  Owned<Pack> pack = Pack::make(epoch, static_cast<uint8_t>(Collection::Tag::kPack),
                                member_bytes_ + kPairBytes * slots.size());
  const DropOnThrow guard(pack, epoch);
  for (const ZsetSlot& slot : slots) {
    ZsetPack::append(pack, slot.member()->text(), slot.member()->score(), epoch);
  }
  set_.drop(epoch);
  return as_collection(std::move(pack));
}

}  // namespace sorrel
