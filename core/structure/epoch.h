// Epoch: which snapshots live, and what must outlive them.
//
// A snapshot freezes the state for another thread to read; the loop copies what it changes, the
// first time it changes it (Owned::thaw), and hands the replaced version in here. The epoch holds
// it back until no live snapshot can lead to it, and frees it in slices. The same slices free
// giants that were dropped without any snapshot: DEL of a big hash and FLUSHALL take no time when
// they are called.
//
// Owned by the instance, used by its loop thread alone; a snapshot's reader touches nothing in
// here.
//
// Invariants:
//  1. The epoch counts snapshots ever begun. What is retired gets the present count as its stamp; a
//     snapshot that began with a number no greater may lead to it.
//  2. The head of the retire list is freed when the oldest live snapshot began after its stamp.
//  3. With no live snapshot, fresh bits mean nothing and nothing needs to be copied.
//
// An index that no snapshot reads uses an Epoch of its own, in which none ever begins.
#pragma once

#include "core/structure/heap.h"
#include "core/structure/kind.h"
#include "core/structure/retire_list.h"
#include "core/structure/teardown.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorrel {

/// Names a live snapshot. The number is the epoch in which it began.
struct SnapshotId {
  uint64_t began;
};

class Epoch {
 public:
  /// The heap must outlive the epoch, and the epoch everything that is made with it.
  explicit Epoch(Heap& heap);
  /// No snapshot may live. Frees what is still retired.
  ~Epoch();
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  Heap& heap() { return *heap_; }

  /// Whether any snapshot lives.
  bool frozen() const { return frozen_; }
  /// From here on everything that a frozen table leads to stays as it is. The caller now asks every
  /// table that the snapshot is to read for its view (Table::freeze), before anything is changed.
  /// Throws std::bad_alloc.
  SnapshotId begin_snapshot();
  /// Its readers are done with it. Any order.
  void end_snapshot(SnapshotId snapshot);
  size_t live_snapshots() const { return live_.size(); }

  bool has_retired() const { return teardown_.busy() || !retired_.empty(); }
  /// Items on the list; a thing retired with all it owns is one.
  size_t retired_items() const { return retired_items_; }
  /// Footprint of what is on the list. A thing retired with all it owns counts as a sample of it
  /// weighs if a snapshot lived then; otherwise its own block alone, the rest being free to go.
  size_t retired_bytes() const { return retired_bytes_; }
  /// All that is held until it may be freed; with the list of it, while that isn't empty.
  size_t held_bytes() const { return retired_.empty() ? 0 : retired_bytes_ + retired_.bytes(); }
  /// Items ever retired.
  uint64_t retired_total() const { return retired_total_; }
  /// Whether anything retired may be freed now.
  bool has_ready() const { return teardown_.busy() || head_is_free(); }
  /// Frees at most `blocks` blocks that no snapshot can reach; true when more is ready.
  bool reclaim(size_t blocks);

  // For Owned and the containers.

  /// Call before changing anything that may retire: makes room, or throws std::bad_alloc. Good for
  /// some hundred items.
  void reserve();
  bool try_reserve() { return retired_.try_reserve(); }
  bool try_reserve(size_t items) { return retired_.try_reserve(items); }
  /// The block alone: what it owned has gone over to its successor.
  void retire_block(const Remains& remains) { retire(remains, false); }
  /// With all that it owns.
  void retire_whole(const Remains& remains) { retire(remains, weight_of(remains) != 0); }
  void free_block(const Remains& remains) { heap_->free(remains.block, bytes_of(remains)); }
  /// At once, with all that it owns: only without a live snapshot, and for things of little weight
  /// (or when the instance ends).
  void free_whole(const Remains& remains);

  /// The heaviest thing that is freed at once.
  static constexpr size_t kWeightFreedAtOnce = 64;

 private:
  void retire(const Remains& remains, bool deep);
  void learn(const Kind& kind);
  size_t footprint_of(const Remains& remains, bool measured) const;
  /// Whether the head of the list may be freed.
  bool head_is_free() const {
    return !retired_.empty() && (live_.empty() || live_.front() > retired_.front_stamp());
  }

  bool frozen_ = false;  // live_ isn't empty; every thaw asks
  Heap* heap_;
  uint64_t now_ = 0;
  std::vector<uint64_t> live_;  // when each live snapshot began, oldest first
  RetireList retired_;
  Teardown teardown_;
  size_t retired_items_ = 0;
  size_t retired_bytes_ = 0;
  uint64_t retired_total_ = 0;
  std::array<const Kind*, 256> kinds_{};  // by number; learnt as they come
};

}  // namespace sorrel
