// SlabSupply: where empty slabs come from and go to.
//
// It takes chunks of 2 MiB from the host (the first of 256 KiB, so that a tiny instance is tiny)
// and hands out the slabs in them. An empty slab whose pages were written to is spare: it is handed
// out before one that would have to be touched for the first time. Spares beyond a megabyte go
// back: their pages are discarded where the host's allocator can do that, and a chunk of which
// nothing is used or touched is freed.
//
// Part of a SlabHeap. A chunk's own record stands outside of it: a slab that went back is not read.
#pragma once

#include "core/base/allocator.h"
#include "core/structure/slab.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

/// One allocation of the host, and its slabs: bit i of a mask is for slab number i.
struct SlabChunk {
  SlabChunk* next;
  SlabChunk* previous;
  void* host_block;
  size_t host_bytes;
  char* slabs;
  uint64_t all;
  uint64_t free;   // held by nobody
  uint64_t spare;  // … and their pages hold memory

  uint64_t untouched() const { return free & ~spare; }
};

class SlabSupply {
 public:
  explicit SlabSupply(const Allocator& allocator) : allocator_(allocator) {}
  /// Frees every chunk, whatever is in it.
  ~SlabSupply();
  SlabSupply(const SlabSupply&) = delete;
  SlabSupply& operator=(const SlabSupply&) = delete;

  /// Only `chunk` is set in it. Returns nullptr when there is no memory.
  Slab* take();
  void put_back(Slab& slab);
  /// Gives back what is spare beyond `keep` slabs, at most `slabs` of them; true when there is
  /// more.
  bool give_back(size_t slabs, size_t keep);

  /// Slabs that are held.
  size_t used() const { return used_; }
  /// Empty slabs that hold memory.
  size_t spare() const { return spare_; }

  static constexpr size_t kFirstChunkBytes = size_t{256} << 10;
  static constexpr size_t kChunkBytes = size_t{2} << 20;

 private:
  // A chunk stands in the first of these that is true of it; slabs are taken in this order, too.
  enum List : uint8_t { kSomeSpare, kAllFree, kSomeUntouched, kAllUsed, kLists };

  static List list_of(const SlabChunk& chunk);
  void link(SlabChunk& chunk, List list);
  void unlink(SlabChunk& chunk, List list);
  void relink(SlabChunk& chunk, List before);
  SlabChunk* add_chunk();
  void free_chunk(SlabChunk& chunk);
  /// The chunk that gives back next; nullptr when none can.
  SlabChunk* next_to_give() const {
    if (lists_[kAllFree] != nullptr || allocator_.discard == nullptr) return lists_[kAllFree];
    return lists_[kSomeSpare];
  }
  /// Discards a run of spare slabs of this chunk, no more than `slabs`; returns how many.
  size_t discard_run(SlabChunk& chunk, size_t slabs);
  size_t give_back_of(SlabChunk& chunk, size_t slabs);

  Allocator allocator_;
  SlabChunk* lists_[kLists] = {};
  size_t chunks_ = 0;
  size_t used_ = 0;
  size_t spare_ = 0;
};

}  // namespace sorrel
