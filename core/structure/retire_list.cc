#include "core/structure/retire_list.h"

#include "core/base/check.h"

#include <bit>
#include <new>

namespace sorrel {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - 1;
constexpr uint64_t kDeepBit = uint64_t{1} << 48;
constexpr uint64_t kMeasuredBit = uint64_t{1} << 49;
constexpr int kKindShift = 50;

}  // namespace

RetireList::~RetireList() {
  VERIFY(empty());
  trim();
}

bool RetireList::make_spare() {
  void* block = heap_.try_allocate(sizeof(Batch));
  if (block == nullptr) return false;
  Batch* made = ::new (block) Batch;  // its other members are set when it is put to use
  made->next = spare_;
  spare_ = made;
  ++batches_;
  return true;
}

void RetireList::free_batch(Batch* batch) {
  heap_.free(batch, sizeof(Batch));
  --batches_;
}

bool RetireList::try_reserve(size_t items) {
  size_t room = 0;
  for (const Batch* batch = spare_; batch != nullptr; batch = batch->next) room += kItemsPerBatch;
  for (; room < items; room += kItemsPerBatch) {
    if (!make_spare()) return false;
  }
  return true;
}

void RetireList::append_batch(uint64_t stamp) {
  if (!try_reserve()) throw std::bad_alloc();
  Batch* batch = spare_;
  spare_ = batch->next;
  batch->next = nullptr;
  batch->stamp = stamp;
  batch->begin = batch->end = 0;
  if (tail_ != nullptr) {
    tail_->next = batch;
  } else {
    head_ = batch;
  }
  tail_ = batch;
}

void RetireList::push(const Item& item, uint64_t stamp) {
  if (tail_ == nullptr || tail_->end == kItemsPerBatch || tail_->stamp != stamp) {
    append_batch(stamp);
  }
  tail_->items[tail_->end++] = reinterpret_cast<uint64_t>(item.block) | (item.deep ? kDeepBit : 0) |
                               (item.measured ? kMeasuredBit : 0) |
                               (uint64_t{item.kind} << kKindShift);
}

RetireList::Item RetireList::pop() {
  Batch* batch = head_;
  const uint64_t word = batch->items[batch->begin++];
  if (batch->begin == batch->end) {
    head_ = batch->next;
    if (head_ == nullptr) tail_ = nullptr;
    if (spare_ == nullptr) {
      batch->next = nullptr;
      spare_ = batch;
    } else {
      free_batch(batch);
    }
  }
  return Item{std::bit_cast<void*>(word & kAddressMask), static_cast<uint8_t>(word >> kKindShift),
              (word & kDeepBit) != 0, (word & kMeasuredBit) != 0};
}

void RetireList::trim() {
  while (spare_ != nullptr) {
    Batch* next = spare_->next;
    free_batch(spare_);
    spare_ = next;
  }
}

}  // namespace sorrel
