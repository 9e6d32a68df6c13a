#include "persistence/rdb_write_stream.h"

#include "core/structure/pack.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_stream_format.h"
#include "persistence/rdb_write_groups.h"

#include <string>
#include <vector>

namespace sorrel {
namespace {

void write_id(StreamId id, RdbOutput& output) {
  output.length(id.ms);
  output.length(id.seq);
}

/// Writes blocks one after the other, with the same memory.
class BlockWriter {
 public:
  explicit BlockWriter(RdbOutput& output) : output_(output) {}

  void write(StreamId first, const StreamBlock& block) {
    StreamBlock::Place place = block.begin();
    while (place.deleted && block.next(place)) {
    }
    begin(block, place);
    do {
      if (!place.deleted) add(block, place, first);
    } while (block.next(place));
    const rdb_stream::RawId id = rdb_stream::raw_id(first);
    output_.length(id.size());
    output_.raw(Bytes(id.data(), id.size()));
    output_.blob(listpack_.finish());
  }

 private:
  // The fields of the first entry are the listpack's.
  void begin(const StreamBlock& block, const StreamBlock::Place& place) {
    listpack_.clear();
    listpack_.add(static_cast<int64_t>(block.live()));
    listpack_.add(int64_t{0});
    listpack_.add(int64_t{place.pairs});
    names_.clear();
    block.for_each_pair(place, [&](Bytes field, const PackElement&) {
      listpack_.add(field);
      names_.push_back(field);
    });
    listpack_.add(int64_t{0});
  }

  bool has_names(const StreamBlock& block, const StreamBlock::Place& place) const {
    if (place.pairs != names_.size()) return false;
    bool same = true;
    size_t i = 0;
    block.for_each_pair(place, [&](Bytes field, const PackElement&) {
      same = same && same_bytes(field, names_[i++]);
    });
    return same;
  }

  void add(const StreamBlock& block, const StreamBlock::Place& place, StreamId first) {
    const bool same = has_names(block, place);
    listpack_.add(same ? int64_t{rdb_stream::kSameFields} : int64_t{0});
    listpack_.add(static_cast<int64_t>(place.id.ms - first.ms));
    listpack_.add(static_cast<int64_t>(place.id.seq - first.seq));
    if (!same) listpack_.add(int64_t{place.pairs});
    block.for_each_pair(place, [&](Bytes field, const PackElement& value) {
      if (!same) listpack_.add(field);
      listpack_.add(value);
    });
    const int64_t elements = same ? place.pairs : 2 * int64_t{place.pairs} + 1;
    listpack_.add(rdb_stream::kHeadElements + elements);
  }

  RdbOutput& output_;
  ListpackText listpack_;
  std::vector<Bytes> names_;
};

}  // namespace

void write_rdb_stream(const Stream& stream, int version, RdbOutput& output) {
  output.length(stream.blocks().slots());
  BlockWriter writer(output);
  stream.blocks().for_each([&](const StreamSlot& slot) { writer.write(slot.first, *slot.block); });
  output.length(stream.size());
  write_id(stream.last_id(), output);
  write_id(stream.first_id(), output);
  write_id(stream.max_deleted_id(), output);
  output.length(stream.entries_added());
  if (stream.groups() == nullptr) return output.length(0);
  write_rdb_groups(*stream.groups(), version, output);
}

}  // namespace sorrel
