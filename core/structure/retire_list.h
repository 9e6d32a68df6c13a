// RetireList: what the live state no longer leads to, in the order in which it was let go.
//
// First in, first out. An item is 8 bytes; items stand in batches of one heap block each, and a
// batch carries one stamp, the epoch in which its items were retired. Stamps never fall from head
// to tail, so whether the head may be freed answers for the whole list.
//
//   item:   | kind (14 bits, here 8) | measured | deep | address (48 bits) |
//   batch:  | next | stamp | begin, end | 509 items |             exactly 4096 bytes
//
// Spare batches are made by try_reserve(), which may fail; so many pushes after it don't.
#pragma once

#include "core/structure/heap.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sorrel {

class RetireList {
 public:
  explicit RetireList(Heap& heap) : heap_(heap) {}
  ~RetireList();
  RetireList(const RetireList&) = delete;
  RetireList& operator=(const RetireList&) = delete;

  struct Item {
    void* block;
    uint8_t kind;
    bool deep;      // with all that it owns; else the block alone
    bool measured;  // for the epoch to remember by
  };

  bool empty() const { return head_ == nullptr; }
  /// What the list itself takes.
  size_t bytes() const { return batches_ * heap_.footprint(sizeof(Batch)); }
  /// Makes room for kItemsPerBatch pushes. False when there is no memory.
  bool try_reserve() { return spare_ != nullptr || make_spare(); }
  /// Makes room for `items` pushes.
  bool try_reserve(size_t items);
  void push(const Item& item, uint64_t stamp);
  /// The stamp of the oldest item; only when not empty.
  uint64_t front_stamp() const { return head_->stamp; }
  Item pop();
  /// Lets the spare ones go.
  void trim();

  static constexpr size_t kItemsPerBatch = 509;

 private:
  struct Batch {
    Batch* next;
    uint64_t stamp;
    uint32_t begin;
    uint32_t end;
    std::array<uint64_t, kItemsPerBatch> items;
  };
  static_assert(sizeof(Batch) == 4096);

  bool make_spare();
  void free_batch(Batch* batch);
  void append_batch(uint64_t stamp);

  Heap& heap_;
  Batch* head_ = nullptr;
  Batch* tail_ = nullptr;
  Batch* spare_ = nullptr;  // a list, of one as a rule
  size_t batches_ = 0;      // spare ones, too
};

}  // namespace sorrel
