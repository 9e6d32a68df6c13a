#include "core/structure/slab_heap.h"

#include <algorithm>
#include <cstring>

namespace sorrel {

SlabHeap::SlabHeap(const Allocator& allocator, size_t stock_bytes_max)
    : supply_(allocator), host_(allocator, stock_bytes_max) {
  for (size_t i = 0; i < size_class::kCount; ++i) {
    magazines_[i].bytes = static_cast<uint32_t>(size_class::bytes(i));
    magazines_[i].room = Magazine::kBlocks;
  }
}

// ---- Allocating.

void* SlabHeap::make_block(size_t bytes) {
  return bytes <= kSmallBytesMax ? make_small(size_class::of(bytes)) : make_large(bytes);
}

void* SlabHeap::make_large(size_t bytes) {
  void* block = host_.try_allocate(bytes);
  if (block == nullptr) return nullptr;
  const size_t taken = host_.footprint(bytes);
  used_ += taken;
  host_used_ += taken;
  return block;
}

// The magazine is empty: a batch comes out of a slab, one of them for the caller.
void* SlabHeap::make_small(size_t number) {
  Slab* slab = slab_with_room(number);
  if (slab == nullptr) return nullptr;
  Magazine& magazine = magazines_[number];
  const unsigned count = std::min(kBatch, slab->room());
  void* block = slab->take();
  // The magazine is a stack: what comes first out of the slab is to come first out of it.
  for (unsigned i = count - 1; i-- > 0;) magazine.blocks[i] = slab->take();
  magazine.count = static_cast<uint16_t>(count - 1);
  classes_[number].live += count;
  file(*slab);
  used_ += magazine.bytes;
  unpoison(block, magazine.bytes);
  return block;
}

Slab* SlabHeap::slab_with_room(size_t number) {
  Class& of = classes_[number];
  for (uint8_t list = Slab::kOccupancies; list-- > 0;) {
    if (of.lists[list] != nullptr) return of.lists[list];
  }
  if (Slab* marked = of.lists[Slab::kMarked]) {
    unlink(*marked);
    link(*marked, marked->occupancy());
    return marked;
  }
  Slab* slab = supply_.take();
  if (slab == nullptr) return nullptr;
  slab->start(number, size_class::bytes(number));
  link(*slab, 0);
  ++of.slabs;
  return slab;
}

// ---- Freeing.

void SlabHeap::free_block(void* block, size_t bytes) {
  if (bytes > kSmallBytesMax) {
    const size_t taken = host_.footprint(bytes);
    used_ -= taken;
    host_used_ -= taken;
    return host_.free(block, bytes);
  }
  Magazine& magazine = magazines_[size_class::of(bytes)];
  flush(magazine, kBatch);
  used_ -= magazine.bytes;
  magazine.blocks[magazine.count++] = block;
  poison(block, magazine.bytes);
}

void SlabHeap::flush(Magazine& magazine, unsigned count) {
  // The slabs' headers are scattered: fetch them all, then count in them.
  for (unsigned i = 0; i < count; ++i) __builtin_prefetch(&Slab::of(magazine.blocks[i]), 1);
  for (unsigned i = 0; i < count; ++i) put_back(magazine.blocks[i]);
  magazine.count = static_cast<uint16_t>(magazine.count - count);
  for (unsigned i = 0; i < magazine.count; ++i) magazine.blocks[i] = magazine.blocks[i + count];
}

void SlabHeap::put_back(void* block) {
  Slab& slab = Slab::of(block);
  slab.put_back(block);
  --classes_[slab.size_class].live;
  file(slab);
}

// ---- Slabs in their lists.

void SlabHeap::link(Slab& slab, uint8_t list) {
  slab.list = list;
  if (list == Slab::kFull) return;
  Slab*& first = classes_[slab.size_class].lists[list];
  slab.previous = nullptr;
  slab.next = first;
  if (first != nullptr) first->previous = &slab;
  first = &slab;
}

void SlabHeap::unlink(Slab& slab) {
  if (slab.list == Slab::kFull) return;
  Slab*& first = classes_[slab.size_class].lists[slab.list];
  (slab.previous != nullptr ? slab.previous->next : first) = slab.next;
  if (slab.next != nullptr) slab.next->previous = slab.previous;
}

void SlabHeap::file(Slab& slab) {
  if (slab.live == 0) {
    unlink(slab);
    --classes_[slab.size_class].slabs;
    return supply_.put_back(slab);
  }
  if (slab.list == Slab::kMarked) return;
  const uint8_t list = slab.is_full() ? Slab::kFull : slab.occupancy();
  if (list == slab.list) return;
  unlink(slab);
  link(slab, list);
}

// ---- Giving back.

void SlabHeap::purge() {
  for (Magazine& magazine : magazines_) flush(magazine, magazine.count);
  host_.purge();
  purging_ = true;
}

bool SlabHeap::give_back(size_t bytes) {
  const size_t keep = purging_ ? 0 : kSparesMax;
  if (supply_.spare() <= keep) {
    purging_ = false;
    return false;
  }
  const bool more = supply_.give_back(std::max<size_t>(bytes / Slab::kBytes, 1), keep);
  if (!more) purging_ = false;
  return more;
}

// ---- Evacuation.

// How many slabs of a class could be done without: all the room in them.
size_t SlabHeap::evacuable(const Class& of, size_t number) const {
  const size_t capacity = Slab::capacity_for(size_class::bytes(number));
  return (of.slabs * capacity - of.live) / capacity;
}

bool SlabHeap::begin_evacuation() {
  size_t slabs = 0;
  for (size_t i = 0; i < size_class::kCount; ++i) {
    classes_[i].to_mark = evacuable(classes_[i], i);
    slabs += classes_[i].to_mark;
  }
  marking_ = ending_ = 0;
  return slabs > supply_.used() / kWorthShare;
}

// The sparsest first. One that is over seven eighths full isn't worth moving.
bool SlabHeap::mark_sparse(size_t slabs) {
  for (; marking_ < size_class::kCount; ++marking_) {
    Class& of = classes_[marking_];
    if (of.to_mark != 0) flush(magazines_[marking_], magazines_[marking_].count);
    for (uint8_t list = 0; list + 1 < Slab::kOccupancies; ++list) {
      while (of.to_mark != 0 && of.lists[list] != nullptr) {
        if (slabs-- == 0) return true;
        Slab& slab = *of.lists[list];
        unlink(slab);
        link(slab, Slab::kMarked);
        --of.to_mark;
      }
    }
  }
  return false;
}

void* SlabHeap::relocate(void* block, size_t bytes) {
  const size_t number = size_class::of(bytes);
  Slab* slab = slab_with_room(number);
  // Where there is no other room the block's own slab may have been taken back: it stays.
  if (slab == nullptr || slab == &Slab::of(block)) return block;
  void* copy = slab->take();
  ++classes_[number].live;
  file(*slab);
  unpoison(copy, bytes);
  std::memcpy(copy, block, bytes);
  put_back(block);
  return copy;
}

bool SlabHeap::end_evacuation(size_t slabs) {
  for (; ending_ < size_class::kCount; ++ending_) {
    // What a magazine holds of them may be all that is left in them.
    if (classes_[ending_].lists[Slab::kMarked] != nullptr) {
      flush(magazines_[ending_], magazines_[ending_].count);
    }
    while (Slab* marked = classes_[ending_].lists[Slab::kMarked]) {
      if (slabs-- == 0) return true;
      unlink(*marked);
      link(*marked, marked->occupancy());
    }
  }
  return false;
}

}  // namespace sorrel
