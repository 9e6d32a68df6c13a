// StreamGroups: the consumer groups of a stream, in the order of their names.
//
// A heap block, owned by the stream (core/value/stream.h), which has none while it has no group. A
// slot of the tree is the reference to the group; a separator is a copy of one, by which the name
// is found, so a group is thawed and moved through the tree's edit() alone.
//
// Invariant: on std::bad_alloc nothing has changed.
#pragma once

#include "core/structure/tree.h"
#include "core/value/stream_group.h"

#include <cstddef>
#include <cstdint>

namespace sorrel {

struct GroupsByName {
  using Slot = Owned<StreamGroup>;
  static constexpr uint8_t kNodeKind = kinds::kStreamGroupNode;
  static constexpr unsigned kLeafBytes = 512;
  static constexpr unsigned kInnerBytes = 512;
  static constexpr bool kOrdered = true;
  static int compare(Bytes name, const Slot& slot) { return name.compare(slot->name()); }
  static constexpr bool kOwns = true;
  static Remains remains(Slot& slot) { return slot.remains(); }
  static void inherit(Slot& slot) { slot.freeze(); }
};

class StreamGroups {
 public:
  /// An empty set. Throws std::bad_alloc.
  static Owned<StreamGroups> make(Epoch& epoch);
  /// A copy that shares nothing with it.
  static Owned<StreamGroups> copy(const StreamGroups& from, Epoch& epoch);

  // ---- Reading. What is returned is good until the next change.
  size_t size() const { return groups_.slots(); }
  /// nullptr when there is no such group.
  const StreamGroup* find(Bytes name) const;
  /// `visit(const StreamGroup&)`, in the order of their names.
  template <class Visit>
  void for_each(Visit&& visit) const {
    groups_.for_each([&](const Owned<StreamGroup>& group) { visit(*group); });
  }
  /// Whether the entry is pending in any group; `but` is left out.
  bool pending_anywhere(const StreamId& id, const StreamGroup* but = nullptr) const;
  /// Whether each group has read past the entry and has nothing of it pending.
  bool acknowledged_by_all(const StreamId& id) const;
  size_t footprint(const Heap& heap) const;

  // ---- Changing. Only of a set that has been thawed.
  /// The group, to be changed until a snapshot begins; nullptr when there is no such group.
  StreamGroup* edit(Bytes name);
  /// There must be none of that name.
  StreamGroup& insert(Bytes name);
  /// False when there is no such group.
  bool erase(Bytes name);
  /// Takes the entry out of what any group has pending; returns of how many.
  size_t forget(const StreamId& id);

  /// Compaction of all beneath, from `position` on; 0 at the end, as at the start. Positions are
  /// below 2^62.
  static uint64_t compact(Owned<StreamGroups>& groups, uint64_t position, Compaction& step);

  // The contract of Owned<T>, see core/structure/kind.h.
  static constexpr uint8_t kKind = kinds::kStreamGroups;
  static size_t bytes(const StreamGroups&) { return sizeof(StreamGroups); }
  static StreamGroups* clone(const StreamGroups& from, Epoch& epoch);
  static size_t weight(const StreamGroups& groups);
  static Remains next_child(StreamGroups& groups, size_t& position) {
    return position++ == 0 ? groups.groups_.remains() : Remains{};
  }

 private:
  explicit StreamGroups(Epoch& epoch) : epoch_(&epoch), groups_(epoch) {}
  explicit StreamGroups(const StreamGroups& from)
      : epoch_(from.epoch_), groups_(Groups::Inherit{}, from.groups_) {}

  using Groups = Tree<GroupsByName>;

  Epoch* epoch_;
  Groups groups_;
};

}  // namespace sorrel
