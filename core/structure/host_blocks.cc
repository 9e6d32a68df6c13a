#include "core/structure/host_blocks.h"

#include "core/base/poison.h"

#include <new>

namespace sorrel {

void* HostBlocks::try_allocate(size_t bytes) {
  if (is_stocked(bytes) && bin(bytes) != nullptr) [[unlikely]]
    return take_stocked(bytes);
  return allocator_.allocate(allocator_.context, bytes);
}

void HostBlocks::free(void* block, size_t bytes) {
  if (is_stocked(bytes) && stock_bytes_ < stock_bytes_max_) {
    const size_t taken = footprint(bytes);
    if (stock_bytes_ + taken <= stock_bytes_max_) {
      bin(bytes) = ::new (block) Stocked{bin(bytes)};
      stock_bytes_ += taken;
      return poison(block, bytes);
    }
  }
  allocator_.free(allocator_.context, block, bytes);
}

void* HostBlocks::take_stocked(size_t bytes) {
  Stocked* block = bin(bytes);
  unpoison(block, bytes);
  bin(bytes) = block->next;
  stock_bytes_ -= footprint(bytes);
  return block;
}

void HostBlocks::purge() {
  drop_stock();
  if (allocator_.purge != nullptr) allocator_.purge(allocator_.context);
}

void HostBlocks::drop_stock() {
  for (size_t i = 0; i < stock_.size(); ++i) {
    const size_t bytes = kStockedMin + i * kStockedStep;
    while (stock_[i] != nullptr) {
      allocator_.free(allocator_.context, take_stocked(bytes), bytes);
    }
  }
}

}  // namespace sorrel
