// Slab: 32 KiB, aligned to its size, cut into blocks of one size. A block's slab is found by
// clearing the low bits of its address, so blocks need no header.
//
//   | next, previous | freed | chunk | fresh … list | to 64 | block | block | … never cut yet … |
//
// Blocks that came back form a list through themselves (`freed`); those behind `fresh` were never
// handed out, and their pages not touched since the slab came from the host.
//
// Owned by a heap, which keeps it in the list that `list` names, or by the supply when it is empty.
#pragma once

#include "core/base/poison.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

namespace sorrel {

struct SlabChunk;

struct Slab {
  static constexpr size_t kBytes = size_t{32} << 10;
  static constexpr size_t kHeaderBytes = 64;
  /// Lists by how full a slab is, in eighths. A full one has room for nobody and is in none; one
  /// that is being evacuated is marked.
  static constexpr uint8_t kOccupancies = 8;
  static constexpr uint8_t kMarked = 8;
  static constexpr uint8_t kLists = 9;
  static constexpr uint8_t kFull = 9;

  struct Freed {
    Freed* next;
  };

  Slab* next;
  Slab* previous;
  Freed* freed;
  SlabChunk* chunk;
  uint32_t fresh;    // offset of the first block that was never handed out
  uint32_t eighths;  // what `live` is multiplied with to get eighths of the capacity
  uint16_t live;     // blocks handed out, those in a magazine counted
  uint16_t capacity;
  uint16_t block_bytes;
  uint8_t size_class;
  uint8_t list;

  static Slab& of(const void* block) {
    return *std::bit_cast<Slab*>(reinterpret_cast<uintptr_t>(block) & ~uintptr_t{kBytes - 1});
  }
  static constexpr uint16_t capacity_for(size_t block_bytes) {
    return static_cast<uint16_t>((kBytes - kHeaderBytes) / block_bytes);
  }
  /// The slab at this address begins anew.
  void start(size_t of_class, size_t bytes) {
    freed = nullptr;
    fresh = kHeaderBytes;
    live = 0;
    capacity = capacity_for(bytes);
    eighths = (uint32_t{kOccupancies} << kEighthsShift) / capacity;
    block_bytes = static_cast<uint16_t>(bytes);
    size_class = static_cast<uint8_t>(of_class);
    list = kFull;
    poison(reinterpret_cast<char*>(this) + kHeaderBytes, kBytes - kHeaderBytes);
  }

  bool is_full() const { return live == capacity; }
  unsigned room() const { return capacity - live; }
  /// Where it belongs by what it holds; only when not full.
  uint8_t occupancy() const { return static_cast<uint8_t>(live * eighths >> kEighthsShift); }

  /// Only when not full. The block stays poisoned.
  void* take() {
    ++live;
    if (freed != nullptr) {
      Freed* block = freed;
      unpoison(block, sizeof(Freed));
      freed = block->next;
      poison(block, sizeof(Freed));
      return block;
    }
    void* block = reinterpret_cast<char*>(this) + fresh;
    fresh += block_bytes;
    return block;
  }
  void put_back(void* block) {
    --live;
    unpoison(block, sizeof(Freed));
    freed = ::new (block) Freed{freed};
    poison(block, block_bytes);
  }

 private:
  static constexpr int kEighthsShift = 16;
};
static_assert(sizeof(Slab) <= Slab::kHeaderBytes);

}  // namespace sorrel
