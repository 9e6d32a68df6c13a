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
  ///
  /// What is to come is read part by part, as long as it is unfinished(). Until
  /// then nobody else changes the stream, and no snapshot sees it.
  void begin(rdb_stream::Form form, Stream& stream);
  bool unfinished() const { return groups_left_ != 0 && input_.ok(); }
  /// A group's head, a consumer's, or a pending entry.
  void read_part();

 private:
  void read_group();
  void read_pending();
  void read_consumer();
  void claim();
  void end_group();
  StreamId read_raw_id();
  int64_t read_time() { return static_cast<int64_t>(input_.little64()); }

  RdbInput& input_;
  Epoch& epoch_;
  std::string name_;
  rdb_stream::Form form_ = rdb_stream::Form::kFirst;
  Stream* stream_ = nullptr;
  uint64_t groups_left_ = 0;  // the present one included
  // Of the present group.
  StreamGroup* group_ = nullptr;
  uint64_t group_from_ = 0;
  uint64_t pending_left_ = 0;
  uint64_t claimed_ = 0;
  bool at_consumers_ = false;
  uint64_t consumers_left_ = 0;
  // Of the present consumer.
  uint32_t consumer_ = 0;
  uint64_t claims_left_ = 0;
};

}  // namespace sorrel
