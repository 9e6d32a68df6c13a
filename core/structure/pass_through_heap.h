// PassThroughHeap: a heap in which every block is one allocation of the host's allocator, but for
// the stock of HostBlocks. For sanitizer and fuzz builds, and for hosts that want it so: it has no
// memory of its own beyond the stock, and can't move anything.
#pragma once

#include "core/structure/heap.h"
#include "core/structure/host_blocks.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class PassThroughHeap final : public Heap {
 public:
  explicit PassThroughHeap(const Allocator& allocator,
                           size_t stock_bytes_max = HostBlocks::kStockBytesMax);

  size_t footprint(size_t bytes) const override {
    if (bytes <= kSmallBytesMax) return footprints_[size_class::of(bytes)];
    return host_.footprint(bytes);
  }
  size_t reserved() const override { return used_ + host_.stock_bytes(); }
  void purge() override { host_.purge(); }

 private:
  void* make_block(size_t bytes) override;
  void free_block(void* block, size_t bytes) override;

  HostBlocks host_;
  /// Asked of the host once.
  std::array<uint16_t, size_class::kCount> footprints_;
};

}  // namespace sorrel
