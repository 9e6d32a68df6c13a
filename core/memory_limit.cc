#include "core/memory_limit.h"

#include "core/client_info.h"
#include "core/engine.h"

#include <algorithm>

namespace sorrel {
namespace {

// How much of what was evicted is freed before more is evicted.
constexpr size_t kReclaimPerStep = 64;
// How often eviction looks at the clock.
constexpr int kStepsPerLook = 16;

// maxmemory-eviction-tenacity: up to 10, half a millisecond; then growing to, at 100, for ever.
int64_t eviction_time_ns(int64_t tenacity) {
  if (tenacity <= 10) return 50'000 * tenacity;
  if (tenacity >= 100) return INT64_MAX;
  double us = 500;
  for (int64_t i = 10; i < tenacity; ++i) us *= 1.15;
  return static_cast<int64_t>(us * 1000);
}

}  // namespace

size_t MemoryLimit::limit() const {
  return static_cast<size_t>(engine_.values().maxmemory);
}

size_t MemoryLimit::used() const {
  return engine_.heap().used() + clients_.total();
}

int64_t MemoryLimit::over_ms() const {
  if (over_since_ns_ == 0) return 0;
  return (engine_.clock().monotonic_ns() - over_since_ns_) / 1'000'000;
}

// What waits to be freed is freed first. What a snapshot holds back goes by itself when that ends:
// to evict more for its sake would empty the keyspace.
bool MemoryLimit::is_kept() const {
  const size_t now = used();
  if (limit() == 0 || now <= limit()) return true;
  const Epoch& epoch = engine_.epoch();
  return !epoch.has_ready() && now - std::min(now, epoch.held_bytes()) <= limit();
}

bool MemoryLimit::make_room() {
  if (is_kept()) {
    over_since_ns_ = 0;
    return true;
  }
  if (!engine_.books().expiry_deletes) return true;  // paused, or importing: nothing goes by itself
  return evict_keys();
}

void MemoryLimit::look_anew() {
  if (over_since_ns_ == 0 && !is_kept()) over_since_ns_ = engine_.clock().monotonic_ns();
}

bool MemoryLimit::tick() {
  evict_clients();
  // While nothing goes by itself there is nothing to go on with.
  if (over_since_ns_ == 0 || !engine_.books().expiry_deletes) return false;
  return make_room() && over_since_ns_ != 0;
}

bool MemoryLimit::evict_keys() {
  Clock& clock = engine_.clock();
  const int64_t began_ns = clock.monotonic_ns();
  const bool has_room = evict_keys_since(began_ns);
  engine_.call_watch().note_spike("eviction-cycle", clock.monotonic_ns() - began_ns);
  return has_room;
}

bool MemoryLimit::evict_keys_since(int64_t began_ns) {
  const SettingValues& v = engine_.values();
  const Evictor::Terms terms{v.maxmemory_policy, static_cast<size_t>(v.maxmemory_samples),
                             v.lazyfree_lazy_eviction};
  Epoch& epoch = engine_.epoch();
  Clock& clock = engine_.clock();
  const int64_t time_ns = eviction_time_ns(v.maxmemory_eviction_tenacity);
  if (over_since_ns_ == 0) over_since_ns_ = began_ns;
  for (int step = 1; !is_kept(); ++step) {
    if (step % kStepsPerLook == 0 && clock.monotonic_ns() - began_ns > time_ns) return true;
    if (epoch.has_ready()) {
      epoch.reclaim(kReclaimPerStep);
    } else if (!evictor_.evict_one(engine_.books(), engine_.databases(), terms)) {
      return false;
    }
  }
  engine_.stats().eviction_exceeded_us +=
      static_cast<uint64_t>((clock.monotonic_ns() - over_since_ns_) / 1000);
  over_since_ns_ = 0;
  return true;
}

void MemoryLimit::evict_clients() {
  const SettingValues& v = engine_.values();
  const size_t most = static_cast<size_t>(v.maxmemory_clients.resolve(v.maxmemory));
  if (most == 0) return;
  while (clients_.total() > most) {
    Session* session = clients_.largest();
    if (session == nullptr) return;
    engine_.host().log(LogLevel::kNotice,
                       "Evicting client: " + client_line(*session, engine_.now_ms()));
    ++engine_.stats().evicted_clients;
    clients_.forget(*session);
    engine_.cut_off(*session);
  }
}

}  // namespace sorrel
