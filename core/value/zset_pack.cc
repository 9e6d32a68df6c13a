#include "core/value/zset_pack.h"

#include "core/base/check.h"
#include "core/base/number.h"

#include <array>
#include <string>

namespace sorrel {
namespace {

/// A score as an element. Redis packs whole numbers as integers, which have no -0.
class ScoreText : public RealText {
 public:
  explicit ScoreText(double score) : RealText(score + 0.0) {}
};

}  // namespace

std::optional<ZsetPack::Position> ZsetPack::find(Bytes member) const {
  const Position found = pack_->find(member, pack_->begin(), 2);
  if (found == pack_->end()) return std::nullopt;
  return found;
}

double ZsetPack::score(Position member) const {
  const PackElement element = pack_->get(pack_->next(member));
  if (element.is_integer()) return static_cast<double>(element.integer());
  PackElement::Scratch scratch;
  // What a file brings is checked when it is read.
  const std::optional<double> score = parse_real(element.bytes(scratch));
  VERIFY(score.has_value());
  return *score;
}

uint64_t ZsetPack::rank(Position member) const {
  uint64_t rank = 0;
  for (Position at = pack_->begin(); at != member; at = behind(at)) ++rank;
  return rank;
}

/// From the first that isn't before the range to the first of the rest that is behind it.
template <class Before, class Behind>
RankRange ZsetPack::ranks_between(Before&& before, Behind&& behind_range) const {
  RankRange range;
  Position at = pack_->begin();
  const Position end = pack_->end();
  for (; at != end && before(at); at = behind(at)) ++range.first;
  range.last = range.first;
  for (; at != end && !behind_range(at); at = behind(at)) ++range.last;
  return range;
}

RankRange ZsetPack::ranks(const ScoreRange& range) const {
  if (range.empty()) return {};
  return ranks_between([&](Position at) { return range.before(score(at)); },
                       [&](Position at) { return range.behind(score(at)); });
}

RankRange ZsetPack::ranks(const LexRange& range) const {
  if (range.empty()) return {};
  PackElement::Scratch scratch;
  return ranks_between([&](Position at) { return range.before(pack_->get(at).bytes(scratch)); },
                       [&](Position at) { return range.behind(pack_->get(at).bytes(scratch)); });
}

ZsetPack::Position ZsetPack::place_for(Bytes member, double new_score) const {
  Position at = pack_->begin();
  for (; at != pack_->end(); at = behind(at)) {
    const double other = score(at);
    if (other > new_score) break;
    if (other < new_score) continue;
    PackElement::Scratch scratch;
    if (pack_->get(at).bytes(scratch) > member) break;
  }
  return at;
}

void ZsetPack::insert(Owned<Pack>& pack, Bytes member, double score, Epoch& epoch) {
  const ScoreText text(score);
  const std::array<Bytes, 2> pair = {member, text.view()};
  Pack::insert(pack, ZsetPack(*pack).place_for(member, score), pair, epoch);
}

void ZsetPack::append(Owned<Pack>& pack, Bytes member, double score, Epoch& epoch) {
  const ScoreText text(score);
  const std::array<Bytes, 2> pair = {member, text.view()};
  Pack::insert(pack, pack->end(), pair, epoch);
}

void ZsetPack::rescore(Owned<Pack>& pack, Position member, double score, Epoch& epoch) {
  const ZsetPack view(*pack);
  const Position next = view.behind(member);
  PackElement::Scratch scratch;
  const Bytes text = pack->get(member).bytes(scratch);
  // Often it stays where it is, between its neighbours.
  const Position place = view.place_for(text, score);
  if (place == next || place == member) {
    return Pack::replace(pack, pack->next(member), ScoreText(score).view(), epoch);
  }
  // The new pair first: that may fail, and taking the old one out then doesn't.
  const ScoreText score_text(score);
  const std::string copy(text);  // an edit's text doesn't point into its pack
  const std::array<Bytes, 2> pair = {copy, score_text.view()};
  const Position made = Pack::insert(pack, place, pair, epoch);
  const Position moved_by = made > member ? 0 : ZsetPack(*pack).behind(made) - made;
  Pack::erase(pack, member + moved_by, 2, epoch);
}

void ZsetPack::erase(Owned<Pack>& pack, Position member, Epoch& epoch) {
  Pack::erase(pack, member, 2, epoch);
}

void ZsetPack::erase(Owned<Pack>& pack, const RankRange& range, Epoch& epoch) {
  Pack::erase(pack, ZsetPack(*pack).at(range.first), 2 * range.size(), epoch);
}

}  // namespace sorrel
