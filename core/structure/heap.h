// Heap: the entry heap, where entries, packs, nodes, segments and pages live.
//
// One per instance, used by the instance's loop thread alone (a snapshot's thread reads blocks, but
// neither makes nor frees any), never malloc directly. Two implementations share this interface:
// SlabHeap packs small blocks into slabs and can move them together (slab_heap.h); PassThroughHeap
// hands every request to the host's Allocator (pass_through_heap.h), so that a sanitizer sees each.
//
// What is allocated and freed most often never leaves this class: a magazine, a stack of the blocks
// of one size that were freed last, serves it without a virtual call. An implementation fills and
// empties magazines, or gives them no room: then every call goes to it.
//
//   magazine:   | count, room, bytes | block × 15 |        two cache lines
//
// Invariants:
//  1. free() gets the number of bytes that allocate() was asked for: no block has a header of ours.
//  2. used() is the sum of footprint(bytes) over all live blocks, to the byte, at any time; and
//     used() ≤ active() ≤ reserved().
//  3. Callers count on an alignment of 8 bytes only, and on addresses below 2^48.
//
// Evacuation empties the slabs that hold least, so that their memory goes back to the host. Whoever
// owns references walks them, asks should_move() of each, and stores what relocate() returns. It
// runs only while no snapshot lives and nothing retired waits, so that no frozen view holds an
// address; and in slices, with allocations and frees of others between them.
#pragma once

#include "core/base/poison.h"
#include "core/structure/size_class.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class Heap {
 public:
  /// What is no bigger than this is of one of the sizes that have magazines.
  static constexpr size_t kSmallBytesMax = size_class::kBytesMax;

  Heap() = default;
  virtual ~Heap() = default;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// Throws std::bad_alloc when there is no memory.
  void* allocate(size_t bytes) {
    void* block = try_allocate(bytes);
    if (block == nullptr) [[unlikely]]
      throw_bad_alloc();
    return block;
  }
  /// Returns nullptr when there is no memory.
  void* try_allocate(size_t bytes) {
    if (bytes <= kSmallBytesMax) [[likely]] {
      Magazine& magazine = magazines_[size_class::of(bytes)];
      if (magazine.count != 0) [[likely]] {
        used_ += magazine.bytes;
        void* block = magazine.blocks[--magazine.count];
        unpoison(block, bytes);
        return block;
      }
    }
    return make_block(bytes);
  }
  void free(void* block, size_t bytes) {
    if (bytes <= kSmallBytesMax) [[likely]] {
      Magazine& magazine = magazines_[size_class::of(bytes)];
      if (magazine.count < magazine.room) [[likely]] {
        used_ -= magazine.bytes;
        magazine.blocks[magazine.count++] = block;
        poison(block, magazine.bytes);
        return;
      }
    }
    free_block(block, bytes);
  }

  /// What a block of `bytes` really takes.
  virtual size_t footprint(size_t bytes) const = 0;
  /// Bytes in live blocks, footprints counted.
  size_t used() const { return used_; }
  /// Bytes in live blocks and in the gaps between them.
  virtual size_t active() const { return used_; }
  /// Bytes of the host's memory that are held: active(), and what is kept for reuse.
  virtual size_t reserved() const = 0;

  /// Gives what is kept for reuse back to the host: some now, and all of it in slices of give_back.
  virtual void purge() {}
  /// Gives back of what is more than enough to keep, at most so many bytes; true when there is more
  /// to give. For every turn.
  virtual bool give_back(size_t /*bytes*/) { return false; }

  // ---- Evacuation.
  /// True when it is worth while. Then mark_sparse() is called until there is no more to mark,
  /// everything that can be reached is walked, and end_evacuation() called until it is through.
  virtual bool begin_evacuation() { return false; }
  /// Marks at most so many slabs whose blocks are to move; true when there are more.
  virtual bool mark_sparse(size_t /*slabs*/) { return false; }
  virtual bool should_move(const void* /*block*/, size_t /*bytes*/) const { return false; }
  /// Moves the block's bytes: the old address is dead. Without memory it stays where it is. What
  /// was aligned to its size, up to 64, stays so.
  virtual void* relocate(void* block, size_t /*bytes*/) { return block; }
  /// What was marked and isn't empty serves again, at most so many slabs; true when there are more.
  virtual bool end_evacuation(size_t /*slabs*/) { return false; }

 protected:
  struct alignas(64) Magazine {
    static constexpr uint16_t kBlocks = 15;
    uint16_t count = 0;
    uint16_t room = 0;   // how many it may hold; 0: there are no magazines here
    uint32_t bytes = 0;  // of a block
    std::array<void*, kBlocks> blocks;
  };
  static_assert(sizeof(Magazine) == 128);

  /// When the magazine has none, and for what is bigger. Counts used_.
  virtual void* make_block(size_t bytes) = 0;
  /// When the magazine is full, and for what is bigger. Counts used_.
  virtual void free_block(void* block, size_t bytes) = 0;
  [[noreturn]] static void throw_bad_alloc();

  size_t used_ = 0;
  std::array<Magazine, size_class::kCount> magazines_;
};

}  // namespace sorrel
