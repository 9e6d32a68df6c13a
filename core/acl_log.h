// AclLog: what ACL LOG shows: who was refused, why, and how often.
//
// The same refusal again within a minute is counted, not listed anew. Newest first, no more than
// `acllog-max-len`. Owned by the engine. So far there is one reason, a wrong password, because
// whoever is in may do everything.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <deque>
#include <string>

namespace sorrel {

class AclLog {
 public:
  static constexpr int64_t kGroupMs = 60'000;
  static constexpr size_t kNameBytesMax = 1024;

  struct Entry {
    uint64_t id = 0;
    uint64_t count = 0;
    std::string user;                  // as it was said
    std::string object;                // what was refused: the command
    std::string context = "toplevel";  // or "multi"
    std::string client;                // as CLIENT LIST shows it
    int64_t first_ms = 0;
    int64_t last_ms = 0;
  };

  /// Wrong passwords ever said.
  uint64_t denied() const { return denied_; }
  void add(Entry entry, int64_t now_ms, size_t length_max);
  void clear() { entries_.clear(); }
  const std::deque<Entry>& entries() const { return entries_; }

 private:
  std::deque<Entry> entries_;
  uint64_t next_id_ = 0;
  uint64_t denied_ = 0;
};

}  // namespace sorrel
