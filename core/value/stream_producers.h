// StreamProducers: what a stream remembers of its idempotent producers: which of their messages it
// has got, under which IDs, so that a message that is sent again isn't added again.
//
// Each producer is one pack: its name, and then its receipts in the order of their IDs:
//
//   | name | message | ms | seq | message | ms | seq | …
//
// A receipt lasts for duration_s() from the time that its ID says, and a producer has at most
// receipts_max() of them: the oldest go. Looking for one is linear in that number, which is 100
// unless somebody asks for more. The packs stand in a tree by name.
//
// A heap block, owned by the stream (core/value/stream.h), which has none until it needs one. It
// doesn't know whether the entries are still there.
// https://redis.io/docs/latest/develop/data-types/streams/idempotency
//
// Invariants:
//  1. A producer has a receipt at least.
//  2. A slot's pack is replaced and moved through the tree's edit() alone: a separator is a copy of
//     the reference, by which the name is found.
//  3. On std::bad_alloc nothing has changed, but that old receipts may have gone.
#pragma once

#include "core/structure/compaction.h"
#include "core/structure/pack.h"
#include "core/structure/tree.h"
#include "core/value/kinds.h"
#include "core/value/stream_id.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace sorrel {

struct ProducersByName {
  using Slot = Owned<Pack>;
  static constexpr uint8_t kNodeKind = kinds::kStreamProducerNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 512;
  static constexpr bool kOrdered = true;
  static int compare(Bytes name, const Slot& slot) {
    PackElement::Scratch scratch;
    return name.compare(slot->get(slot->begin()).bytes(scratch));
  }
  static constexpr bool kOwns = true;
  static Remains remains(Slot& slot) { return slot.remains(); }
  static void inherit(Slot& slot) { slot.freeze(); }
};

class StreamProducers {
 public:
  static constexpr uint32_t kDurationDefault = 100;
  static constexpr uint32_t kDurationMax = 86'400;
  static constexpr uint32_t kReceiptsDefault = 100;
  static constexpr uint32_t kReceiptsMax = 10'000;

  static Owned<StreamProducers> make(Epoch& epoch);
  /// A copy that shares nothing with it.
  static Owned<StreamProducers> copy(const StreamProducers& from, Epoch& epoch);

  // ---- Reading.
  uint32_t duration_s() const { return duration_s_; }
  uint32_t receipts_max() const { return receipts_max_; }
  /// Messages ever added; and how often one was sent again.
  uint64_t added() const { return added_; }
  uint64_t repeated() const { return repeated_; }
  /// The ID that the message has got, if that is still remembered.
  std::optional<StreamId> find(Bytes producer, Bytes message, uint64_t now_ms) const;
  /// Those that still mean something.
  struct Count {
    size_t producers = 0;
    size_t receipts = 0;
  };
  Count count(uint64_t now_ms) const;
  size_t footprint(const Heap& heap) const;
  bool knows(Bytes producer) const { return static_cast<bool>(find_producer(producer)); }
  /// All receipts, one producer's after another's, each one's oldest first.
  void for_each(const std::function<void(Bytes producer, Bytes message, StreamId id)>& visit) const;

  // ---- Changing. Only when it has been thawed.
  /// Forgets all producers. What isn't given stays as it is.
  void configure(std::optional<uint32_t> duration_s, std::optional<uint32_t> receipts_max);
  /// The message isn't remembered, and gets this ID, which is greater than those before.
  void add(Bytes producer, Bytes message, StreamId id, uint64_t now_ms);
  void count_repeated() { ++repeated_; }
  /// As they were where it comes from.
  void set_counts(uint64_t added, uint64_t repeated) {
    added_ = added;
    repeated_ = repeated;
  }
  /// Compaction, a leaf of producers from `position` on; 0 at the end, as at the start.
  uint64_t compact(uint64_t position, Compaction& step);

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kStreamProducers;
  static size_t bytes(const StreamProducers&) { return sizeof(StreamProducers); }
  static StreamProducers* clone(const StreamProducers& from, Epoch& epoch);
  static size_t weight(const StreamProducers& all) { return all.producers_.weight_of_blocks(); }
  static Remains next_child(StreamProducers& all, size_t& position) {
    return position++ == 0 ? all.producers_.remains() : Remains{};
  }

 private:
  using Producers = Tree<ProducersByName>;

  explicit StreamProducers(Epoch& epoch) : epoch_(&epoch), producers_(epoch) {}
  explicit StreamProducers(const StreamProducers& from);
  /// IDs from an earlier time mean nothing any more.
  uint64_t oldest_ms(uint64_t now_ms) const;
  Producers::Cursor find_producer(Bytes name) const;
  void add_producer(Bytes name, Bytes message, StreamId id);
  void add_receipt(Owned<Pack>& producer, Bytes message, StreamId id, uint64_t now_ms);
  void sweep(uint64_t now_ms);

  Epoch* epoch_;
  uint32_t duration_s_ = kDurationDefault;
  uint32_t receipts_max_ = kReceiptsDefault;
  uint64_t added_ = 0;
  uint64_t repeated_ = 0;
  uint64_t swept_ = 0;  // where the search for producers that are done goes on
  Producers producers_;
};

}  // namespace sorrel
