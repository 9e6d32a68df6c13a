// StreamBlock: some entries of a stream, in the order of their IDs, in one allocation.
//
//   | header (72) | name … | group | group | …                               free room
//
//   name    length (varint), bytes: the fields of the block's first entry, which most entries share
//   group   | size (4, 0 in the last) | ID: ms and seq (varints) | entry × 16 |
//           the restart points of a search: ms is counted from the block's first ID, and so is seq
//           when ms is 0. Its first entry has this ID; all groups but the last are full
//   entry   | head (1) | more of the ID (varints) | fields | value … |
//           head: 0x80 deleted; 0x40 it has fields of its own: their number (varint), and before
//           each value the field's length (varint) and bytes; and how the ID follows from the one
//           before:
//             0          the next of the same millisecond
//             1 … 58     so many milliseconds later, seq 0
//             59         ms later (varint), seq 0
//             60         the same millisecond, seq later (varint)
//             61         ms later (varint), seq (varint)
//   value   core/value/stream_value.h
//
// Entries are only appended. One that is deleted is marked; it goes with its block, or when the
// block is rebuilt because little of it is left (packed()). What has been deleted from the front is
// skipped a group at a time, so trimming one entry for each one that is added stays cheap.
//
// When a block is full is Redis's rule to the byte, because `XTRIM ~` and XINFO STREAM show it:
// listpack_bytes() is what the same entries, deleted ones included, take there.
//
// Owned by a slot of the stream's tree (core/value/stream.h). A writer holds the reference:
// append() may put a bigger block in its place. Edits thaw first, and on std::bad_alloc nothing has
// changed.
//
// Invariants:
//  1. Every ID is at least first_id(), and IDs ascend; last_id() is that of the last entry ever put
//     in.
//  2. live() + deleted() is the number of entries ever put in, at most kEntriesMax. In a stream at
//     least one is live.
//  3. valid() holds.
#pragma once

#include "core/base/bytes.h"
#include "core/structure/owned.h"
#include "core/structure/pack.h"
#include "core/value/encoding_limits.h"
#include "core/value/kinds.h"
#include "core/value/stream_id.h"
#include "core/value/stream_value.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorrel {

/// Fields and values in turn.
using StreamFields = std::span<const Bytes>;

class StreamBlock {
 public:
  static constexpr unsigned kGroupEntries = 16;
  static constexpr size_t kEntriesMax = UINT16_MAX;
  /// Of fields and values together, as in Redis.
  static constexpr size_t kEntryTextMax = 1 << 30;

  /// Where an entry stands, and what was read on the way. Good until the block's next change; but
  /// erase() leaves the places of others good.
  struct Place {
    StreamId id;
    uint32_t pairs;  // fields, each with its value
    bool deleted;
    bool own_fields;
    uint8_t index;  // in its group
    uint32_t group;
    uint32_t at;
    uint32_t body;  // its fields, or its values
  };

  // ---- Making.
  /// A block with its first entry, and room for about `bytes` of contents.
  static Owned<StreamBlock> make(StreamId id, StreamFields entry, size_t bytes, Epoch& epoch);
  static Owned<StreamBlock> copy(const StreamBlock& from, Epoch& epoch);
  /// The live entries alone, for the same place in the order: first_id() and last_id() stay.
  static Owned<StreamBlock> packed(const StreamBlock& from, Epoch& epoch);

  // ---- Reading.
  StreamId first_id() const { return first_id_; }
  StreamId last_id() const { return last_id_; }
  size_t live() const { return live_; }
  size_t deleted() const { return deleted_; }
  size_t content_bytes() const { return used_; }
  size_t listpack_bytes() const;
  /// Whether an entry with so many bytes of text still belongs into it.
  bool takes(size_t text_bytes, const EncodingLimits& limits) const;
  /// Little enough is left that it should be packed().
  bool sparse() const { return deleted_ > live_ && used_ >= kPackedMin; }

