#include "core/value/stream_group.h"

#include "core/structure/drop_on_throw.h"

#include <new>
#include <utility>

namespace sorrel {

Owned<StreamGroup> StreamGroup::make(Epoch& epoch, Bytes name) {
  if (epoch.frozen()) epoch.reserve();
  Owned<StreamName> text = StreamName::make(epoch, name);
  void* block = epoch.heap().try_allocate(sizeof(StreamGroup));
  if (block == nullptr) {
    text.drop(epoch);
    throw std::bad_alloc();
  }
  return Owned<StreamGroup>::adopt(::new (block) StreamGroup(epoch, std::move(text)), epoch);
}

Owned<StreamGroup> StreamGroup::copy(const StreamGroup& from, Epoch& epoch) {
  Owned<StreamGroup> made = make(epoch, from.name());
  const DropOnThrow guard(made, epoch);
  StreamGroup& copy = made.thaw(epoch);
  copy.set_position(from.last_delivered(), from.entries_read());
  copy.set_rules(from.rules());
  copy.set_dead_letter(from.dead_letter(), epoch);
  copy.consumers_.copy(from.consumers_);
  copy.pending_.copy(from.pending_);
  return made;
}

StreamGroup* StreamGroup::clone(const StreamGroup& from, Epoch& epoch) {
  return ::new (epoch.heap().allocate(sizeof(StreamGroup))) StreamGroup(from);
}

Remains StreamGroup::next_child(StreamGroup& group, size_t& position) {
  // A tree may be empty, and there may be no dead letters.
  while (position <= PendingEntries::kTrees + StreamConsumers::kTrees + 1) {
    const size_t at = position++;
    Remains child;
    if (at < PendingEntries::kTrees) {
      child = group.pending_.remains(at);
    } else if (at < PendingEntries::kTrees + StreamConsumers::kTrees) {
      child = group.consumers_.remains(at - PendingEntries::kTrees);
    } else {
      const bool named = at == PendingEntries::kTrees + StreamConsumers::kTrees;
      child = named ? group.name_.remains() : group.dead_letter_.remains();
    }
    if (child) return child;
  }
  return {};
}

size_t StreamGroup::footprint(const Heap& heap) const {
  const size_t dead_letter = dead_letter_ ? heap.footprint(StreamName::bytes(*dead_letter_)) : 0;
  return heap.footprint(sizeof(StreamGroup)) + heap.footprint(StreamName::bytes(*name_)) +
         dead_letter + pending_.bytes() + consumers_.footprint(heap);
}

void StreamGroup::set_dead_letter(Bytes key, Epoch& epoch) {
  if (epoch.frozen()) epoch.reserve();
  Owned<StreamName> made = key.empty() ? Owned<StreamName>() : StreamName::make(epoch, key);
  dead_letter_.drop(epoch);
  dead_letter_ = std::move(made);
}

const StreamConsumer& StreamGroup::next_looked_at() {
  if (looked_at_ >= consumers_.size()) looked_at_ = 0;
  return consumers_.in_order(looked_at_++);
}

size_t StreamGroup::erase_consumer(uint32_t number) {
  size_t erased = 0;
  for (auto at = pending_.of(number, {}); at && at->consumer == number;
       at = pending_.of(number, {})) {
    pending_.erase(at->id);
    ++erased;
  }
  consumers_.erase(number);
  return erased;
}

// A position is an offset in one of the trees, and which one in the low bits: the tree's number and
// one more, so that it isn't 0.
uint64_t StreamGroup::compact(uint64_t position, Compaction& step) {
  constexpr uint64_t kTrees = PendingEntries::kTrees + StreamConsumers::kTrees;
  static_assert(kTrees < 8);
  if (position == 0) {
    step.move(name_);
    if (dead_letter_) step.move(dead_letter_);
    return 1;
  }
  const uint64_t tree = position % 8 - 1;
  const uint64_t next = tree < PendingEntries::kTrees
                            ? pending_.compact(tree, position / 8, step)
                            : consumers_.compact(tree - PendingEntries::kTrees, position / 8, step);
  if (next != 0) return next * 8 + tree + 1;
  return tree + 1 < kTrees ? tree + 2 : 0;
}

}  // namespace sorrel
