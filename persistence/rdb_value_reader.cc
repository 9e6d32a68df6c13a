#include "persistence/rdb_value_reader.h"

#include "core/value/string.h"
#include "persistence/rdb_format.h"

#include <utility>

namespace sorrel {
namespace {

/// Few elements may be many bytes.
constexpr uint64_t kBytesAtOnce = uint64_t{1} << 20;

/// No packed form is bigger than this; Redis keeps them below, too.
constexpr size_t kPackedBytesMax = size_t{1} << 30;

/// Elements of a pack that make one of the value's.
size_t stride_of(Type type, Collection::Tag tag) {
  if (tag == Collection::Tag::kHashPackExpiring) return 3;
  return type == Type::kHash || type == Type::kZset ? 2 : 1;
}

}  // namespace

void RdbValueReader::read(uint8_t type, RdbValue& value) {
  begin(type, value);
  while (unfinished()) read_some(SIZE_MAX, value);
}

void RdbValueReader::begin(uint8_t type, RdbValue& value) {
  value.reset();
  rest_ = Rest();
  dispatch(type, value);
  if (!input_.ok()) give_up(value);
}

void RdbValueReader::read_some(size_t elements, RdbValue& value) {
  const uint64_t enough = input_.offset() + kBytesAtOnce;
  for (; elements != 0 && rest_.left != 0 && input_.ok(); --elements) {
    (this->*rest_.read_element)(value);
    --rest_.left;
    if (input_.offset() >= enough) break;
  }
  if (!input_.ok()) return give_up(value);
  if (rest_.left != 0) return;
  // What finishes one part may begin another.
  const auto finish = std::exchange(rest_, Rest()).finish;
  if (finish != nullptr) (this->*finish)(value);
  if (!input_.ok()) give_up(value);
}

void RdbValueReader::give_up(RdbValue& value) {
  rest_ = Rest();
  zset_.reset();
  long_string_.reset();
  value.reset();
}

void RdbValueReader::dispatch(uint8_t type, RdbValue& value) {
  switch (type) {
    case rdb::kString:
      return read_string(value);
    case rdb::kList:
      return read_list(value);
    case rdb::kSet:
      return read_set(value);
    case rdb::kZsetText:
    case rdb::kZset:
      return read_zset(value, type == rdb::kZsetText);
    case rdb::kHash:
      return read_hash(value);
    case rdb::kModuleOld:
    case rdb::kModule:
      return refuse_module();
    case rdb::kHashZipmap:
      return read_hash_pack(value, Packing::kZipmap);
    case rdb::kListZiplist:
      return read_list_pack(value);
    case rdb::kSetIntset:
      return read_int_set(value);
    case rdb::kZsetZiplist:
      return read_zset_pack(value, Packing::kZiplist);
    case rdb::kHashZiplist:
      return read_hash_pack(value, Packing::kZiplist);
    case rdb::kListQuicklist:
      return read_quicklist(value, Packing::kZiplist);
    case rdb::kHashListpack:
      return read_hash_pack(value, Packing::kListpack);
    case rdb::kZsetListpack:
      return read_zset_pack(value, Packing::kListpack);
    case rdb::kListQuicklist2:
      return read_quicklist(value, Packing::kListpack);
    case rdb::kSetListpack:
      return read_set_pack(value);
    case rdb::kHashExpiringEarly:
    case rdb::kHashExpiring:
      return read_expiring_hash(
          value, type == rdb::kHashExpiring ? FieldTimes::kFromFirst : FieldTimes::kAbsolute);
    case rdb::kHashListpackExpiringEarly:
    case rdb::kHashListpackExpiring:
      return read_expiring_hash_pack(value, type == rdb::kHashListpackExpiring);
    case rdb::kStream1:
      return read_stream(value, RdbStreamReader::Form::kFirst);
    case rdb::kStream2:
      return read_stream(value, RdbStreamReader::Form::kSecond);
    case rdb::kStream3:
      return read_stream(value, RdbStreamReader::Form::kThird);
    default:
      input_.fail("values of type " + std::to_string(type) + " can't be read");
  }
}

void RdbValueReader::read_string(RdbValue& value) {
  value.become_string();
  const RdbInput::StringHead head = input_.string_head();
  if (head.size <= kPlainStringMax) return input_.string(head, value.text());
  long_string_.emplace(input_, head);
  rest_ = {&RdbValueReader::read_piece, &RdbValueReader::finish_string, long_string_->pieces()};
}

void RdbValueReader::read_piece(RdbValue& value) {
  const Bytes piece = long_string_->next();
  if (input_.ok()) value.append(piece);
}

void RdbValueReader::finish_string(RdbValue& /*value*/) {
  long_string_.reset();
}

void RdbValueReader::read_stream(RdbValue& value, RdbStreamReader::Form form) {
  stream_form_ = form;
  rest_ = {&RdbValueReader::read_stream_block, &RdbValueReader::finish_stream,
           stream_.begin(value)};
}

void RdbValueReader::read_stream_block(RdbValue& value) {
  stream_.read_block(value);
}

void RdbValueReader::finish_stream(RdbValue& value) {
  stream_.read_facts(stream_form_, value);
  if (stream_.in_groups()) rest_ = {&RdbValueReader::read_in_groups, nullptr, 1};
}

void RdbValueReader::read_in_groups(RdbValue& /*value*/) {
  stream_.read_in_groups();
  // How much there is, nobody knows before it is there.
  if (stream_.in_groups()) ++rest_.left;
}

// ---- What comes packed.

bool RdbValueReader::read_texts(Packing packing, uint64_t from) {
  const bool ziplist = packing == Packing::kZiplist;
  if (ziplist ? texts_.read_ziplist(first_) : texts_.read_zipmap(first_)) return true;
  input_.fail_at(from, ziplist ? "the ziplist is damaged" : "the zipmap is damaged");
  return false;
}

bool RdbValueReader::read_packed(RdbValue& value, Type type, Packing packing, Collection::Tag tag) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  if (first_.size() > kPackedBytesMax) input_.fail_at(from, "no server packs so much into a value");
  if (!input_.ok()) return false;
  Epoch& epoch = values_.epoch;
  const auto tag_byte = static_cast<uint8_t>(tag);
  if (packing == Packing::kListpack) {
    Owned<Pack> pack = Pack::from_listpack(epoch, tag_byte, first_);
    if (!pack) input_.fail_at(from, "the listpack is damaged");
    const bool whole = pack && pack->size() % stride_of(type, tag) == 0;
    const bool canonical = pack && pack->canonical();
    value.become(type, as_collection(std::move(pack)));
    if (input_.ok() && !whole) input_.fail_at(from, "an element is missing");
    if (value.empty() || canonical) return input_.ok() && !value.empty();
    list_texts(*as<Pack>(value.collection()));
  } else if (!read_texts(packing, from)) {
    return false;
  }
  const std::vector<Bytes>& texts = texts_.texts();
  if (texts.size() % stride_of(type, tag) != 0) input_.fail_at(from, "an element is missing");
  if (!input_.ok() || texts.empty()) return false;
  value.become(type, as_collection(Pack::make(epoch, tag_byte, texts)));
  return true;
}

void RdbValueReader::list_texts(const Pack& pack) {
  texts_.clear();
  for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
    const PackElement element = pack.get(at);
    PackElement::Scratch scratch;
    element.is_integer() ? texts_.add(element.integer()) : texts_.add(element.bytes(scratch));
  }
}

bool RdbValueReader::check_distinct(const Pack& pack, unsigned stride, uint64_t from) {
  list_texts(pack);
  const std::vector<Bytes>& texts = texts_.texts();
  distinct_.begin(texts.size() / stride);
  for (size_t i = 0; i < texts.size(); i += stride) {
    if (distinct_.add(texts[i])) continue;
    input_.fail_at(from, "an element is there twice");
    return false;
  }
  return true;
}

}  // namespace sorrel
