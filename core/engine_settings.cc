// What settings, pauses and loading mean for the engine's parts.

#include "core/engine.h"

#include <utility>

namespace sorrel {
namespace {

EncodingLimits encoding_limits(const SettingValues& v) {
  EncodingLimits limits;
  limits.hash_pack_fields_max = static_cast<size_t>(v.hash_max_listpack_entries);
  limits.hash_pack_value_bytes_max = static_cast<size_t>(v.hash_max_listpack_value);
  limits.list_block_size = v.list_max_listpack_size;
  limits.set_integers_max = static_cast<size_t>(v.set_max_intset_entries);
  limits.set_pack_members_max = static_cast<size_t>(v.set_max_listpack_entries);
  limits.set_pack_member_bytes_max = static_cast<size_t>(v.set_max_listpack_value);
  limits.zset_pack_members_max = static_cast<size_t>(v.zset_max_listpack_entries);
  limits.zset_pack_member_bytes_max = static_cast<size_t>(v.zset_max_listpack_value);
  limits.hyperloglog_sparse_bytes_max = static_cast<size_t>(v.hll_sparse_max_bytes);
  limits.stream_block_bytes = static_cast<uint64_t>(v.stream_node_max_bytes);
  limits.stream_block_entries = static_cast<uint64_t>(v.stream_node_max_entries);
  return limits;
}

}  // namespace

// What the settings mean for the keyspace; again whenever one of them changes.
void Engine::apply_settings() {
  const SettingValues& v = values();
  books_.lfu = is_lfu(v.maxmemory_policy);
  books_.lrm = v.maxmemory_policy == EvictionPolicy::kAllkeysLrm ||
               v.maxmemory_policy == EvictionPolicy::kVolatileLrm;
  books_.lfu_log_factor = static_cast<int>(v.lfu_log_factor);
  books_.lfu_decay_minutes = static_cast<int>(v.lfu_decay_time);
  books_.expiry_unlinks = v.lazyfree_lazy_expire;
  // Without a place to publish there is nothing to publish.
  const auto events = static_cast<uint32_t>(v.notify_keyspace_events);
  books_.event_mask = (events & (kEventKeyspace | kEventKeyevent)) != 0 ? events : 0;
  value_context_.limits = encoding_limits(v);
  tracks_durations_ = v.latency_tracking;
  // Only when it is another one: ACL SETUSER may have changed the user since.
  if (v.requirepass != required_password_) {
    required_password_ = v.requirepass;
    default_user_.require(v.requirepass);
  }
  apply_state();
  call_watch_.apply_settings();
  memory_limit_.look_anew();
}

bool Engine::values_track_access() const {
  const EvictionPolicy policy = values().maxmemory_policy;
  return values().maxmemory != 0 && (is_lfu(policy) || policy == EvictionPolicy::kAllkeysLru ||
                                     policy == EvictionPolicy::kVolatileLru);
}

// What pauses, loading and settings mean for calls and for expiry.
void Engine::apply_state() {
  tracks_too_much_ = tracking_.over_limit();
  quiet_ = values().maxmemory == 0 && !pause_.active() && !loading_ && write_refusal().empty() &&
           !stopped_ && !tracks_too_much_;
  books_.expired_until_ms = expired_until_ms();
  books_.expiry_deletes = !pause_.active() && !values().import_mode && !loading_;
}

void Engine::keep_tracking_within_limit() {
  if (!tracks_too_much_) return;
  tracking_.forget_over_limit();
  apply_state();
}

void Engine::set_loading(bool loading) {
  loading_ = loading;
  apply_state();
}

void Engine::stop() {
  stopped_ = true;
  apply_state();
}

void Engine::refuse_writes(RefusalCause cause, std::string error) {
  write_refusals_[static_cast<size_t>(cause)] = std::move(error);
  apply_state();
}

const std::string& Engine::write_refusal() const {
  for (const std::string& refusal : write_refusals_) {
    if (!refusal.empty()) return refusal;
  }
  return write_refusals_.back();
}

void Engine::pause(Pause::Kind kind, int64_t until_ms) {
  pause_.begin(kind, until_ms);
  apply_state();
}

void Engine::unpause() {
  if (!pause_.active()) return;
  pause_.end();
  apply_state();
  for (Session& session : sessions_) {
    if (!session.has(Session::kPaused)) continue;
    session.unset(Session::kPaused);
    mark_pending(session);
  }
}

}  // namespace sorrel
