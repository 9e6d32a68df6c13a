#include "core/structure/epoch.h"

#include "core/base/check.h"
#include "core/structure/measure.h"

#include <algorithm>
#include <new>

namespace sorrel {

Epoch::Epoch(Heap& heap) : heap_(&heap), retired_(heap), teardown_(heap) {}

Epoch::~Epoch() {
  VERIFY(!frozen());
  while (reclaim(SIZE_MAX)) {
  }
}

SnapshotId Epoch::begin_snapshot() {
  reserve();
  live_.push_back(now_ + 1);
  ++now_;
  frozen_ = true;
  return SnapshotId{now_};
}

void Epoch::end_snapshot(SnapshotId snapshot) {
  const auto found = std::lower_bound(live_.begin(), live_.end(), snapshot.began);
  VERIFY(found != live_.end() && *found == snapshot.began);
  live_.erase(found);
  frozen_ = !live_.empty();
}

void Epoch::reserve() {
  if (!try_reserve()) throw std::bad_alloc();
}

void Epoch::learn(const Kind& kind) {
  const Kind*& known = kinds_[kind.number];
  VERIFY(known == nullptr || known == &kind);
  known = &kind;
}

void Epoch::retire(const Remains& remains, bool deep) {
  learn(*remains.kind);
  const bool measured = deep && frozen();
  retired_.push(RetireList::Item{remains.block, remains.kind->number, deep, measured}, now_);
  ++retired_items_;
  ++retired_total_;
  retired_bytes_ += footprint_of(remains, measured);
}

// What is retired doesn't change, so that it measures the same when it goes.
size_t Epoch::footprint_of(const Remains& remains, bool measured) const {
  return measured ? measured_footprint(*heap_, remains) : heap_->footprint(bytes_of(remains));
}

bool Epoch::reclaim(size_t blocks) {
  while (blocks > 0) {
    if (teardown_.busy()) {
      blocks -= teardown_.run(blocks);
      continue;
    }
    if (!head_is_free()) break;
    const RetireList::Item item = retired_.pop();
    const Remains remains{item.block, kinds_[item.kind]};
    --retired_items_;
    retired_bytes_ -= footprint_of(remains, item.measured);
    if (item.deep) {
      teardown_.begin(remains);
    } else {
      free_block(remains);
      --blocks;
    }
  }
  if (!has_retired() && !frozen()) retired_.trim();
  return has_ready();
}

void Epoch::free_whole(const Remains& remains) {
  if (weight_of(remains) == 0) return free_block(remains);
  Teardown teardown(*heap_);
  teardown.begin(remains);
  teardown.run(SIZE_MAX);
}

}  // namespace sorrel
