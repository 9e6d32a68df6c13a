// StreamCheck: holds a stream to the invariants that its header states. Looks at everything, so it
// is for tests. A fault is a sentence; none is empty.
#pragma once

#include "core/value/stream.h"
#include "tests/unit/core/structure/tree_check.h"

#include <string>

namespace sorrel {

struct StreamFault {
  static std::string of(const Stream& stream, const Heap& heap, bool starved = false) {
    std::string fault = TreeCheck<StreamBlocks>::fault(stream.blocks(), heap, starved);
    StreamId last;
    stream.blocks().for_each([&](const StreamSlot& slot) {
      if (!fault.empty()) return;
      fault = block_fault(slot, last);
      last = last_live_id(*slot.block);
    });
    if (fault.empty() && last > stream.last_id()) fault = "a block behind the last ID";
    return fault;
  }

 private:
  static StreamId last_live_id(const StreamBlock& block) {
    StreamId last;
    StreamBlock::Place place = block.begin();
    do {
      if (!place.deleted) last = place.id;
    } while (block.next(place));
    return last;
  }
  static std::string block_fault(const StreamSlot& slot, StreamId last) {
    if (!slot.block->valid()) return "a block that isn't well formed";
    if (slot.block->live() == 0) return "a block without a live entry";
    if (slot.block->live() != slot.block.extra()) return "a block that is counted wrong";
    if (slot.block->first_id() != slot.first) return "a block under another ID";
    return slot.first > last ? "" : "blocks out of order";
  }
};

}  // namespace sorrel
