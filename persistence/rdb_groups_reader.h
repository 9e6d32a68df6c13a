// RdbGroupsReader: reads a stream's consumer groups
// (persistence/rdb_write_groups.h draws them).
//
// It fails through its input: a group, consumer or pending entry that is there
// twice, an entry that two consumers have, or none.
#pragma once

#include "core/value/stream.h"
#include "core/value/stream_groups.h"
#include "persistence/rdb_input.h"
#include "persistence/rdb_stream_format.h"

#include <string>

namespace sorrel {

class RdbGroupsReader {
 public:
  RdbGroupsReader(RdbInput& input, Epoch& epoch) : input_(input), epoch_(epoch) {}

  /// The first form says neither how much a group has read nor, like the
  /// second, when a consumer was given something.
  void read(rdb_stream::Form form, Stream& stream);

 private:
  void read_group(rdb_stream::Form form, Stream& stream);
  void read_pending(StreamGroup& group);
  uint64_t read_consumer(rdb_stream::Form form, StreamGroup& group);
  bool claim(uint32_t consumer, StreamGroup& group);
  StreamId read_raw_id();
  int64_t read_time() { return static_cast<int64_t>(input_.little64()); }

  RdbInput& input_;
  Epoch& epoch_;
  std::string name_;
};

}  // namespace sorrel
