// SnapshotFormat: how the entries of a snapshot stand in a file: as RDB, or as commands.
//
// Called by one thread, in this order: begin, then for each database that has keys select_db and
// its entries, then end, after which everything has been given to the sink. A failure is the
// sink's; after one, only destruction makes sense. Entries are read through const access alone.
#pragma once

#include "core/base/result.h"
#include "core/keyspace/entry.h"

#include <cstdint>

namespace sorrel {

class SnapshotFormat {
 public:
  SnapshotFormat() = default;
  virtual ~SnapshotFormat() = default;
  SnapshotFormat(const SnapshotFormat&) = delete;
  SnapshotFormat& operator=(const SnapshotFormat&) = delete;

  virtual Status begin() = 0;
  virtual Status select_db(uint64_t number, uint64_t keys, uint64_t expires) = 0;
  virtual Status entry(const Entry& entry) = 0;
  virtual Status end() = 0;
  /// Written so far.
  virtual uint64_t bytes() const = 0;
};

}  // namespace sorrel
