// HostBlocks: blocks that are one allocation of the host's allocator each, and a small stock of
// freed segments and nodes: the first touch of fresh pages is what makes an insert's worst case.
//
// Part of a heap, which counts what is live.
#pragma once

#include "core/base/allocator.h"

#include <array>
#include <cstddef>

namespace sorrel {

class HostBlocks {
 public:
  /// With `stock_bytes_max` 0 nothing is kept, and a sanitizer sees every use after free.
  HostBlocks(const Allocator& allocator, size_t stock_bytes_max)
      : allocator_(allocator), stock_bytes_max_(stock_bytes_max) {}
  ~HostBlocks() { drop_stock(); }
  HostBlocks(const HostBlocks&) = delete;
  HostBlocks& operator=(const HostBlocks&) = delete;

  /// Returns nullptr when there is no memory.
  void* try_allocate(size_t bytes);
  void free(void* block, size_t bytes);
  size_t footprint(size_t bytes) const { return allocator_.footprint(allocator_.context, bytes); }
  /// Footprints of what is kept.
  size_t stock_bytes() const { return stock_bytes_; }
  /// Frees the stock, and has the host give back what it keeps.
  void purge();

  static constexpr size_t kStockBytesMax = size_t{1} << 20;

 private:
  // What is stocked: the sizes of segments and nodes, 4, 5, 6, 7 and 8 KiB.
  static constexpr size_t kStockedStep = 1024;
  static constexpr size_t kStockedMin = 4096;
  static constexpr size_t kStockedMax = 8192;
  struct Stocked {
    Stocked* next;
  };
  static bool is_stocked(size_t bytes) {
    return bytes >= kStockedMin && bytes <= kStockedMax && bytes % kStockedStep == 0;
  }
  Stocked*& bin(size_t bytes) { return stock_[(bytes - kStockedMin) / kStockedStep]; }
  void* take_stocked(size_t bytes);
  void drop_stock();

  Allocator allocator_;
  size_t stock_bytes_ = 0;
  size_t stock_bytes_max_;
  std::array<Stocked*, (kStockedMax - kStockedMin) / kStockedStep + 1> stock_{};
};

}  // namespace sorrel
