// Stream: the value class of streams: entries in the order of their IDs, each with fields and
// values; what the stream remembers of those that have gone; and its consumer groups.
//
// Entries stand in blocks (core/value/stream_block.h), and the blocks in a counted tree, each under
// the ID of the first entry it ever had, as Redis's nodes do. So a search by ID is O(log n), and so
// is giving up any number of entries at the front.
//
//   | tag | tree of blocks | last ID | greatest deleted ID | entries ever added | groups |
//   producers | schedule | bytes of blocks |
//
// What it does by itself, to add delayed entries and to keep its bounds, is on its schedule
// (core/value/stream_schedule.h), and is done when somebody says so: next_due_ms() tells when there
// is something.
//
// A stream stays when its last entry has gone: its IDs go on where they were. That makes it the one
// collection that may be empty.
//
// A block of its own behind a collection (core/value/collection.h). Read through Stream::of(),
// changed through Stream::thaw(); after a std::bad_alloc nothing has changed, except that a removal
// of many, while a snapshot lives, may have ended early, and one that takes references along may
// have taken them alone.
//
// Invariants:
//  1. Every block of the tree has a live entry; its slot's first ID is the block's, the number in
//     the reference's extra bits is that of its live entries, and the IDs of live entries ascend
//     from block to block.
//  2. Every entry's ID is at most last_id().
//  3. The groups are absent when there are none; so are the producers until there is one, and the
//     schedule while there is nothing on it.
//  4. The bytes of the blocks are right while there is a bound to them, and else no matter.
#pragma once

#include "core/structure/tree.h"
#include "core/value/collection.h"
#include "core/value/stream_block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sorrel {

class StreamCursor;
/// The consumer groups by name: core/value/stream_groups.h.
class StreamGroups;
/// What is remembered of idempotent producers: core/value/stream_producers.h.
class StreamProducers;
/// What the stream does by itself: core/value/stream_schedule.h.
class StreamSchedule;
struct StreamRetention;

struct StreamSlot {
  Owned<StreamBlock> block;
  StreamId first;
};

struct StreamBlocks {
  using Slot = StreamSlot;
  static constexpr uint8_t kNodeKind = kinds::kStreamNode;
  static constexpr unsigned kLeafBytes = 1024;
  static constexpr unsigned kInnerBytes = 1024;
  static constexpr bool kOrdered = true;
  static uint64_t weight(const Slot& slot) { return slot.block.extra(); }
  static int compare(const StreamId& id, const Slot& slot) {
    return id < slot.first ? -1 : id > slot.first ? 1 : 0;
  }
  static constexpr bool kOwns = true;
  static Remains remains(Slot& slot) { return slot.block.remains(); }
  static void inherit(Slot& slot) { slot.block.freeze(); }
};

/// What becomes of an entry's references, the places where groups have it pending, when it goes:
/// they stay; they go too; or the entry goes only when every group has read and acknowledged it.
enum class StreamReferences : uint8_t { kKeep, kDelete, kAcknowledged };

/// How far a stream is to be cut down at the front.
struct StreamTrim {
  enum class Kind : uint8_t { kNone, kMaxLength, kMinId };
  Kind kind = Kind::kNone;
  uint64_t max_length = 0;
  StreamId min_id = {};
  /// Whole blocks alone go (`~`), and of them no more than have so many entries (0: any number).
  bool whole_blocks = false;
  uint64_t limit = 0;
  StreamReferences references = StreamReferences::kKeep;
};

class Stream final : public Collection {
 public:
  using Blocks = Tree<StreamBlocks>;

  static Owned<Collection> make(Epoch& epoch);
  static const Stream& of(const Collection& collection) {
    VERIFY(collection.tag() == Tag::kStream);
    return static_cast<const Stream&>(collection);
  }
  static Stream& thaw(Owned<Collection>& stream, Epoch& epoch) {
    VERIFY(stream->tag() == Tag::kStream);
    return static_cast<Stream&>(stream.thaw(epoch));
  }

  // ---- Reading. Entries are read through a StreamCursor.
  /// Entries.
  uint64_t size() const { return blocks_.weight(); }
  bool contains(StreamId id) const;
  /// Of the first entry that is there, and of the last; 0-0 when there is none.
  StreamId first_id() const;
  StreamId last_entry_id() const;
  /// The greatest ID that any entry ever had; or more, if XSETID said so.
  StreamId last_id() const { return last_id_; }
  /// The greatest ID that was deleted out of its turn.
  StreamId max_deleted_id() const { return max_deleted_id_; }
  /// Ever, including those that have gone.
  uint64_t entries_added() const { return entries_added_; }
  const Blocks& blocks() const { return blocks_; }
  /// nullptr when there are none.
  const StreamGroups* groups() const { return groups_.get(); }
  const StreamProducers* producers() const { return producers_.get(); }
  /// nullptr while there is nothing on it.
  const StreamSchedule* schedule() const { return schedule_.get(); }

