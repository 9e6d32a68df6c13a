#include "core/value/zset.h"

#include "core/base/number.h"
#include "core/structure/drop_on_throw.h"
#include "core/value/zset_builder.h"

#include <charconv>
#include <cmath>

namespace sorrel {
namespace {

/// Whether one more member still belongs in a pack.
bool pack_takes(size_t members, Bytes member, const EncodingLimits& limits) {
  return members <= limits.zset_pack_members_max &&
         member.size() <= limits.zset_pack_member_bytes_max;
}

ZsetTree& tree_of(Owned<Collection>& set, ValueContext& values) {
  return static_cast<ZsetTree&>(set.thaw(values.epoch));
}

bool is_tree(const Owned<Collection>& set) {
  return set->tag() == Collection::Tag::kZsetTree;
}

}  // namespace

std::optional<double> Zset::score(Bytes member) const {
  if (tree_ != nullptr) {
    const ZsetMember* found = tree_->find(member);
    return found == nullptr ? std::nullopt : std::optional<double>(found->score());
  }
  const auto found = pack_.find(member);
  return found ? std::optional<double>(pack_.score(*found)) : std::nullopt;
}

std::optional<Zset::Standing> Zset::standing(Bytes member) const {
  if (tree_ != nullptr) {
    const ZsetMember* found = tree_->find(member);
    if (found == nullptr) return std::nullopt;
    return Standing{tree_->rank(*found), found->score()};
  }
  const auto found = pack_.find(member);
  if (!found) return std::nullopt;
  return Standing{pack_.rank(*found), pack_.score(*found)};
}

/// The result when nothing is to be done for a member with this score, or none; otherwise `score`
/// is the one it gets.
std::optional<Zset::AddResult> Zset::refuse(const AddRule& rule, const double* present,
                                            double& score) {
  if (present == nullptr) {
    if (rule.only_there) return AddResult{Added::kNothing, 0};
    return std::nullopt;
  }
  if (rule.only_new) return AddResult{Added::kNothing, *present};
  if (rule.increment) {
    score += *present;
    if (std::isnan(score)) return AddResult{Added::kNotANumber, 0};
  }
  if (rule.only_less && score >= *present) return AddResult{Added::kNothing, *present};
  if (rule.only_greater && score <= *present) return AddResult{Added::kNothing, *present};
  if (score == *present) return AddResult{Added::kSame, score};
  return std::nullopt;
}

Zset::AddResult Zset::add(Owned<Collection>& set, Bytes member, double score, const AddRule& rule,
                          ValueContext& values) {
  if (!set) {
    if (rule.only_there) return {Added::kNothing, 0};
    set = make(member, score, rule, values);
    return {Added::kNew, score};
  }
  return is_tree(set) ? add_to_tree(set, member, score, rule, values)
                      : add_to_pack(set, member, score, rule, values);
}

Zset::AddResult Zset::add_to_tree(Owned<Collection>& set, Bytes member, double score,
                                  const AddRule& rule, ValueContext& values) {
  const ZsetMember* found = static_cast<const ZsetTree&>(*set).find(member);
  const double present = found == nullptr ? 0 : found->score();
  const auto refused = refuse(rule, found == nullptr ? nullptr : &present, score);
  if (refused) return *refused;
  // Thawing the set copies its own block; the member stays where it is.
  ZsetTree& tree = tree_of(set, values);
  found == nullptr ? tree.insert(member, score) : tree.rescore(*found, score);
  return {found == nullptr ? Added::kNew : Added::kChanged, score};
}

Zset::AddResult Zset::add_to_pack(Owned<Collection>& set, Bytes member, double score,
                                  const AddRule& rule, ValueContext& values) {
  const ZsetPack pack(*as<Pack>(set));
  const auto found = pack.find(member);
  const double present = found ? pack.score(*found) : 0;
  const auto refused = refuse(rule, found ? &present : nullptr, score);
  if (refused) return *refused;
  if (found) {
    ZsetPack::rescore(as<Pack>(set), *found, score, values.epoch);
    return {Added::kChanged, score};
  }
  insert(set, member, score, rule, values);
  return {Added::kNew, score};
}

/// The set of an absent key, with its first member.
Owned<Collection> Zset::make(Bytes member, double score, const AddRule& rule,
                             ValueContext& values) {
  Epoch& epoch = values.epoch;
  if (epoch.frozen()) epoch.reserve();
  const bool packed = pack_takes(rule.members_given, member, values.limits);
  constexpr auto kTag = static_cast<uint8_t>(Collection::Tag::kPack);
  Owned<Collection> made = packed ? as_collection(Pack::make(epoch, kTag)) : ZsetTree::make(values);
  const DropOnThrow guard(made, epoch);
  packed ? ZsetPack::append(as<Pack>(made), member, score, epoch)
         : tree_of(made, values).insert(member, score);
  return made;
}

/// Into a pack that doesn't have the member.
void Zset::insert(Owned<Collection>& set, Bytes member, double score, const AddRule& rule,
                  ValueContext& values) {
  Owned<Pack>& pack = as<Pack>(set);
  const bool fits = pack->listpack_bytes() + member.size() < ZsetBuilder::kPackBytesMax;
  const size_t members = std::max(ZsetPack(*pack).size() + 1, rule.members_given);
  if (fits && pack_takes(members, member, values.limits)) {
    return ZsetPack::insert(pack, member, score, values.epoch);
  }
  if (values.epoch.frozen()) values.epoch.reserve();
  ZsetBuilder builder(values);
  ZsetPack(*pack).for_each({0, ZsetPack(*pack).size()}, false,
                           [&](Bytes text, double other) { builder.add(text, other); });
  builder.add(member, score);
  Owned<Collection> tree = builder.finish_as_tree();
  set.drop(values.epoch);
  set = std::move(tree);
}

bool Zset::erase(Owned<Collection>& set, Bytes member, ValueContext& values) {
  if (is_tree(set)) {
    const ZsetMember* found = static_cast<const ZsetTree&>(*set).find(member);
    if (found == nullptr) return false;
    tree_of(set, values).erase(*found);
    return true;
  }
  Owned<Pack>& pack = as<Pack>(set);
  const auto found = ZsetPack(*pack).find(member);
  if (found) ZsetPack::erase(pack, *found, values.epoch);
  return found.has_value();
}

void Zset::erase(Owned<Collection>& set, const RankRange& range, ValueContext& values) {
  if (range.empty()) return;
  if (is_tree(set)) return tree_of(set, values).erase(range);
  ZsetPack::erase(as<Pack>(set), range, values.epoch);
}

LongRealText::LongRealText(double value) {
  if (!std::isfinite(value)) {
    length_ = format_real(chars_, value);
    return;
  }
  char* const end = chars_ + sizeof chars_;
  length_ = static_cast<size_t>(
      std::to_chars(chars_, end, value, std::chars_format::general, 17).ptr - chars_);
}

}  // namespace sorrel
