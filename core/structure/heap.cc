#include "core/structure/heap.h"

#include <new>

namespace sorrel {

void Heap::throw_bad_alloc() {
  throw std::bad_alloc();
}

}  // namespace sorrel