  // ---- Changing.
  /// Adds an entry: `id` is greater than last_id(), and the texts aren't more than
  /// StreamBlock::kEntryTextMax.
  void append(StreamId id, StreamFields entry, const EncodingLimits& limits, Epoch& epoch);
  /// Deletes an entry, out of its turn; false when there is none.
  bool erase(StreamId id, Epoch& epoch);
  enum class Erased : uint8_t { kAbsent, kReferences, kErased, kWanted };
  /// The same; kReferences: there was none, but some group had it pending still; kWanted: it has to
  /// stay.
  Erased erase(StreamId id, StreamReferences references, Epoch& epoch);
  /// Gives up entries at the front; returns how many.
  uint64_t trim(const StreamTrim& wanted, Epoch& epoch);
  void set_last_id(StreamId id) { last_id_ = id; }
  void set_max_deleted_id(StreamId id) { max_deleted_id_ = id; }
  void set_entries_added(uint64_t entries) { entries_added_ = entries; }
  /// The groups to be changed: thawed by whoever changes them. Empty when there are none.
  Owned<StreamGroups>& groups_reference() { return groups_; }
  /// Made if need be.
  StreamProducers& edit_producers(Epoch& epoch);

  // ---- What it does by itself (core/value/stream_schedule.h).
  /// When there is something to do; INT64_MAX: never.
  int64_t next_due_ms() const;
  /// When the next delayed entry is to be added; the same.
  int64_t next_delayed_ms() const;
  /// O(blocks) when bytes come to be bounded, which counts them.
  void set_retention(const StreamRetention& retention, Epoch& epoch);
  /// Gives up whole blocks at the front, as the bounds demand it, at most `blocks_max`, which it
  /// reduces; returns how many entries.
  uint64_t retain(int64_t now_ms, size_t& blocks_max, Epoch& epoch);
  /// An entry is to be added later, at the time of this ID, under which nothing is delayed yet.
  void delay(StreamId delayed, StreamFields entry, Epoch& epoch);
  /// The entry is never added; false when it isn't delayed.
  bool cancel_delayed(StreamId delayed, Epoch& epoch);
  /// Adds a delayed entry that is there, under an ID behind the last one.
  void add_delayed(StreamId delayed, StreamId id, const EncodingLimits& limits, Epoch& epoch);

  // ---- For Collection's switches.
  static Owned<Collection> copy(const Stream& from, ValueContext& values);
  static Stream* clone(const Stream& from, Epoch& epoch);
  static size_t weight(const Stream& stream);
  static Remains next_child(Stream& stream, size_t& position);
  size_t footprint(const Heap& heap, size_t samples) const;
  static uint64_t compact(Owned<Collection>& stream, uint64_t position, Compaction& step);

 private:
  friend class StreamCursor;
  template <class>
  friend class StreamCheck;

  explicit Stream(Epoch& epoch) : Collection(Tag::kStream), blocks_(epoch) {}
  explicit Stream(const Stream& original);

  /// What it consists of, for compaction: blocks, groups, schedule, producers.
  static constexpr uint64_t kParts = 4;
  bool has_part(uint64_t part) const;
  uint64_t compact_part(uint64_t part, uint64_t position, Compaction& step);

  Blocks::Cursor block_of(StreamId id) const;
  void append_block(Blocks::Cursor& last, StreamId id, StreamFields entry, Epoch& epoch);
  void erase_at(Blocks::Cursor& at, const StreamBlock::Place& place, Epoch& epoch);
  static void pack(Owned<StreamBlock>& block, Epoch& epoch);
  uint64_t count_trimmed(const StreamTrim& wanted) const;
  uint64_t count_before(const StreamTrim& wanted) const;
  uint64_t whole_blocks_of(uint64_t entries, uint64_t limit) const;
  void trim_first(uint64_t entries, Epoch& epoch);
  bool erase_entry(StreamId id, Epoch& epoch);
  bool is_wanted(StreamId id) const;
  bool forget(StreamId id, Epoch& epoch);
  void forget_first(uint64_t entries, Epoch& epoch);
  uint64_t count_unwanted_blocks(uint64_t most) const;
  std::vector<StreamId> find_unwanted(uint64_t most, StreamId end) const;
  uint64_t trim_unwanted(const StreamTrim& wanted, Epoch& epoch);
  StreamId first_wanted() const;
  StreamSchedule& edit_schedule(Epoch& epoch);
  void drop_empty_schedule(Epoch& epoch);
  bool counts_bytes() const;
  uint64_t bytes_between(Blocks::Cursor from, const Blocks::Cursor& to) const;
  struct Kept;
  int64_t due_ms(const StreamSlot& front, const Kept& kept) const;
  Kept all_kept() const;

  Blocks blocks_;
  StreamId last_id_;
  StreamId max_deleted_id_;
  uint64_t entries_added_ = 0;
  Owned<StreamGroups> groups_;
  Owned<StreamProducers> producers_;
  Owned<StreamSchedule> schedule_;
  uint64_t block_bytes_ = 0;
};

}  // namespace sorrel
