#include "core/structure/slab_supply.h"

#include "core/base/check.h"

#include <algorithm>
#include <bit>

namespace sorrel {
namespace {

uint64_t mask_of(size_t slabs) {
  return slabs >= 64 ? ~uint64_t{0} : (uint64_t{1} << slabs) - 1;
}

size_t number_of(const SlabChunk& chunk, const Slab& slab) {
  return static_cast<size_t>(reinterpret_cast<const char*>(&slab) - chunk.slabs) / Slab::kBytes;
}

}  // namespace

static_assert(SlabSupply::kChunkBytes / Slab::kBytes <= 64);

SlabSupply::~SlabSupply() {
  for (SlabChunk*& list : lists_) {
    while (list != nullptr) free_chunk(*list);
  }
}

SlabSupply::List SlabSupply::list_of(const SlabChunk& chunk) {
  if (chunk.free == chunk.all) return kAllFree;
  if (chunk.spare != 0) return kSomeSpare;
  return chunk.free != 0 ? kSomeUntouched : kAllUsed;
}

void SlabSupply::link(SlabChunk& chunk, List list) {
  chunk.previous = nullptr;
  chunk.next = lists_[list];
  if (chunk.next != nullptr) chunk.next->previous = &chunk;
  lists_[list] = &chunk;
}

void SlabSupply::unlink(SlabChunk& chunk, List list) {
  (chunk.previous != nullptr ? chunk.previous->next : lists_[list]) = chunk.next;
  if (chunk.next != nullptr) chunk.next->previous = chunk.previous;
}

void SlabSupply::relink(SlabChunk& chunk, List before) {
  const List now = list_of(chunk);
  if (now == before) return;
  unlink(chunk, before);
  link(chunk, now);
}

SlabChunk* SlabSupply::add_chunk() {
  const size_t bytes = chunks_ == 0 ? kFirstChunkBytes : kChunkBytes;
  void* record = allocator_.allocate(allocator_.context, sizeof(SlabChunk));
  if (record == nullptr) return nullptr;
  void* block = allocator_.allocate(allocator_.context, bytes);
  if (block == nullptr) {
    allocator_.free(allocator_.context, record, sizeof(SlabChunk));
    return nullptr;
  }
  // The host aligns to 16 bytes: what is before the first whole slab is never touched.
  const auto begin = reinterpret_cast<uintptr_t>(block);
  const uintptr_t first = (begin + Slab::kBytes - 1) & ~uintptr_t{Slab::kBytes - 1};
  const uint64_t all = mask_of((begin + bytes - first) / Slab::kBytes);
  auto* chunk = ::new (record) SlabChunk{
      nullptr, nullptr, block, bytes, static_cast<char*>(block) + (first - begin), all, all, 0};
  link(*chunk, kAllFree);
  ++chunks_;
  return chunk;
}

void SlabSupply::free_chunk(SlabChunk& chunk) {
  unlink(chunk, list_of(chunk));
  --chunks_;
  unpoison(chunk.host_block, chunk.host_bytes);
  allocator_.free(allocator_.context, chunk.host_block, chunk.host_bytes);
  allocator_.free(allocator_.context, &chunk, sizeof(SlabChunk));
}

Slab* SlabSupply::take() {
  SlabChunk* chunk = nullptr;
  for (const List list : {kSomeSpare, kAllFree, kSomeUntouched}) {
    if (chunk == nullptr) chunk = lists_[list];
  }
  if (chunk == nullptr) chunk = add_chunk();
  if (chunk == nullptr) return nullptr;
  const List before = list_of(*chunk);
  const auto number =
      static_cast<size_t>(std::countr_zero(chunk->spare != 0 ? chunk->spare : chunk->free));
  const uint64_t bit = uint64_t{1} << number;
  if ((chunk->spare & bit) != 0) --spare_;
  chunk->free &= ~bit;
  chunk->spare &= ~bit;
  ++used_;
  relink(*chunk, before);
  void* at = chunk->slabs + number * Slab::kBytes;
  unpoison(at, Slab::kHeaderBytes);
  auto* slab = ::new (at) Slab;
  slab->chunk = chunk;
  return slab;
}

void SlabSupply::put_back(Slab& slab) {
  SlabChunk& chunk = *slab.chunk;
  const List before = list_of(chunk);
  const uint64_t bit = uint64_t{1} << number_of(chunk, slab);
  VERIFY((chunk.free & bit) == 0);
  chunk.free |= bit;
  chunk.spare |= bit;
  --used_;
  ++spare_;
  poison(&slab, Slab::kBytes);
  relink(chunk, before);
}

size_t SlabSupply::discard_run(SlabChunk& chunk, size_t slabs) {
  const auto first = static_cast<size_t>(std::countr_zero(chunk.spare));
  const auto run = static_cast<size_t>(std::countr_one(chunk.spare >> first));
  const size_t count = std::min(run, slabs);
  char* from = chunk.slabs + first * Slab::kBytes;
  unpoison(from, count * Slab::kBytes);
  allocator_.discard(allocator_.context, from, count * Slab::kBytes);
  chunk.spare &= ~(mask_of(count) << first);
  spare_ -= count;
  return count;
}

size_t SlabSupply::give_back_of(SlabChunk& chunk, size_t slabs) {
  const List before = list_of(chunk);
  size_t given = 0;
  if (allocator_.discard != nullptr && chunk.spare != 0) given = discard_run(chunk, slabs);
  relink(chunk, before);
  if (chunk.free != chunk.all || (allocator_.discard != nullptr && chunk.spare != 0)) return given;
  const auto left = static_cast<size_t>(std::popcount(chunk.spare));
  spare_ -= left;
  free_chunk(chunk);
  return given + left;
}

bool SlabSupply::give_back(size_t slabs, size_t keep) {
  while (spare_ > keep) {
    SlabChunk* chunk = next_to_give();
    if (chunk == nullptr) return false;
    if (slabs == 0) return true;
    slabs -= std::min(slabs, give_back_of(*chunk, std::min(slabs, spare_ - keep)));
  }
  return false;
}

}  // namespace sorrel
