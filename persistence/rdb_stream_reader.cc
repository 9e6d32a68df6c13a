#include "persistence/rdb_stream_reader.h"

#include "persistence/rdb_stream_format.h"

namespace sorrel {
namespace {

constexpr auto kPackTag = static_cast<uint8_t>(Collection::Tag::kPack);

Stream& stream_of(RdbValue& value, ValueContext& values) {
  return Stream::thaw(value.collection(), values.epoch);
}

}  // namespace

class RdbStreamReader::Elements {
 public:
  explicit Elements(const Pack& pack) : pack_(pack), at_(pack.begin()) {}

  bool done() const { return at_ == pack_.end(); }
  /// False when there is none, or, of take_integer(), another.
  bool take_text(std::string& out) {
    if (done()) return false;
    PackElement::Scratch scratch;
    out.assign(pack_.get(at_).bytes(scratch));
    at_ = pack_.next(at_);
    return true;
  }
  bool take_integer(int64_t& out) {
    if (done() || !pack_.get(at_).is_integer()) return false;
    out = pack_.get(at_).integer();
    at_ = pack_.next(at_);
    return true;
  }
  /// A number of elements that are still to come, `each` at least for one.
  bool take_count(int64_t& out, int64_t each) {
    return take_integer(out) && out >= 0 && out <= (pack_.end() - at_) / (2 * each);
  }

 private:
  const Pack& pack_;
  Pack::Position at_;
};

StreamId RdbStreamReader::read_id() {
  const uint64_t ms = input_.length();
  return {ms, input_.length()};
}

uint64_t RdbStreamReader::begin(RdbValue& value) {
  value.become(Type::kStream, Stream::make(values_.epoch));
  return input_.length();
}

void RdbStreamReader::read_block(RdbValue& value) {
  const uint64_t from = input_.offset();
  input_.string(scratch_);
  if (!input_.ok()) return;
  if (scratch_.size() != sizeof(rdb_stream::RawId)) return fail_block(from);
  const StreamId first = rdb_stream::id_of(scratch_.data());
  input_.string(scratch_);
  if (!input_.ok()) return;
  RdbValue listpack(values_.epoch);
  Owned<Pack> pack = Pack::from_listpack(values_.epoch, kPackTag, scratch_);
  if (!pack) return fail_block(from);
  listpack.become(Type::kList, as_collection(std::move(pack)));
  if (listpack.empty()) return fail_block(from);
  Elements elements(*as<Pack>(listpack.collection()));
  const uint64_t size = stream_of(value, values_).size();
  read_entries(first, elements, value);
  const auto live = static_cast<uint64_t>(live_);
  if (!input_.ok() || stream_of(value, values_).size() - size != live || deleted_ != 0) {
    fail_block(from);
  }
}

// What remains of deleted_ wasn't there.
void RdbStreamReader::read_entries(StreamId first, Elements& elements, RdbValue& value) {
  int64_t names = 0;
  int64_t end = 0;
  const auto damaged = [this] { input_.fail("a block of the stream is damaged"); };
  if (!elements.take_integer(live_) || live_ < 0 || !elements.take_integer(deleted_) ||
      !elements.take_count(names, 1)) {
    return damaged();
  }
  names_.resize(static_cast<size_t>(names));
  for (std::string& name : names_) {
    if (!elements.take_text(name)) return damaged();
  }
  if (!elements.take_integer(end) || end != 0) return damaged();
  while (!elements.done()) {
    if (!read_entry(first, elements, value)) return damaged();
  }
}

bool RdbStreamReader::read_entry(StreamId first, Elements& elements, RdbValue& value) {
  int64_t flags;
  int64_t ms;
  int64_t seq;
  int64_t said;
  if (!elements.take_integer(flags) || !elements.take_integer(ms) || !elements.take_integer(seq)) {
    return false;
  }
  const bool same = (flags & rdb_stream::kSameFields) != 0;
  auto pairs = static_cast<int64_t>(names_.size());
  if (!same && !elements.take_count(pairs, 2)) return false;
  texts_.resize(2 * static_cast<size_t>(pairs));
  fields_.clear();
  size_t bytes = 0;
  for (size_t i = 0; i < texts_.size(); ++i) {
    const bool is_name = i % 2 == 0;
    if (is_name && same) {
      fields_.push_back(names_[i / 2]);
    } else {
      if (!elements.take_text(texts_[i])) return false;
      fields_.push_back(texts_[i]);
    }
    bytes += fields_.back().size();
  }
  const int64_t count = rdb_stream::kHeadElements + (same ? pairs : 2 * pairs + 1);
  if (!elements.take_integer(said) || said != count) return false;
  if ((flags & rdb_stream::kDeleted) != 0) {
    --deleted_;
    return true;
  }
  const StreamId id{first.ms + static_cast<uint64_t>(ms), first.seq + static_cast<uint64_t>(seq)};
  Stream& stream = stream_of(value, values_);
  if (id <= stream.last_id() || pairs == 0 || bytes > StreamBlock::kEntryTextMax) return false;
  stream.append(id, fields_, values_.limits, values_.epoch);
  return true;
}

void RdbStreamReader::read_facts(Form form, RdbValue& value) {
  Stream& stream = stream_of(value, values_);
  const uint64_t from = input_.offset();
  const uint64_t entries = input_.length();
  const StreamId last = read_id();
  StreamId max_deleted;
  uint64_t added = entries;
  if (form != Form::kFirst) {
    read_id();  // of the first entry, as everybody can see
    max_deleted = read_id();
    added = input_.length();
  }
  if (!input_.ok()) return;
  if (entries != stream.size()) {
    return input_.fail_at(from, "the stream has " + std::to_string(stream.size()) +
                                    " entries, and says " + std::to_string(entries));
  }
  if (last < stream.last_id()) return input_.fail_at(from, "entries are behind the last ID");
  stream.set_last_id(last);
  stream.set_max_deleted_id(max_deleted);
  stream.set_entries_added(added);
  groups_.begin(form, stream);
}

}  // namespace sorrel
