// RdbStreamReader: reads a stream in any of the three forms that Redis 5, 7.0
// and 7.2 write (persistence/rdb_stream_format.h), and builds it entry by
// entry.
//
// It fails through its input. Everything is checked on the way: that IDs
// ascend, that counts are what they say, that what is pending has one owner.
#pragma once

#include "core/structure/pack.h"
#include "core/value/stream.h"
#include "core/value/value_context.h"
#include "persistence/rdb_groups_reader.h"
#include "persistence/rdb_input.h"
#include "persistence/rdb_stream_format.h"
#include "persistence/rdb_value.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sorrel {

class RdbStreamReader {
 public:
  using Form = rdb_stream::Form;

  RdbStreamReader(RdbInput& input, ValueContext& values)
      : input_(input), values_(values), groups_(input, values.epoch) {}

  /// Makes the stream; returns how many blocks it comes in.
  uint64_t begin(RdbValue& value);
  void read_block(RdbValue& value);
  /// What comes behind the blocks.
  void read_facts(Form form, RdbValue& value);
  /// Then its groups, part by part, as long as there are any.
  bool in_groups() const { return groups_.unfinished(); }
  void read_in_groups() { groups_.read_part(); }

 private:
  /// Goes through a listpack's elements.
  class Elements;

  StreamId read_id();
  void read_entries(StreamId first, Elements& elements, RdbValue& value);
  bool read_entry(StreamId first, Elements& elements, RdbValue& value);
  void fail_block(uint64_t from) { input_.fail_at(from, "a block of the stream is damaged"); }

  RdbInput& input_;
  ValueContext& values_;
  RdbGroupsReader groups_;
  std::string scratch_;
  std::vector<std::string> names_;
  std::vector<std::string> texts_;
  std::vector<Bytes> fields_;
  int64_t live_ = 0;
  int64_t deleted_ = 0;
};

}  // namespace sorrel
