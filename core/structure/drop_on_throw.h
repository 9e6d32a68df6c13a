// DropOnThrow: what was made and has no owner yet goes when an exception comes by: between making a
// block and linking it in, std::bad_alloc may. What has been moved on is its new owner's.
#pragma once

#include "core/structure/owned.h"

#include <exception>

namespace sorrel {

template <class T>
class DropOnThrow {
 public:
  DropOnThrow(Owned<T>& made, Epoch& epoch)
      : made_(made), epoch_(epoch), exceptions_(std::uncaught_exceptions()) {}
  ~DropOnThrow() {
    if (std::uncaught_exceptions() != exceptions_) made_.drop(epoch_);
  }
  DropOnThrow(const DropOnThrow&) = delete;
  DropOnThrow& operator=(const DropOnThrow&) = delete;

 private:
  Owned<T>& made_;
  Epoch& epoch_;
  const int exceptions_;
};

}  // namespace sorrel
