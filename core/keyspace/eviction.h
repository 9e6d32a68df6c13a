// Evictor: which keys go when memory is over maxmemory.
//
// The policies of Redis, approximated as Redis does, by samples: a few random keys of every
// database that has any are scored, the best scores of this and earlier rounds are kept in a small
// pool, and the best of the pool that is still there goes. Samples are drawn without bias
// (Table::sample, ExpiryIndex::sample).
//
// Owned by the engine, which says how much is to be freed and when the time is up. The journal gets
// a DEL (or UNLINK) for every key that goes.
#pragma once

#include "core/keyspace/keyspace.h"
#include "core/settings/setting_enums.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sorrel {

class Evictor {
 public:
  struct Terms {
    EvictionPolicy policy;
    size_t samples;
    bool unlinks;  // lazyfree-lazy-eviction: the journal says UNLINK
  };

  /// Evicts one key; false when the policy finds none.
  bool evict_one(Bookkeeping& books, std::span<const std::unique_ptr<Keyspace>> databases,
                 const Terms& terms);

 private:
  static constexpr size_t kPoolSize = 16;

  /// A key that may go; the higher the score, the sooner.
  struct Candidate {
    uint64_t score;
    int db;
    std::string key;
  };

  bool evict_random(Bookkeeping& books, std::span<const std::unique_ptr<Keyspace>> databases,
                    const Terms& terms);
  void fill_pool(Bookkeeping& books, Keyspace& db, const Terms& terms);
  void offer(uint64_t score, int db, Bytes key);
  void evict(Bookkeeping& books, Keyspace& db, const Entry& entry, const Terms& terms);

  std::vector<Candidate> pool_;  // ascending by score
  EvictionPolicy pool_policy_ = EvictionPolicy::kNoEviction;
  size_t next_database_ = 0;
};

}  // namespace sorrel
