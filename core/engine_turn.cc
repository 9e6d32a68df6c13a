// The engine's turn: the clock, and bounded work that goes on without anybody asking.

#include "core/engine.h"
#include "core/keyspace/access_clock.h"

namespace sorrel {
namespace {

constexpr size_t kReclaimPerTick = 64;
constexpr size_t kGiveBackPerTick = size_t{256} << 10;
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
  blocking_.serve();
  tracking_.broadcast();
  return more;
}

bool Engine::work_in_background() {
  bool more = epoch_.reclaim(kReclaimPerTick);
  more |= heap_->give_back(kGiveBackPerTick);
  more |= compactor_.tick(values());
  more |= tracking_.tick();
  more |= memory_limit_.tick();
  if (books_.expiry_deletes && expires_actively_) more |= expire_actively();
  return more;
}

bool Engine::expire_actively() {
  if (active_expiry_.keyspaces() == 0) return false;
  size_t budget = kExpirePerTick * static_cast<size_t>(values().active_expire_effort + 2) / 3;
  const uint64_t expired_before = stats_.expired_keys + stats_.expired_subkeys;
  const int64_t began_ns = clock_.monotonic_ns();
  active_expiry_.tick(books_, budget);
  if (stats_.expired_keys + stats_.expired_subkeys != expired_before) {
    const int64_t took_ns = clock_.monotonic_ns() - began_ns;
    stats_.expire_cycle_us += static_cast<uint64_t>(took_ns / 1000);
    call_watch_.note_spike("expire-cycle", took_ns);
  }
  stats_.expired_time_cap_reached += budget == 0;
  return budget == 0;
}

void Engine::sample_rates() {
  const int64_t elapsed_ms = now_ms() - rates_.last_ms;
  if (elapsed_ms >= 0 && elapsed_ms < Rates::kIntervalMs) return;
  rates_.commands.sample(stats_.commands_processed, elapsed_ms);
  rates_.input_bytes.sample(stats_.net_input_bytes, elapsed_ms);
  rates_.output_bytes.sample(stats_.net_output_bytes, elapsed_ms);
  rates_.turns.sample(stats_.turns, elapsed_ms);
  rates_.turn_ns.sample(stats_.turn_ns, elapsed_ms);
  rates_.last_ms = now_ms();
  stats_.peak_memory = peak_memory();
}

void Engine::reset_statistics() {
  const uint64_t peak = stats_.peak_memory;
  stats_ = Stats();
  stats_.peak_memory = peak;
  stats_.retired_before = epoch_.retired_total() - epoch_.retired_items();
  rates_ = Rates();
  if (durability_ != nullptr) durability_->reset_counts();
  for (const auto& command : commands_.all()) {
    command->calls = command->nanoseconds = 0;
    command->rejected_calls = command->failed_calls = 0;
    command->durations.clear();
  }
}

}  // namespace sorrel
