// Arguments: reading a call's options from left to right.
//
// A cursor over the arguments from a given place. Options are words, compared without case; an
// option's value is taken only if there is one. Nothing is answered here: the handler decides which
// error a failure is.
#pragma once

#include "core/base/number.h"
#include "core/command/context.h"

#include <cstdint>
#include <optional>

namespace sorrel {

class Arguments {
 public:
  Arguments(const Context& context, size_t from) : args_(context.args), at_(from) {}

  bool done() const { return at_ >= args_.size(); }
  size_t left() const { return args_.size() - at_; }
  Bytes peek() const { return args_[at_]; }
  Bytes next() { return args_[at_++]; }
  /// The next `count`, of at least as many left.
  std::span<const Bytes> next(size_t count) {
    at_ += count;
    return args_.subspan(at_ - count, count);
  }

  /// Moves past `word` if it stands here.
  bool take(Bytes word) {
    if (done() || !equals_ignore_case(args_[at_], word)) return false;
    ++at_;
    return true;
  }
  /// Moves past `word` and the value after it; false, and nowhere moved, when either is missing.
  bool take(Bytes word, Bytes& value) {
    if (left() < 2 || !equals_ignore_case(args_[at_], word)) return false;
    value = args_[at_ + 1];
    at_ += 2;
    return true;
  }

 private:
  std::span<const Bytes> args_;
  size_t at_;
};

}  // namespace sorrel
