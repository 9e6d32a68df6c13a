#include "core/structure/heap.h"

#include "core/base/check.h"

#include <new>

namespace sorrel {

void Heap::throw_bad_alloc() {
  throw std::bad_alloc();
}

PassThroughHeap::PassThroughHeap(const Allocator& allocator, size_t stock_bytes_max)
    : allocator_(allocator), stock_bytes_max_(stock_bytes_max) {
  for (size_t i = 0; i < footprints_.size(); ++i) {
    // The least bytes of a step stand for all of it: callers round to 8 anyway.
    const size_t bytes = allocator_.footprint(allocator_.context, i == 0 ? 1 : i * 8);
    VERIFY(bytes <= UINT16_MAX);
    footprints_[i] = static_cast<uint16_t>(bytes);
  }
}

PassThroughHeap::~PassThroughHeap() {
  purge();
}

size_t PassThroughHeap::footprint(size_t bytes) const {
  if (bytes <= kTabledBytes) return footprints_[(bytes + 7) / 8];
  return allocator_.footprint(allocator_.context, bytes);
}

void* PassThroughHeap::try_allocate(size_t bytes) {
  if (is_stocked(bytes)) [[unlikely]] {
    Stocked*& first = bin(bytes);
    if (first != nullptr) {
      Stocked* block = first;
      first = block->next;
      const size_t taken = footprint(bytes);
      stock_bytes_ -= taken;
      used_ += taken;
      return block;
    }
  }
  void* block = allocator_.allocate(allocator_.context, bytes);
  if (block == nullptr) return nullptr;
  used_ += footprint(bytes);
  return block;
}

void PassThroughHeap::free(void* block, size_t bytes) {
  const size_t taken = footprint(bytes);
  used_ -= taken;
  if (is_stocked(bytes) && stock_bytes_ + taken <= stock_bytes_max_) {
    Stocked*& first = bin(bytes);
    first = ::new (block) Stocked{first};
    stock_bytes_ += taken;
    return;
  }
  allocator_.free(allocator_.context, block, bytes);
}

void PassThroughHeap::purge() {
  for (size_t i = 0; i < stock_.size(); ++i) {
    const size_t bytes = kStockedMin + i * kStockedStep;
    while (stock_[i] != nullptr) {
      Stocked* block = stock_[i];
      stock_[i] = block->next;
      stock_bytes_ -= footprint(bytes);
      allocator_.free(allocator_.context, block, bytes);
    }
  }
}

}  // namespace sorrel
