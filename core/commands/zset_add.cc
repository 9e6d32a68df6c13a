#include "core/commands/zset_add.h"

namespace sorrel {
namespace {

constexpr Bytes kScoreNotANumber = "ERR resulting score is not a number (NaN)";

struct Outcome {
  int64_t added = 0;
  int64_t changed = 0;
  Zset::AddResult last{Zset::Added::kNothing, 0};
};

Outcome add_members(Context& context, KeyWriter& key, const ZsetAdd& add) {
  Outcome outcome;
  Owned<Collection>& set = key.edit(Type::kZset);
  Zset::AddRule rule = add.rule;
  rule.members_given = add.scores.size();
  for (size_t i = 0; i < add.scores.size(); ++i) {
    const Bytes member = context.arg(add.member_at + i * add.stride);
    outcome.last = Zset::add(set, member, add.scores[i], rule, key.values());
    outcome.added += outcome.last.what == Zset::Added::kNew;
    outcome.changed += outcome.last.what == Zset::Added::kChanged;
  }
  key.edited(kEventZset, add.rule.increment ? "zincr" : "zadd",
             static_cast<uint64_t>(outcome.added + outcome.changed));
  return outcome;
}

void reply_score(Context& context, const Zset::AddResult& result) {
  if (result.what == Zset::Added::kNotANumber) return context.error(kScoreNotANumber);
  if (result.what == Zset::Added::kNothing) return context.reply.null();
  context.reply.real(result.score);
}

}  // namespace

void add_to_zset(Context& context, const ZsetAdd& add) {
  KeyWriter key = context.write(context.arg(1));
  if (!context.require(key, Type::kZset)) return;
  Outcome outcome;
  if (key.exists() || !add.rule.only_there) outcome = add_members(context, key, add);
  if (add.rule.increment) return reply_score(context, outcome.last);
  context.reply.integer(add.count_changed ? outcome.added + outcome.changed : outcome.added);
}

}  // namespace sorrel
