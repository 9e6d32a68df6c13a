#include "core/commands/sort_pattern.h"

#include "core/engine.h"
#include "core/value/hash.h"

namespace sorrel {
namespace {

constexpr Bytes kArrow = "->";

std::optional<std::string> field_of(Context& context, const Entry& entry, Bytes field) {
  if (entry.type() != Type::kHash) return std::nullopt;
  const HashReader hash(*entry.collection(), context.db().values(),
                        context.books().expired_until_ms);
  const std::optional<PackElement> value = hash.value(field);
  if (!value) return std::nullopt;
  PackElement::Scratch scratch;
  return std::string(value->bytes(scratch));
}

}  // namespace

SortPattern::SortPattern(Bytes pattern)
    : element_(pattern == "#"), constant_(pattern.find('*') == Bytes::npos) {
  if (constant_) return;
  const size_t star = pattern.find('*');
  before_ = pattern.substr(0, star);
  after_ = pattern.substr(star + 1);
  const size_t arrow = after_.find(kArrow);
  if (arrow == Bytes::npos || arrow + kArrow.size() == after_.size()) return;
  field_ = after_.substr(arrow + kArrow.size());
  after_ = after_.substr(0, arrow);
}

std::optional<std::string> SortPattern::value(Context& context, Bytes element) const {
  if (element_) return std::string(element);
  if (constant_) return std::nullopt;
  std::string key(before_);
  key += element;
  key += after_;
  const Entry* entry = context.read(key);
  if (entry == nullptr) return std::nullopt;
  if (!field_.empty()) return field_of(context, *entry, field_);
  if (entry->type() != Type::kString) return std::nullopt;
  StringValue::Scratch scratch;
  return std::string(entry->string().bytes(scratch));
}

}  // namespace sorrel
