#include "core/keyspace/eviction.h"

#include "core/journal.h"
#include "core/keyspace/access_clock.h"
#include "core/stats.h"

#include <algorithm>

namespace sorrel {
namespace {

// Most keys that are ever sampled at a time (maxmemory-samples goes up to 64).
constexpr size_t kSamplesMax = 64;

uint64_t score(const Bookkeeping& books, const Entry& entry, EvictionPolicy policy) {
  if (policy == EvictionPolicy::kVolatileTtl) {
    return UINT64_MAX - static_cast<uint64_t>(std::max<int64_t>(entry.expiry().at_ms, 0));
  }
  if (is_lfu(policy)) return 255u - lfu_decayed(books, entry.access_clock());
  return idle_seconds(books, entry.access_clock());
}

size_t sample(Bookkeeping& books, Keyspace& db, EvictionPolicy policy, size_t wanted,
              const Entry** out) {
  return is_volatile(policy) ? db.expiries().sample(books.random, wanted, out)
                             : db.table().sample(books.random, wanted, out);
}

bool is_random(EvictionPolicy policy) {
  return policy == EvictionPolicy::kAllkeysRandom || policy == EvictionPolicy::kVolatileRandom;
}

}  // namespace

bool Evictor::evict_one(Bookkeeping& books, std::span<const std::unique_ptr<Keyspace>> databases,
                        const Terms& terms) {
  if (terms.policy == EvictionPolicy::kNoEviction) return false;
  if (is_random(terms.policy)) return evict_random(books, databases, terms);
  // Scores of another policy mean something else.
  if (pool_policy_ != terms.policy) pool_.clear();
  pool_policy_ = terms.policy;
  for (const auto& db : databases) fill_pool(books, *db, terms);
  while (!pool_.empty()) {
    const Candidate best = std::move(pool_.back());
    pool_.pop_back();
    Keyspace& db = *databases[static_cast<size_t>(best.db)];
    const Entry* entry = db.peek(best.key);
    if (entry == nullptr || (is_volatile(terms.policy) && !entry->has_expiry())) continue;
    evict(books, db, *entry, terms);
    return true;
  }
  return false;
}

// Databases take turns, so that none is emptied before another.
bool Evictor::evict_random(Bookkeeping& books, std::span<const std::unique_ptr<Keyspace>> databases,
                           const Terms& terms) {
  for (size_t tries = 0; tries < databases.size(); ++tries) {
    Keyspace& db = *databases[next_database_++ % databases.size()];
    const Entry* entry;
    if (sample(books, db, terms.policy, 1, &entry) == 0) continue;
    evict(books, db, *entry, terms);
    return true;
  }
  return false;
}

void Evictor::fill_pool(Bookkeeping& books, Keyspace& db, const Terms& terms) {
  const Entry* sampled[kSamplesMax];
  const size_t wanted = std::min(terms.samples, kSamplesMax);
  const size_t count = sample(books, db, terms.policy, wanted, sampled);
  for (size_t i = 0; i < count; ++i) {
    offer(score(books, *sampled[i], terms.policy), db.number(), sampled[i]->key());
  }
}

void Evictor::offer(uint64_t score, int db, Bytes key) {
  if (pool_.size() == kPoolSize && score <= pool_.front().score) return;
  for (const Candidate& known : pool_) {
    if (known.db == db && known.key == key) return;
  }
  if (pool_.size() == kPoolSize) pool_.erase(pool_.begin());
  const auto after =
      std::upper_bound(pool_.begin(), pool_.end(), score,
                       [](uint64_t wanted, const Candidate& c) { return wanted < c.score; });
  pool_.insert(after, Candidate{score, db, std::string(key)});
}

void Evictor::evict(Bookkeeping& books, Keyspace& db, const Entry& entry, const Terms& terms) {
  ++books.stats.evicted_keys;
  db.remove(books, entry, kEventEvicted, "evicted", terms.unlinks);
}

}  // namespace sorrel
