// Heap: the entry heap, where entries, packs, nodes, segments and pages live.
//
// One per instance, used by the instance's loop thread alone, never malloc directly. Two
// implementations share this interface: PassThroughHeap hands every request to the host's Allocator
// (sanitizer and fuzz builds, tiny embedded instances); slabs with compaction come beside it.
//
// Invariants:
//  1. free() gets the number of bytes that allocate() was asked for: no block has a header of ours.
//  2. used() is the sum of footprint(bytes) over all live blocks, to the byte, at any time.
//  3. Callers count on an alignment of 8 bytes only, and on addresses below 2^48.
//
// The walker's half (begin_evacuation … end_evacuation) lets a heap move blocks: whoever owns a
// reference asks should_move(), and stores what relocate() returns. It runs only when no retired
// memory waits, so that no frozen view holds an address.
#pragma once

#include "core/base/allocator.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class Heap {
 public:
  virtual ~Heap() = default;

  /// Throws std::bad_alloc when there is no memory.
  void* allocate(size_t bytes) {
    void* block = try_allocate(bytes);
    if (block == nullptr) [[unlikely]]
      throw_bad_alloc();
    return block;
  }
  /// Returns nullptr when there is no memory.
  virtual void* try_allocate(size_t bytes) = 0;
  virtual void free(void* block, size_t bytes) = 0;
  /// What a block of `bytes` really takes.
  virtual size_t footprint(size_t bytes) const = 0;
  /// Bytes in live blocks, footprints counted.
  virtual size_t used() const = 0;
  /// Bytes taken from the host: used() and what is kept for reuse.
  virtual size_t reserved() const = 0;

  /// Compaction. True when there is anything worth moving.
  virtual bool begin_evacuation() { return false; }
  virtual bool should_move(const void*) const { return false; }
  /// Moves the block's bytes; the old address is dead.
  virtual void* relocate(void* block, size_t /*bytes*/) { return block; }
  virtual void end_evacuation() {}
  /// Gives what is kept for reuse back to the host.
  virtual void purge() {}
  /// Frees every block at once, where the heap can. False: free them one by one.
  virtual bool drop_all() { return false; }

 protected:
  [[noreturn]] static void throw_bad_alloc();
};

/// Every block is one allocation of the host's allocator, but for a small stock of freed segments
/// and nodes: the first touch of fresh pages is what makes an insert's worst case.
class PassThroughHeap final : public Heap {
 public:
  /// With `stock_bytes_max` 0 nothing is kept, and a sanitizer sees every use after free.
  explicit PassThroughHeap(const Allocator& allocator, size_t stock_bytes_max = kStockBytesMax);
  ~PassThroughHeap() override;
  PassThroughHeap(const PassThroughHeap&) = delete;
  PassThroughHeap& operator=(const PassThroughHeap&) = delete;

  void* try_allocate(size_t bytes) override;
  void free(void* block, size_t bytes) override;
  size_t footprint(size_t bytes) const override;
  size_t used() const override { return used_; }
  size_t reserved() const override { return used_ + stock_bytes_; }
  void purge() override;

  static constexpr size_t kStockBytesMax = size_t{1} << 20;

 private:
  // Footprints are asked of the host once, for sizes up to this, and looked up from then on.
  static constexpr size_t kTabledBytes = 1024;
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

  Allocator allocator_;
  size_t used_ = 0;
  size_t stock_bytes_ = 0;
  size_t stock_bytes_max_;
  std::array<Stocked*, (kStockedMax - kStockedMin) / kStockedStep + 1> stock_{};
  std::array<uint16_t, kTabledBytes / 8 + 1> footprints_{};
};

}  // namespace sorrel
