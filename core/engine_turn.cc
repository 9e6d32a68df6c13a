// The engine's turn: the clock, bounded work that goes on without anybody asking, and keeping
// within the limits of memory.

#include "core/client_info.h"
#include "core/engine.h"
#include "core/keyspace/access_clock.h"

#include <algorithm>

namespace sorrel {
namespace {

constexpr size_t kReclaimPerTick = 64;
constexpr size_t kGiveBackPerTick = size_t{256} << 10;
constexpr size_t kDatabasesPerTick = 1024;
constexpr size_t kExpirePerTick = 256;  // at an effort of 1; four times that at 10

}  // namespace

void Engine::begin_turn() {
  books_.now_ms = clock_.unix_us() / 1000;
  books_.expired_until_ms = expired_until_ms();
  books_.lru_clock = lru_seconds(books_.now_ms);
  if (pause_.over(books_.now_ms)) unpause();
}

bool Engine::tick() {
  sample_rates();
  blocking_.end_overdue(now_ms());
  const bool more = background_work_ && work_in_background();
  tracking_.broadcast();
  return more;
}

bool Engine::work_in_background() {
  bool more = epoch_.reclaim(kReclaimPerTick);
  more |= heap_->give_back(kGiveBackPerTick);
  more |= compactor_.tick(values());
  more |= tracking_.tick();
  evict_clients();
  more |= over_limit_since_ns_ != 0 && make_room() && over_limit_since_ns_ != 0;
  if (!books_.expiry_deletes || !active_expiry_) return more;
  // One budget for all databases: the turn's length doesn't depend on their number. Whoever is
  // served last waits for the next turn, not for ever: what is due is gone then.
  size_t budget = kExpirePerTick * static_cast<size_t>(values().active_expire_effort + 2) / 3;
  const uint64_t expired_before = stats_.expired_keys + stats_.expired_subkeys;
  const int64_t began_ns = clock_.monotonic_ns();
  for (size_t i = std::min(databases_.size(), kDatabasesPerTick); i > 0; --i) {
    if (next_to_expire_ == databases_.size()) next_to_expire_ = 0;
    databases_[next_to_expire_++]->expire_due(books_, budget);
  }
  if (stats_.expired_keys + stats_.expired_subkeys != expired_before) {
    const int64_t took_ns = clock_.monotonic_ns() - began_ns;
    stats_.expire_cycle_us += static_cast<uint64_t>(took_ns / 1000);
    note_spike("expire-cycle", took_ns);
  }
  stats_.expired_time_cap_reached += budget == 0;
  return more || budget == 0;
}

void Engine::sample_rates() {
  const int64_t elapsed_ms = now_ms() - rates_.last_ms;
  if (elapsed_ms >= 0 && elapsed_ms < Rates::kIntervalMs) return;
  rates_.commands.sample(stats_.commands_processed, elapsed_ms);
  rates_.input_bytes.sample(stats_.net_input_bytes, elapsed_ms);
  rates_.output_bytes.sample(stats_.net_output_bytes, elapsed_ms);
  rates_.last_ms = now_ms();
  stats_.peak_memory = peak_memory();
}

void Engine::reset_statistics() {
  const uint64_t peak = used_memory();
  stats_ = Stats();
  stats_.peak_memory = peak;
  rates_ = Rates();
  for (const auto& command : commands_.all()) {
    command->calls = command->nanoseconds = 0;
    command->rejected_calls = command->failed_calls = 0;
    command->durations.clear();
  }
}

int64_t Engine::over_memory_limit_ms() const {
  return over_limit_since_ns_ == 0 ? 0 : (clock_.monotonic_ns() - over_limit_since_ns_) / 1'000'000;
}

// ---- Memory.

namespace {

// How often eviction looks at the clock.
constexpr int kEvictionsPerLook = 16;

// maxmemory-eviction-tenacity: up to 10, half a millisecond; then growing to, at 100, for ever.
int64_t eviction_time_ns(int64_t tenacity) {
  if (tenacity <= 10) return 50'000 * tenacity;
  if (tenacity >= 100) return INT64_MAX;
  double us = 500;
  for (int64_t i = 10; i < tenacity; ++i) us *= 1.15;
  return static_cast<int64_t>(us * 1000);
}

}  // namespace

bool Engine::make_room() {
  const size_t limit = static_cast<size_t>(values().maxmemory);
  if (limit == 0 || used_memory() <= limit) {
    over_limit_since_ns_ = 0;
    return true;
  }
  if (!books_.expiry_deletes) return true;  // paused, or importing: nothing goes by itself
  return evict_keys();
}

bool Engine::evict_keys() {
  const SettingValues& v = values();
  const size_t limit = static_cast<size_t>(v.maxmemory);
  const Evictor::Terms terms{v.maxmemory_policy, static_cast<size_t>(v.maxmemory_samples),
                             v.lazyfree_lazy_eviction};
  const int64_t began_ns = clock_.monotonic_ns();
  const int64_t time_ns = eviction_time_ns(v.maxmemory_eviction_tenacity);
  if (over_limit_since_ns_ == 0) over_limit_since_ns_ = began_ns;
  for (int evicted = 1; used_memory() > limit; ++evicted) {
    // What was evicted before counts only when it is freed.
    if (epoch_.has_retired() && epoch_.reclaim(kReclaimPerTick)) continue;
    if (used_memory() <= limit) break;
    if (!evictor_.evict_one(books_, databases_, terms)) return epoch_.has_retired();
    if (evicted % kEvictionsPerLook == 0 && clock_.monotonic_ns() - began_ns > time_ns) return true;
  }
  stats_.eviction_exceeded_us +=
      static_cast<uint64_t>((clock_.monotonic_ns() - over_limit_since_ns_) / 1000);
  over_limit_since_ns_ = 0;
  return true;
}

void Engine::evict_clients() {
  const size_t limit = static_cast<size_t>(values().maxmemory_clients.resolve(values().maxmemory));
  if (limit == 0) return;
  while (client_memory_.total() > limit) {
    Session* session = client_memory_.largest();
    if (session == nullptr) return;
    host_.log(LogLevel::kNotice, "Evicting client: " + client_line(*session, now_ms()));
    ++stats_.evicted_clients;
    client_memory_.forget(*session);
    cut_off(*session);
  }
}

size_t Engine::used_memory() const {
  return heap_->used() + client_memory_.total();
}

}  // namespace sorrel
