// Snapshot: all databases of an engine as they were at one moment, for another thread to read.
//
// Made and destroyed on the loop; whoever shares it (a file that is written, a replica that is fed)
// holds a reference and lets go of it on the loop. While it lives the loop copies what it changes,
// and what a live snapshot can lead to isn't freed: so it shouldn't live longer than needed.
//
// It reads nothing itself: the views are walked by whoever asked for it.
#pragma once

#include "core/engine.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sorrel {

class Snapshot {
 public:
  /// Freezes. Throws std::bad_alloc, with nothing frozen.
  explicit Snapshot(Engine& engine);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  struct Database {
    int number;
    Table<Entry>::View view;
    uint64_t expiring_keys;
  };
  /// Those that have keys.
  std::span<const Database> databases() const { return databases_; }
  uint64_t keys() const { return keys_; }
  /// Whether any collection has elements that expire by themselves.
  bool has_expiring_elements() const { return has_expiring_elements_; }
  /// When it was made, and how many changes it has seen (Bookkeeping::dirty).
  int64_t now_ms() const { return now_ms_; }
  uint64_t changes() const { return changes_; }
  uint64_t used_memory() const { return used_memory_; }

 private:
  void freeze_databases(Engine& engine);

  Epoch& epoch_;
  std::vector<Database> databases_;
  SnapshotId id_;
  uint64_t keys_ = 0;
  bool has_expiring_elements_ = false;
  const int64_t now_ms_;
  const uint64_t changes_;
  const uint64_t used_memory_;
};

}  // namespace sorrel
