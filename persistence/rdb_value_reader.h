// RdbValueReader: reads a value of any type that the RDB format has, and builds it.
//
// What comes packed stays packed when it is within the limits and all in its canonical form (a
// listpack of Redis's is); else it is made anew by the value's class. Before anything is built from
// it a packed form is checked whole: that it is well formed, that fields and members are different,
// that a sorted set is sorted and its scores are numbers.
//
// What comes element by element, and a long string, is read in steps, so that a loop that loads a
// giant can look after others meanwhile.
//
// It fails through its input: "offset 4711: the listpack is damaged".
#pragma once

#include "core/structure/pack.h"
#include "core/value/value_context.h"
#include "core/value/zset_builder.h"
#include "persistence/distinct_texts.h"
#include "persistence/packed_texts.h"
#include "persistence/rdb_input.h"
#include "persistence/rdb_long_string.h"
#include "persistence/rdb_stream_reader.h"
#include "persistence/rdb_value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sorrel {

class RdbValueReader {
 public:
  RdbValueReader(RdbInput& input, ValueContext& values)
      : input_(input), values_(values), distinct_(values), stream_(input, values) {}

  /// `type` is a byte that says so. The value is empty after a failure, and also when it has no
  /// elements.
  void read(uint8_t type, RdbValue& value);
  /// The same in steps: begin(), and then read_some() as long as it is unfinished().
  void begin(uint8_t type, RdbValue& value);
  bool unfinished() const { return rest_.read_element != nullptr; }
  /// That many, or fewer that are big.
  void read_some(size_t elements, RdbValue& value);

 private:
  enum class Packing : uint8_t { kListpack, kZiplist, kZipmap };
  /// How the times of a hash's fields are written.
  enum class FieldTimes : uint8_t { kAbsolute, kFromFirst };

  /// A value that comes element by element, and what of it is still to come.
  struct Rest {
    void (RdbValueReader::*read_element)(RdbValue&) = nullptr;
    void (RdbValueReader::*finish)(RdbValue&) = nullptr;
    uint64_t left = 0;
  };

  void dispatch(uint8_t type, RdbValue& value);
  void give_up(RdbValue& value);
  void read_string(RdbValue& value);
  void read_piece(RdbValue& value);
  void finish_string(RdbValue& value);
  // rdb_read_list.cc
  void read_list(RdbValue& value);
  void read_quicklist(RdbValue& value, Packing packing);
  void read_list_node(RdbValue& value);
  void read_list_pack(RdbValue& value);
  void append_block(RdbValue& list, Packing packing);
  void append_element(RdbValue& list);
  // rdb_read_set.cc
  void read_set(RdbValue& value);
  void read_set_member(RdbValue& value);
  void read_int_set(RdbValue& value);
  void read_set_pack(RdbValue& value);
  // rdb_read_zset.cc
  void read_zset(RdbValue& value, bool text_scores);
  void read_zset_member(RdbValue& value);
  void finish_zset(RdbValue& value);
  void read_zset_pack(RdbValue& value, Packing packing);
  bool check_order(uint64_t from);
  void unpack_zset(RdbValue& value);
  // rdb_read_hash.cc
  void read_hash(RdbValue& value);
  void read_hash_field(RdbValue& value);
  void begin_hash(uint64_t fields, RdbValue& value);
  void read_hash_pack(RdbValue& value, Packing packing);
  void read_expiring_hash(RdbValue& value, FieldTimes times);
  void read_expiring_field(RdbValue& value);
  void read_expiring_hash_pack(RdbValue& value, bool first_time);
  bool check_times(uint64_t from);
  // rdb_stream_reader.h
  void read_stream(RdbValue& value, RdbStreamReader::Form form);
  void read_stream_block(RdbValue& value);
  void finish_stream(RdbValue& value);
  void read_in_groups(RdbValue& value);
  // rdb_read_module.cc
  void refuse_module();

  /// A packed form becomes the value. False after a failure, and when it has no elements. Whole
  /// pairs or triples of them are there.
  bool read_packed(RdbValue& value, Type type, Packing packing, Collection::Tag tag);
  bool read_texts(Packing packing, uint64_t from);
  void list_texts(const Pack& pack);
  /// Whether every `stride`-th element, from the first on, is there once. The texts of all elements
  /// are in texts_ afterwards.
  bool check_distinct(const Pack& pack, unsigned stride, uint64_t from);

  RdbInput& input_;
  ValueContext& values_;
  DistinctTexts distinct_;
  PackedTexts texts_;
  std::string first_;
  std::string second_;
  std::vector<double> scores_;
  // Of the value that is unfinished.
  Rest rest_;
  Packing packing_ = Packing::kListpack;
  bool text_scores_ = false;
  uint64_t times_from_ = 0;
  std::optional<RdbLongString> long_string_;
  std::optional<ZsetBuilder> zset_;
  RdbStreamReader stream_;
  RdbStreamReader::Form stream_form_ = RdbStreamReader::Form::kFirst;
};

/// Reads a module's value or "aux" data part by part, as Redis 5 and later write them.
void skip_module_parts(RdbInput& input);
/// The name in a module's type id: nine characters of six bits, and a version.
std::string module_name(uint64_t id);

}  // namespace sorrel
