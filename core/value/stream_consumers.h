// StreamConsumers: the consumers of a group: who they are, and when they were seen last.
//
// A consumer has a number while it lives, by which its pending entries name it; the number of one
// that has gone is given again. One tree, by number, owns the names; the other, by name, borrows
// them. What a consumer has pending is known to PendingEntries alone.
//
// Part of a StreamGroup (core/value/stream_group.h).
//
// Invariants:
//  1. Both trees hold the same consumers; names and numbers are unique.
//  2. On std::bad_alloc nothing has changed.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/tree.h"
#include "core/value/kinds.h"
#include "core/value/stream_name.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

struct StreamConsumer {
  /// The active time of one that has never been given an entry.
  static constexpr int64_t kNever = -1;

  Bytes name() const { return owned_name->text(); }

  Owned<StreamName> owned_name;
  uint32_t number;
  uint32_t unused = 0;
  int64_t seen_ms;    // when it last asked for something
  int64_t active_ms;  // when it last was given something
};

struct ConsumersByNumber {
  using Slot = StreamConsumer;
  static constexpr uint8_t kNodeKind = kinds::kConsumerNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 512;
  static constexpr bool kOrdered = true;
  static int compare(uint32_t number, const Slot& slot) {
    return number < slot.number ? -1 : number > slot.number ? 1 : 0;
  }
  static constexpr bool kOwns = true;
  static Remains remains(Slot& slot) { return slot.owned_name.remains(); }
  static void inherit(Slot& slot) { slot.owned_name.freeze(); }
};

/// A consumer's place in the order of names.
struct ConsumerName {
  const StreamName* name;  // the consumer's
  uint64_t number;
};

struct ConsumersByName {
  using Slot = ConsumerName;
  static constexpr uint8_t kNodeKind = kinds::kConsumerNameNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 512;
  static constexpr bool kOrdered = true;
  static int compare(Bytes name, const Slot& slot) { return name.compare(slot.name->text()); }
  static constexpr bool kOwns = false;
};

class StreamConsumers {
 public:
  explicit StreamConsumers(Epoch& epoch) : epoch_(&epoch), by_number_(epoch), by_name_(epoch) {}
  /// For the clone of the block that holds them.
  struct Inherit {};
  StreamConsumers(Inherit, const StreamConsumers& from)
      : epoch_(from.epoch_),
        by_number_(ByNumber::Inherit{}, from.by_number_),
        by_name_(ByName::Inherit{}, from.by_name_) {}

  // ---- Reading. What is returned is good until the next change.
  size_t size() const { return by_number_.slots(); }
  /// nullptr when there is no such consumer.
  const StreamConsumer* find(Bytes name) const;
  /// It must be there.
  const StreamConsumer& at(uint32_t number) const { return *by_number_.lower_bound(number); }
  /// The one at a place in the order of numbers, which has to be there.
  const StreamConsumer& in_order(size_t place) const { return *by_number_.at(place); }
  /// `visit(const StreamConsumer&)`, in the order of their names.
  template <class Visit>
  void for_each(Visit&& visit) const {
    by_name_.for_each([&](const ConsumerName& slot) { visit(at(number_of(slot))); });
  }

  // ---- Changing.
  /// Returns the number. There must be none of that name.
  uint32_t insert(Bytes name, int64_t seen_ms, int64_t active_ms = StreamConsumer::kNever);
  void set_seen(uint32_t number, int64_t seen_ms);
  void set_active(uint32_t number, int64_t active_ms);
  /// It must be there, and have nothing pending.
  void erase(uint32_t number);
  /// Fills what is empty with the same consumers, under the same numbers.
  void copy(const StreamConsumers& from);

  // For the block that holds them.
  size_t footprint(const Heap& heap) const;
  size_t weight() const { return by_number_.weight_of_blocks() + by_name_.weight_of_blocks(); }
  static constexpr size_t kTrees = 2;
  Remains remains(size_t tree) { return tree == 0 ? by_name_.remains() : by_number_.remains(); }
  /// Tree::compact() for one of the trees.
  uint64_t compact(size_t tree, uint64_t offset, Compaction& step);

 private:
  using ByNumber = Tree<ConsumersByNumber>;
  using ByName = Tree<ConsumersByName>;

  static uint32_t number_of(const ConsumerName& slot) { return static_cast<uint32_t>(slot.number); }
  uint32_t unused_number() const;
  void insert(uint32_t number, Bytes name, int64_t seen_ms, int64_t active_ms);
  void compact_name(StreamConsumer& consumer, Compaction& step);

  Epoch* epoch_;
  ByNumber by_number_;
  ByName by_name_;
};

}  // namespace sorrel
