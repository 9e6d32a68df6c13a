// SortPattern: BY's and GET's way from an element to another key's value.
//
//   #            the element itself
//   w_*          the string at the key that has the element in the place of the first *
//   h_*->field   that field of the hash at the key
//
// Made of an argument, for one command.
#pragma once

#include "core/command/context.h"

#include <optional>
#include <string>

namespace sorrel {

class SortPattern {
 public:
  explicit SortPattern(Bytes pattern);

  /// Without a *: every element leads to the same, which says nothing about their order.
  bool is_constant() const { return constant_; }
  /// Nothing when there is none, or what is there is of another type. Looks keys up, each as a
  /// command would.
  std::optional<std::string> value(Context& context, Bytes element) const;

 private:
  Bytes before_;
  Bytes after_;
  Bytes field_;  // empty: a string
  bool element_;
  bool constant_;
};

}  // namespace sorrel
