// SlabHeap: small blocks in slabs of one size each, larger ones from the host.
//
// Blocks of up to 1 KiB are cut from slabs of 32 KiB (slab.h), which come out of chunks of 2 MiB
// (slab_supply.h); above that the host's allocator does better. It costs no header a block, and
// knows at any time what every size holds and wastes. A new block comes out of the fullest slab of
// its size that has room, so that emptier ones become empty; what still stays sparse is emptied by
// an evacuation (heap.h).
//
// Owned by an engine.
//
// Invariants:
//  1. A slab's `live` counts what is handed out of it: live blocks and those in a magazine.
//  2. A slab is in the list of its class that its `list` names; a full one is in none; an empty one
//  is
//     the supply's.
//  3. No block is taken out of a marked slab while its class has another one with room.
#pragma once

#include "core/structure/heap.h"
#include "core/structure/host_blocks.h"
#include "core/structure/slab.h"
#include "core/structure/slab_supply.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class SlabHeap final : public Heap {
 public:
  explicit SlabHeap(const Allocator& allocator,
                    size_t stock_bytes_max = HostBlocks::kStockBytesMax);

  size_t footprint(size_t bytes) const override {
    return bytes <= kSmallBytesMax ? size_class::bytes(size_class::of(bytes))
                                   : host_.footprint(bytes);
  }
  size_t active() const override { return supply_.used() * Slab::kBytes + host_used_; }
  size_t reserved() const override {
    return active() + supply_.spare() * Slab::kBytes + host_.stock_bytes();
  }
  void purge() override;
  bool give_back(size_t bytes) override;

  bool begin_evacuation() override;
  bool mark_sparse(size_t slabs) override;
  bool should_move(const void* block, size_t bytes) const override {
    return bytes <= kSmallBytesMax && Slab::of(block).list == Slab::kMarked;
  }
  void* relocate(void* block, size_t bytes) override;
  bool end_evacuation(size_t slabs) override;

 private:
  struct Class {
    std::array<Slab*, Slab::kLists> lists{};
    size_t slabs = 0;
    size_t live = 0;     // of all its slabs
    size_t to_mark = 0;  // slabs that an evacuation is still to mark
  };
  /// Spare slabs that are kept, unless a purge asks for them: a megabyte.
  static constexpr size_t kSparesMax = 32;
  /// Evacuation isn't worth while for fewer slabs than one in this many.
  static constexpr size_t kWorthShare = 64;
  /// Blocks that go from a slab to a magazine, or back, at a time.
  static constexpr unsigned kBatch = 8;

  void* make_block(size_t bytes) override;
  void free_block(void* block, size_t bytes) override;
  void* make_small(size_t number);
  void* make_large(size_t bytes);

  void link(Slab& slab, uint8_t list);
  void unlink(Slab& slab);
  /// Moves it to the list where it belongs by now, or to the supply.
  void file(Slab& slab);
  Slab* slab_with_room(size_t number);
  void put_back(void* block);
  /// Gives the first `count` blocks of the magazine back to their slabs.
  void flush(Magazine& magazine, unsigned count);
  size_t evacuable(const Class& of, size_t number) const;

  std::array<Class, size_class::kCount> classes_;
  SlabSupply supply_;
  HostBlocks host_;
  size_t host_used_ = 0;  // footprints of live blocks that are the host's
  bool purging_ = false;
  size_t marking_ = 0;  // the class whose slabs are being marked
  size_t ending_ = 0;   // the class whose marked slabs are taken back
};

}  // namespace sorrel
