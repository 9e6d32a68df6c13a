#include "core/call_watch.h"

#include "core/engine.h"

#include <algorithm>
#include <utility>

namespace sorrel {

using LogKind = CommandLog::Kind;

void CallWatch::apply_settings() {
  const SettingValues& v = engine_.values();
  command_log_.set(LogKind::kSlow, v.slowlog_log_slower_than,
                   static_cast<size_t>(v.slowlog_max_len));
  command_log_.set(LogKind::kLargeRequest, v.commandlog_request_larger_than,
                   static_cast<size_t>(v.commandlog_large_request_max_len));
  command_log_.set(LogKind::kLargeReply, v.commandlog_reply_larger_than,
                   static_cast<size_t>(v.commandlog_large_reply_max_len));
  latency_.set_threshold(v.latency_monitor_threshold);
  look_anew();
}

void CallWatch::look_anew() {
  const SettingValues& v = engine_.values();
  const auto or_never = [](int64_t threshold) {
    return threshold < 0 ? INT64_MAX / 1000 : threshold;
  };
  notable_ns_ = 1000 * or_never(v.slowlog_log_slower_than);
  if (v.latency_monitor_threshold != 0) {
    notable_ns_ = std::min(notable_ns_, v.latency_monitor_threshold * 1'000'000);
  }
  if (hot_keys_.counting()) notable_ns_ = 0;
  notable_bytes_ = static_cast<uint64_t>(std::min(or_never(v.commandlog_request_larger_than),
                                                  or_never(v.commandlog_reply_larger_than)));
}

void CallWatch::look_at(const Context& context, int64_t took_ns, uint64_t reply_bytes) {
  const uint32_t flags = context.command.spec->flags;
  note_spike((flags & kFast) != 0 ? "fast-command" : "command", took_ns);
  if (hot_keys_.counting()) count_hot_keys(context, took_ns, reply_bytes);
  if (flags & kSkipSlowlog) return;
  const int64_t seconds = engine_.now_ms() / 1000;
  const std::pair<LogKind, int64_t> amounts[] = {
      {LogKind::kSlow, took_ns / 1000},
      {LogKind::kLargeRequest, static_cast<int64_t>(context.request_bytes())},
      {LogKind::kLargeReply, static_cast<int64_t>(reply_bytes)}};
  for (const auto& [kind, amount] : amounts) {
    if (command_log_.wants(kind, amount)) command_log_.add(kind, amount, context, seconds);
  }
}

void CallWatch::count_hot_keys(const Context& context, int64_t took_ns, uint64_t reply_bytes) {
  if (hot_keys_.active(engine_.now_ms())) return hot_keys_.add(context, took_ns, reply_bytes);
  const ProcessFacts facts = engine_.host().process_facts();
  hot_keys_.stop(engine_.now_ms(), {static_cast<int64_t>(facts.cpu_user * 1000),
                                    static_cast<int64_t>(facts.cpu_system * 1000)});
  look_anew();
}

void CallWatch::note_spike(Bytes event, int64_t ns) {
  const int64_t ms = ns / 1'000'000;
  if (latency_.wants(ms)) latency_.add(event, ms, engine_.now_ms() / 1000);
}

}  // namespace sorrel
