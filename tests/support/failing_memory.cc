#include "tests/support/failing_memory.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kNever = SIZE_MAX;
thread_local size_t left = kNever;

}  // namespace

void* operator new(size_t bytes) {
  if (left != kNever && left-- == 0) {
    left = kNever;
    throw std::bad_alloc();
  }
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// The library's temporary buffers: all forms must be of one kind.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
// The sanitizers have these of their own, which ask nobody.
void* operator new[](size_t bytes) {
  return operator new(bytes);
}
void* operator new[](size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return operator new(bytes, nothrow);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}

namespace sorrel {

FailingMemory::FailingMemory(size_t before) {
  left = before;
}
FailingMemory::~FailingMemory() {
  left = kNever;
}

}  // namespace sorrel
