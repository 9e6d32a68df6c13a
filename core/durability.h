// Durability: what an engine may ask of whoever keeps its data on a disk.
//
// Core knows nothing of files. The layer above implements this, gives itself to the engine
// (Engine::keep_with) and tells it what the gate needs to know: that data are being loaded
// (set_loading), and why writes are refused (refuse_writes). An engine without one is in memory
// only; nothing in the path of a command asks for it. Its commands reach their implementation
// through Engine::durability().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sorrel {

/// INFO's section "persistence", field by field. Times in seconds; -1: there has been none.
struct DurabilityFacts {
  // What was copied because a running snapshot still needs the original.
  size_t cow_bytes_now = 0;
  size_t cow_bytes_peak = 0;
  uint64_t keys_saved = 0;
  uint64_t keys_to_save = 0;
  /// Snapshots begun, for whatever purpose, and how long the loop stood still for the last one.
  uint64_t freezes = 0;
  int64_t last_freeze_us = 0;

  struct Snapshot {
    uint64_t changes_since_save = 0;
    bool running = false;
    bool last_ok = true;
    int64_t last_save_time = 0;
    int64_t last_seconds = -1;
    int64_t current_seconds = -1;
    uint64_t saves = 0;
    size_t last_cow_bytes = 0;
    uint64_t loaded_expired_keys = 0;
    uint64_t loaded_keys = 0;
  } rdb;

  struct AppendOnly {
    bool enabled = false;  // as the settings say, be its first base written or not
    bool rewriting = false;
    bool rewrite_scheduled = false;
    int64_t last_rewrite_seconds = -1;
    int64_t current_rewrite_seconds = -1;
    bool last_rewrite_ok = true;
    uint64_t rewrites = 0;
    uint64_t rewrites_failed_in_a_row = 0;
    bool last_write_ok = true;
    size_t last_cow_bytes = 0;
    // Shown while it is enabled.
    uint64_t bytes = 0;
    uint64_t base_bytes = 0;
    size_t buffered_bytes = 0;
    uint64_t pending_fsyncs = 0;
    uint64_t delayed_fsyncs = 0;
    int64_t fsync_us = 0;  // of late, on average
    size_t held_clients = 0;
  } aof;

  /// BACKUP has begun one that isn't sealed yet.
  bool backup_in_progress = false;

  struct Loading {  // shown while it goes on
    bool running = false;
    int64_t start_time = 0;
    uint64_t total_bytes = 0;
    uint64_t loaded_bytes = 0;
    size_t used_memory_of_file = 0;
    int64_t eta_seconds = 1;
  } loading;
};

class Durability {
 public:
  virtual ~Durability() = default;
  virtual DurabilityFacts facts() = 0;
  /// What was journaled so far is on the disk when this returns, unless the disk fails.
  virtual void commit() {}
  /// There is an append-only file, or its first base is being written.
  virtual bool keeps_journal() const { return false; }
  /// Up to where in the journal everything is on the disk, in files that count; none while the
  /// first base isn't finished.
  virtual std::optional<uint64_t> durable_offset() const { return std::nullopt; }
  /// Somebody waits for what was journaled to be on the disk.
  virtual void hasten() {}
  /// CONFIG RESETSTAT: what facts() counts begins anew.
  virtual void reset_counts() {}
  /// FLUSHALL has emptied every database.
  virtual void all_flushed() {}
};

}  // namespace sorrel
