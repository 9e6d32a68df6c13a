#include "core/command/value_condition.h"

#include "core/value/digest.h"

namespace sorrel {

bool ValueCondition::take_existence(Arguments& arguments) {
  return take_word(arguments, "NX", Kind::kNx) || take_word(arguments, "XX", Kind::kXx);
}

bool ValueCondition::take_comparison(Arguments& arguments) {
  return take_operand(arguments, "IFEQ", Kind::kIfeq) ||
         take_operand(arguments, "IFNE", Kind::kIfne) ||
         take_operand(arguments, "IFDEQ", Kind::kIfdeq) ||
         take_operand(arguments, "IFDNE", Kind::kIfdne);
}

bool ValueCondition::take_word(Arguments& arguments, Bytes word, Kind kind) {
  if (!may_be(kind) || !arguments.take(word)) return false;
  kind_ = kind;
  return true;
}

bool ValueCondition::take_operand(Arguments& arguments, Bytes word, Kind kind) {
  if (!may_be(kind) || !arguments.take(word, operand_)) return false;
  kind_ = kind;
  return true;
}

bool ValueCondition::valid(Context& context) const {
  const bool digest = kind_ == Kind::kIfdeq || kind_ == Kind::kIfdne;
  if (!digest || parse_digest(operand_)) return true;
  context.error(errors::kNotADigest);
  return false;
}

bool ValueCondition::holds(const Entry* entry) const {
  switch (kind_) {
    case Kind::kNone:
      return true;
    case Kind::kNx:
      return entry == nullptr;
    case Kind::kXx:
      return entry != nullptr;
    case Kind::kIfeq:
    case Kind::kIfdeq:
      return entry != nullptr && equals_operand(*entry);
    case Kind::kIfne:
    case Kind::kIfdne:
      return entry == nullptr || !equals_operand(*entry);
  }
  return false;
}

bool ValueCondition::equals_operand(const Entry& entry) const {
  StringValue::Scratch scratch;
  const Bytes value = entry.string().bytes(scratch);
  if (kind_ == Kind::kIfeq || kind_ == Kind::kIfne) return value == operand_;
  return parse_digest(operand_) == string_digest(value);
}

}  // namespace sorrel
