// Sorted sets: pair by pair, with scores as text (Redis 1) or in binary, or packed.

#include "core/base/number.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_value_reader.h"

#include <cmath>
#include <optional>

namespace sorrel {

void RdbValueReader::read_zset(RdbValue& value, bool text_scores) {
  value.become(Type::kZset, {});
  text_scores_ = text_scores;
  const uint64_t members = input_.length();
  zset_.emplace(values_).expect(members);
  rest_ = {&RdbValueReader::read_zset_member, &RdbValueReader::finish_zset, members};
}

void RdbValueReader::read_zset_member(RdbValue& /*value*/) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  const double score = text_scores_ ? input_.text_real() : input_.real();
  if (!input_.ok()) return;
  if (std::isnan(score)) return input_.fail_at(from, "a score that isn't a number");
  if (!zset_->add_new(first_, score)) input_.fail_at(from, "a member is there twice");
}

void RdbValueReader::finish_zset(RdbValue& value) {
  value.become(Type::kZset, zset_->finish());
  zset_.reset();
}

void RdbValueReader::read_zset_pack(RdbValue& value, Packing packing) {
  const uint64_t from = input_.offset();
  if (!read_packed(value, Type::kZset, packing, Collection::Tag::kPack)) return;
  if (!check_distinct(*as<Pack>(value.collection()), 2, from) || !check_order(from)) return;
  if (scores_.size() > values_.limits.zset_pack_members_max) unpack_zset(value);
}

// The texts are in texts_: members and scores in turns.
bool RdbValueReader::check_order(uint64_t from) {
  const std::vector<Bytes>& texts = texts_.texts();
  scores_.clear();
  for (size_t i = 0; i < texts.size(); i += 2) {
    const std::optional<double> score = parse_real(texts[i + 1]);
    if (!score) {
      input_.fail_at(from, "a score that isn't a number");
      return false;
    }
    const bool first = scores_.empty();
    const double before = first ? 0 : scores_.back();
    scores_.push_back(*score);
    if (first || before < *score || (before == *score && texts[i - 2] < texts[i])) continue;
    input_.fail_at(from, "the sorted set isn't sorted");
    return false;
  }
  return true;
}

void RdbValueReader::unpack_zset(RdbValue& value) {
  ZsetBuilder builder(values_);
  for (size_t i = 0; i < scores_.size(); ++i) builder.add(texts_.texts()[2 * i], scores_[i]);
  value.become(Type::kZset, builder.finish_as_tree());
}

}  // namespace sorrel