  /// Entries deleted or not; what was deleted from the front may be left out. There is one.
  Place begin() const;
  /// To the next entry; false, and not moved, at the last.
  bool next(Place& place) const;
  /// The first entry whose ID isn't before `id`; false, with the last one given, when all are.
  bool seek(StreamId id, Place& place) const;
  /// Live entries whose ID is before `id`.
  size_t count_before(StreamId id) const;
  /// The first places of groups: that of `place`, the last, and the one before that of `place`;
  /// false when there is none.
  Place group_of(const Place& place) const;
  Place last_group() const;
  bool group_before(const Place& place, Place& found) const;

  /// `visit(Bytes field, const PackElement& value)` for each pair.
  template <class Visit>
  void for_each_pair(const Place& place, Visit&& visit) const;

  // ---- Changing.
  /// Puts an entry behind the others: `id` is after last_id().
  static void append(Owned<StreamBlock>& block, StreamId id, StreamFields entry, Epoch& epoch);
  /// Gives back what growth left over, when no snapshot sees the block and there is memory.
  static void trim(Owned<StreamBlock>& block, Epoch& epoch);
  /// Marks an entry that isn't marked yet. Never fails: the block has been thawed.
  void erase(const Place& place);
  /// Marks the first `count` that are live; there are so many. The same.
  void erase_first(size_t count);

  /// Whether this is a block as append() makes them. For tests: no bytes from outside get here.
  bool valid() const;

  // The contract of Owned<T>. Owns nothing; a copy is its bytes.
  static constexpr uint8_t kKind = kinds::kStreamBlock;
  static size_t bytes(const StreamBlock& block) { return sizeof(StreamBlock) + block.capacity_; }

 private:
  static constexpr size_t kPackedMin = 512;

  StreamBlock(StreamId first, uint32_t capacity)
      : capacity_(capacity), first_id_(first), last_id_(first) {}
  static Owned<StreamBlock> make_empty(StreamId first, size_t bytes, Epoch& epoch);
  static void resize(Owned<StreamBlock>& block, uint32_t capacity, Epoch& epoch);
  void put_names(StreamFields entry);
  bool has_names_of(StreamFields entry) const;
  void put(StreamId id, StreamFields entry);
  char* start_group(char* out, StreamId id);
  uint32_t group_size(uint32_t group) const;
  uint32_t next_group(uint32_t group) const;
  StreamId read_group(uint32_t group, const char*& at) const;
  Place enter_group(uint32_t group) const;
  void read_fields(Place& place, uint8_t head, const char* at) const;
  const char* behind(const Place& place) const;
  void leave_deleted_groups();

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  uint32_t capacity_;
  uint32_t used_ = 0;
  uint32_t names_end_ = 0;    // where the groups begin
  uint32_t first_group_ = 0;  // the first that may have a live entry
  uint32_t last_group_ = 0;
  uint32_t names_ = 0;
  uint32_t names_listpack_ = 0;  // the names and their number
  uint32_t listpack_ = 0;        // without the two counts, whose size depends on what they are
  uint16_t live_ = 0;
  uint16_t deleted_ = 0;
  uint16_t in_last_group_ = 0;
  [[maybe_unused]] uint16_t unused_ = 0;
  StreamId first_id_;
  StreamId last_id_;
};

/// The texts of one entry, with scratch for those that are stored as integers.
class StreamEntryTexts {
 public:
  /// Good until the next call, and until the block's next change.
  StreamFields read(const StreamBlock& block, const StreamBlock::Place& place) {
    texts_.clear();
    scratch_.resize(place.pairs);
    size_t i = 0;
    block.for_each_pair(place, [&](Bytes field, const PackElement& value) {
      texts_.push_back(field);
      texts_.push_back(value.bytes(scratch_[i++].chars));
    });
    return texts_;
  }

 private:
  struct Scratch {
    PackElement::Scratch chars;
  };
  std::vector<Bytes> texts_;
  std::vector<Scratch> scratch_;
};

template <class Visit>
void StreamBlock::for_each_pair(const Place& place, Visit&& visit) const {
  const char* at = data() + place.body;
  const char* name = data();
  for (uint32_t i = 0; i < place.pairs; ++i) {
    const Bytes field = stream_value::read_text(place.own_fields ? at : name);
    visit(field, stream_value::read(at));
  }
}

}  // namespace sorrel
