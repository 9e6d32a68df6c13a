// ValueCondition: what must be true of a key's present state for SET, MSETEX, DELEX and DELIFEQ to
// go on.
//
//   NX, XX         the key is absent, present
//   IFEQ, IFNE     the string there equals the operand, or differs; an absent key differs
//   IFDEQ, IFDNE   likewise for the string's digest (core/value/digest.h)
//
// Those that compare are for strings: another type is an error, which the command answers. Source:
// https://redis.io/docs/latest/commands/set/ and https://valkey.io/commands/set/ (IFEQ).
#pragma once

#include "core/command/arguments.h"
#include "core/command/context.h"

#include <cstdint>

namespace sorrel {

class ValueCondition {
 public:
  enum class Kind : uint8_t { kNone, kNx, kXx, kIfeq, kIfne, kIfdeq, kIfdne };

  constexpr ValueCondition() = default;
  constexpr explicit ValueCondition(Kind kind, Bytes operand = {})
      : kind_(kind), operand_(operand) {}

  /// Moves past NX or XX, or IF… with its operand, if one stands here and doesn't contradict an
  /// earlier one. The same one twice is the later one.
  bool take_existence(Arguments& arguments);
  bool take_comparison(Arguments& arguments);

  Kind kind() const { return kind_; }
  bool compares() const { return kind_ >= Kind::kIfeq; }
  /// True, or an error was answered: a digest that is no digest.
  bool valid(Context& context) const;
  /// `entry` is the key's, nullptr when absent; a string when compares().
  bool holds(const Entry* entry) const;

 private:
  bool may_be(Kind kind) const { return kind_ == Kind::kNone || kind_ == kind; }
  bool take_word(Arguments& arguments, Bytes word, Kind kind);
  bool take_operand(Arguments& arguments, Bytes word, Kind kind);
  bool equals_operand(const Entry& entry) const;

  Kind kind_ = Kind::kNone;
  Bytes operand_;
};

}  // namespace sorrel
