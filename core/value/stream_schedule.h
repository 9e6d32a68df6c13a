// StreamSchedule: what a stream does by itself: the bounds that it keeps, and entries that were
// handed in and are to be added later (docs/streams.md).
//
// A delayed entry stands in a block of its own, under the ID that its producer was answered: the
// time at which it is due, and a number that tells those of one millisecond apart. So the same tree
// as that of the stream's blocks has them in the order in which they are due, and adding, finding
// and taking out one is O(log n).
//
// A heap block, owned by the stream (core/value/stream.h), which has none until it is told
// something. It decides nothing: when there is something to do, and what, is said by the stream.
//
// Invariants:
//  1. Each block of delayed() has one entry, whose ID is the slot's.
//  2. On std::bad_alloc nothing has changed.
#pragma once

#include "core/value/stream.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

/// How much a stream keeps; 0: any amount.
struct StreamRetention {
  uint64_t max_length = 0;
  uint64_t max_bytes = 0;
  int64_t max_age_ms = 0;
  /// Nothing goes that a group is still to read or to acknowledge.
  bool acknowledged = false;

  bool bounded() const { return max_length != 0 || max_bytes != 0 || max_age_ms != 0; }
  bool operator==(const StreamRetention&) const = default;
};

class StreamSchedule {
 public:
  using Delayed = Stream::Blocks;

  static Owned<StreamSchedule> make(Epoch& epoch);
  /// A copy that shares nothing with it.
  static Owned<StreamSchedule> copy(const StreamSchedule& from, Epoch& epoch);

  // ---- Reading.
  const StreamRetention& retention() const { return retention_; }
  const Delayed& delayed() const { return delayed_; }
  bool contains(StreamId delayed) const;
  /// Whether there is nothing that a stream without it wouldn't do.
  bool empty() const { return retention_ == StreamRetention() && delayed_.empty(); }
  /// The ID for one that is due then.
  StreamId next_id(uint64_t due_ms) const;
  size_t footprint(const Heap& heap) const;

  // ---- Changing. Only when it has been thawed.
  void set_retention(const StreamRetention& retention) { retention_ = retention; }
  /// The ID isn't there.
  void delay(StreamId delayed, StreamFields entry, Epoch& epoch);
  /// Afterwards erasing it needs no memory. It is there.
  void prepare_erase(StreamId delayed);
  void erase(StreamId delayed, Epoch& epoch);
  /// Compaction of the delayed entries, from `position` on; 0 at the end, as at the start.
  uint64_t compact(uint64_t position, Compaction& step);

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kStreamSchedule;
  static size_t bytes(const StreamSchedule&) { return sizeof(StreamSchedule); }
  static StreamSchedule* clone(const StreamSchedule& from, Epoch& epoch);
  static size_t weight(const StreamSchedule& schedule) {
    return schedule.delayed_.weight_of_blocks();
  }
  static Remains next_child(StreamSchedule& schedule, size_t& position) {
    return position++ == 0 ? schedule.delayed_.remains() : Remains{};
  }

 private:
  explicit StreamSchedule(Epoch& epoch) : delayed_(epoch) {}
  explicit StreamSchedule(const StreamSchedule& from)
      : retention_(from.retention_), delayed_(Delayed::Inherit{}, from.delayed_) {}

  StreamRetention retention_;
  Delayed delayed_;
};

}  // namespace sorrel
