// FailingMemory: one allocation of the C++ heap fails: the one that comes after `before` others of
// this thread, as long as this is in scope. For tests of what a std::bad_alloc leaves behind.
#pragma once

#include <cstddef>

namespace sorrel {

class FailingMemory {
 public:
  explicit FailingMemory(size_t before);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;
};

}  // namespace sorrel
