#include "core/commands/hash_field_expiry.h"

#include "core/base/number.h"

namespace sorrel {

std::optional<int64_t> parse_field_time(Context& context, Bytes text, TimeUnit unit) {
  const std::optional<int64_t> given = parse_integer(text);
  if (!given) {
    context.error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if (*given < 0) {
    context.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const int64_t scale = unit.seconds ? 1000 : 1;
  int64_t at_ms;
  if (__builtin_mul_overflow(*given, scale, &at_ms) ||
      __builtin_add_overflow(at_ms, unit.absolute ? 0 : context.now_ms(), &at_ms) ||
      at_ms == kNever) {
    context.error(invalid_expire_time(context));
    return std::nullopt;
  }
  return at_ms;
}

FieldExpirer::FieldExpirer(Context& context, KeyWriter& key, int64_t at_ms)
    : context_(context), key_(key), at_ms_(at_ms), deletes_(at_ms <= context.now_ms()) {}

void FieldExpirer::apply(Bytes field) {
  if (!hash_) {
    Owned<Collection>& hash = deletes_ ? key_.edit(Type::kHash) : key_.edit_expiring(Type::kHash);
    hash_.emplace(hash, key_.values(), context_.books().expired_until_ms);
  }
  deletes_ ? static_cast<void>(hash_->erase(field)) : hash_->set_expiry(field, at_ms_);
  changed_.push_back(field);
}

void FieldExpirer::finish() {
  if (changed_.empty()) return;
  journal();
  key_.edited(kEventHash, deletes_ ? "hdel" : "hexpire", changed_.size());
}

void FieldExpirer::journal() const {
  if (!context_.journaled()) return;
  const IntegerText at(at_ms_);
  const IntegerText count(static_cast<int64_t>(changed_.size()));
  std::vector<Bytes> words = {"HDEL", key_.key()};
  if (!deletes_) words = {"HPEXPIREAT", key_.key(), at.view(), "FIELDS", count.view()};
  words.insert(words.end(), changed_.begin(), changed_.end());
  context_.journal_as(words);
}

}  // namespace sorrel
