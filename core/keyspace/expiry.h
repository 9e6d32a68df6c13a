// ExpiryIndex: which keys of a database expire when.
#pragma once

#include "core/keyspace/entry.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace sorrel {

class ExpiryIndex {
 public:
  size_t size() const { return entries_.size(); }
  /// `entry` has its expiry time set and is not in the index.
  void insert(Entry& entry) { entries_.insert({entry.expiry().at_ms, &entry}); }
  /// `entry` is in the index, with its time unchanged since.
  void remove(const Entry& entry) { entries_.erase({entry.expiry().at_ms, &entry}); }
  /// The entry that was at `before` stands at `now` (a copy with the same expiry block).
  void moved(const Entry* before, Entry& now) {
    entries_.erase({now.expiry().at_ms, before});
    entries_.insert({now.expiry().at_ms, &now});
  }
  /// An entry that is due at `now_ms`, or nullptr.
  const Entry* due(int64_t now_ms) {
    if (entries_.empty() || entries_.begin()->first > now_ms) return nullptr;
    return entries_.begin()->second;
  }
  void clear() { entries_.clear(); }

 private:
  std::set<std::pair<int64_t, const Entry*>> entries_;
};

}  // namespace sorrel
