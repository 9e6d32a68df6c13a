// Hashes: pair by pair, or packed; and those whose fields expire, with a time for each.

#include "core/value/hash.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_value_reader.h"

#include <optional>

namespace sorrel {
namespace {

/// To a writer that is to take everything no time has come.
constexpr int64_t kBeforeAll = INT64_MIN;

/// Times are unsigned in the file; one that no clock reaches is a mistake.
constexpr bool is_time(uint64_t ms) {
  return ms < uint64_t{1} << 62;
}

}  // namespace

void RdbValueReader::begin_hash(uint64_t fields, RdbValue& value) {
  if (fields == 0 || !input_.ok()) return;
  HashWriter(value.collection(), values_, kBeforeAll).expect(fields);
}

void RdbValueReader::read_hash(RdbValue& value) {
  value.become(Type::kHash, {});
  const uint64_t fields = input_.length();
  begin_hash(fields, value);
  rest_ = {&RdbValueReader::read_hash_field, nullptr, fields};
}

void RdbValueReader::read_hash_field(RdbValue& value) {
  const uint64_t from = input_.offset();
  input_.string(first_);
  input_.string(second_);
  if (!input_.ok()) return;
  HashWriter writer(value.collection(), values_, kBeforeAll);
  if (!writer.set(first_, second_)) input_.fail_at(from, "a field is there twice");
}

void RdbValueReader::read_hash_pack(RdbValue& value, Packing packing) {
  const uint64_t from = input_.offset();
  if (!read_packed(value, Type::kHash, packing, Collection::Tag::kPack)) return;
  if (!check_distinct(*as<Pack>(value.collection()), 2, from)) return;
  HashWriter(value.collection(), values_, kBeforeAll).expect(texts_.texts().size() / 2);
}

void RdbValueReader::read_expiring_hash(RdbValue& value, FieldTimes times) {
  value.become(Type::kHash, {});
  // Times count from one before the first that comes, so that none is 0.
  times_from_ = times == FieldTimes::kFromFirst ? input_.little64() : 1;
  const uint64_t fields = input_.length();
  begin_hash(fields, value);
  rest_ = {&RdbValueReader::read_expiring_field, nullptr, fields};
}

void RdbValueReader::read_expiring_field(RdbValue& value) {
  const uint64_t from = input_.offset();
  const uint64_t time = input_.length();
  input_.string(first_);
  input_.string(second_);
  if (!input_.ok()) return;
  auto expiry = HashWriter::FieldExpiry::none();
  if (time != 0) {
    if (!is_time(time) || !is_time(times_from_)) {
      return input_.fail_at(from, "a field's time is out of range");
    }
    expiry = HashWriter::FieldExpiry::at(static_cast<int64_t>(times_from_ + time - 1));
  }
  HashWriter writer(value.collection(), values_, kBeforeAll);
  if (!writer.set(first_, second_, expiry)) input_.fail_at(from, "a field is there twice");
}

void RdbValueReader::read_expiring_hash_pack(RdbValue& value, bool first_time) {
  if (first_time) input_.little64();  // it is the first field's own
  const uint64_t from = input_.offset();
  const auto tag = Collection::Tag::kHashPackExpiring;
  if (!read_packed(value, Type::kHash, Packing::kListpack, tag)) return;
  if (!check_distinct(*as<Pack>(value.collection()), 3, from) || !check_times(from)) return;
  HashWriter(value.collection(), values_, kBeforeAll).expect(texts_.texts().size() / 3);
}

// The texts are in texts_: fields, values and times in turns. In the order of the times, and those
// without one, 0, last.
bool RdbValueReader::check_times(uint64_t from) {
  const std::vector<Bytes>& texts = texts_.texts();
  int64_t before = 0;
  for (size_t i = 0; i < texts.size(); i += 3) {
    const std::optional<int64_t> time = parse_integer(texts[i + 2]);
    if (!time || *time < 0 || !is_time(static_cast<uint64_t>(*time))) {
      input_.fail_at(from, "a field's time is out of range");
      return false;
    }
    const int64_t at_ms = *time == 0 ? kNever : *time;
    if (at_ms < before) {
      input_.fail_at(from, "the fields aren't in the order of their times");
      return false;
    }
    before = at_ms;
  }
  return true;
}

}  // namespace sorrel
