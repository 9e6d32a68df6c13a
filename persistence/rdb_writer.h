// RdbWriter: writes the databases of an instance as an RDB file (docs/formats/rdb.md).
//
//   RdbWriter writer(sink, options);
//   writer.begin(info);
//   for each database that has keys: writer.select_db(...), writer.entry(...) for each of its keys;
//   writer.end();
//
// Every call gives the sink's failure on; after one, only destruction makes sense. Calls may come
// from any one thread: entries are read through const access alone, as a snapshot's thread must,
// and the writer owns all that it needs besides. A turn that is to be short goes entry by entry.
//
// It knows neither files nor snapshots: whoever calls it walks the frozen views.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/keyspace/entry.h"
#include "persistence/byte_sink.h"
#include "persistence/rdb_output.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sorrel {

class RdbWriter {
 public:
  /// Whether, and as what, the access clocks are written (maxmemory-policy).
  enum class Access : uint8_t { kNone, kIdleTime, kFrequency };

  struct Options {
    /// Of the format: rdb_version_for() says which the data needs.
    int version = 10;
    bool compress = true;
    bool checksum = true;
    Access access = Access::kNone;
    int lfu_decay_minutes = 1;
    /// When the snapshot began: for idle times, counters and ctime.
    int64_t now_ms = 0;
  };

  /// What the file says of itself, in "aux" fields.
  struct Info {
    uint64_t used_memory = 0;
    /// It is the base of an append-only file.
    bool aof_base = false;
    /// Where the data stand in a replication stream.
    struct Replication {
      int stream_db;
      std::string id;
      int64_t offset;
    };
    std::optional<Replication> replication = std::nullopt;
  };

  RdbWriter(ByteSink& sink, const Options& options);

  Status begin(const Info& info);
  /// The source of a library of functions.
  Status function(Bytes source);
  /// A database of `keys` keys, of which `expires` expire; those are hints.
  Status select_db(uint64_t number, uint64_t keys, uint64_t expires);
  Status entry(const Entry& entry);
  /// The end, with the checksum; everything has been given to the sink then.
  Status end();

  /// Written so far, what still waits for the sink included.
  uint64_t bytes() const { return output_.bytes(); }

 private:
  void aux(Bytes name, int64_t value);
  void put_access(const Entry& entry);

  const Options options_;
  RdbOutput output_;
};

/// The version to write: `setting` (rdb-version), or more where the data can't be told in it:
/// hashes whose fields expire need 12.
int rdb_version_for(int setting, bool has_expiring_elements);

}  // namespace sorrel
