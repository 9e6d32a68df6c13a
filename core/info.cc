#include "core/info.h"

#include "core/engine.h"
#include "core/memory_report.h"
#include "core/version.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <set>

namespace sorrel {
namespace {

class Section {
 public:
  explicit Section(std::string& out) : out_(out) {}
  void title(Bytes title) {
    if (!out_.empty()) out_ += "\r\n";
    out_ += "# ";
    out_ += title;
    out_ += "\r\n";
  }
  void text(Bytes name, Bytes value) {
    out_ += name;
    out_ += ':';
    out_ += value;
    out_ += "\r\n";
  }
  void number(Bytes name, int64_t value) { text(name, std::to_string(value)); }
  void size(Bytes name, size_t value) { text(name, std::to_string(value)); }
  void real(Bytes name, double value, int digits, Bytes unit = "") {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    text(name, buffer + std::string(unit));
  }
  void human(Bytes name, size_t bytes) {
    static constexpr std::array<char, 6> kUnits = {'B', 'K', 'M', 'G', 'T', 'P'};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < kUnits.size()) {
      value /= 1024;
      ++unit;
    }
    real(name, value, unit == 0 ? 0 : 2, Bytes(&kUnits[unit], 1));
  }

 private:
  std::string& out_;
};

// Numbered by their kind, so that a Unix socket alone is the second.
void listeners(Host& host, Section& out) {
  const ListenerFacts facts = host.listeners();
  std::string tcp = "name=tcp";
  for (const std::string& address : facts.tcp_addresses) tcp += ",bind=" + address;
  tcp += ",port=" + std::to_string(host.port());
  if (!facts.tcp_addresses.empty()) out.text("listener0", tcp);
  if (!facts.unix_path.empty()) out.text("listener1", "name=unix,bind=" + facts.unix_path);
}

void server(Engine& engine, Section& out) {
  const ProcessFacts facts = engine.host().process_facts();
  const int64_t uptime = (engine.now_ms() - engine.started_ms()) / 1000;
  out.text("redis_version", kRedisVersion);
  out.text("redis_git_sha1", "00000000");
  out.number("redis_git_dirty", 0);
  out.text("redis_build_id", kSorrelVersion);
  out.text("redis_mode", "standalone");
  out.text("os", facts.os);
  out.size("arch_bits", sizeof(void*) * 8);
  out.text("monotonic_clock", facts.monotonic_clock);
  out.text("multiplexing_api", facts.event_api);
  out.text("atomicvar_api", "c11-builtin");
  out.text("gcc_version", std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
                              std::to_string(__GNUC_PATCHLEVEL__));
  out.number("process_id", facts.process_id);
  out.text("process_supervised", facts.supervised);
  out.text("run_id", engine.run_id());
  out.number("tcp_port", engine.host().port());
  out.number("server_time_usec", engine.clock().unix_us());
  out.number("uptime_in_seconds", uptime);
  out.number("uptime_in_days", uptime / 86400);
  out.number("hz", engine.values().hz);
  out.number("configured_hz", engine.values().hz);
  out.number("lru_clock", engine.books().lru_clock);
  out.text("executable", facts.executable);
  out.text("config_file", facts.config_file);
  out.number("io_threads_active", 0);
  listeners(engine.host(), out);
  out.text("server_name", kServerName);
  out.text("sorrel_version", kSorrelVersion);
}

void clients(Engine& engine, Section& out) {
  size_t connected = 0;
  size_t paused = 0;
  size_t largest_input = 0;
  size_t largest_output = 0;
  for (const Session& session : engine.sessions()) {
    if (session.has(Session::kInternal)) continue;
    ++connected;
    paused += session.has(Session::kPaused) ? 1 : 0;
    largest_output = std::max(largest_output, session.output.size());
    if (session.transport != nullptr) {
      largest_input = std::max(largest_input, session.transport->query_buffer());
    }
  }
  out.size("connected_clients", connected);
  out.number("cluster_connections", 0);
  out.number("maxclients", engine.values().maxclients);
  out.size("client_recent_max_input_buffer", largest_input);
  out.size("client_recent_max_output_buffer", largest_output);
  out.size("blocked_clients", engine.blocking().waiting() + paused);
  out.size("tracking_clients", engine.tracking().clients());
  out.size("clients_in_timeout_table", engine.blocking().deadlines());
  out.size("total_blocking_keys", engine.blocking().keys());
  out.size("total_blocking_keys_on_nokey", engine.blocking().keys_watched_to_go());
  out.size("pubsub_clients", engine.pubsub().clients());
}

void memory(Engine& engine, Section& out) {
  const MemoryReport m = report_memory(engine);
  const size_t maxmemory = static_cast<size_t>(engine.values().maxmemory);
  const int64_t rss = static_cast<int64_t>(m.resident);
  const int64_t used = static_cast<int64_t>(m.used);
  out.size("used_memory", m.used);
  out.human("used_memory_human", m.used);
  out.size("used_memory_rss", m.resident);
  out.human("used_memory_rss_human", m.resident);
  out.size("used_memory_peak", m.peak);
  out.human("used_memory_peak_human", m.peak);
  out.real("used_memory_peak_perc", m.peak_percent(), 2, "%");
  out.size("used_memory_overhead", m.overhead);
  out.size("used_memory_startup", m.startup);
  out.size("used_memory_dataset", m.dataset);
  out.real("used_memory_dataset_perc", m.dataset_percent(), 2, "%");
  out.size("allocator_allocated", m.used);
  out.size("allocator_active", m.active);
  out.size("allocator_resident", m.reserved);
  const ProcessFacts facts = engine.host().process_facts();
  out.size("total_system_memory", facts.machine_memory_bytes);
  out.human("total_system_memory_human", facts.machine_memory_bytes);
  for (const Bytes name : {"used_memory_lua", "used_memory_vm_eval"}) out.number(name, 0);
  out.human("used_memory_lua_human", 0);
  for (const Bytes name :
       {"used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions",
        "number_of_libraries", "used_memory_vm_functions", "used_memory_vm_total"}) {
    out.number(name, 0);
  }
  out.human("used_memory_vm_total_human", 0);
  out.number("used_memory_functions", 0);
  out.number("used_memory_scripts", 0);
  out.human("used_memory_scripts_human", 0);
  out.size("maxmemory", maxmemory);
  out.human("maxmemory_human", maxmemory);
  const Bytes policy = "maxmemory-policy";
  out.text("maxmemory_policy", engine.settings().get({&policy, 1}).front().second);
  out.real("allocator_frag_ratio", ratio(m.active, m.used), 2);
  out.size("allocator_frag_bytes", m.active - m.used);
  out.real("allocator_rss_ratio", ratio(m.reserved, m.active), 2);
  out.size("allocator_rss_bytes", m.reserved - m.active);
  out.real("rss_overhead_ratio", ratio(m.resident, m.reserved), 2);
  out.number("rss_overhead_bytes", rss - static_cast<int64_t>(m.reserved));
  out.real("mem_fragmentation_ratio", m.fragmentation(), 2);
  out.number("mem_fragmentation_bytes", rss - used);
  out.size("mem_not_counted_for_evict", engine.epoch().held_bytes());
  for (const Bytes name :
       {"mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves"}) {
    out.number(name, 0);
  }
  out.size("mem_clients_normal", m.clients);
  out.number("mem_cluster_links", 0);
  out.number("mem_aof_buffer", 0);
  out.text("mem_allocator", facts.allocator);
  out.number("active_defrag_running", engine.compactor().effort_percent());
  out.size("lazyfree_pending_objects", m.retired_items);
  out.size("lazyfreed_objects",
           static_cast<size_t>(engine.epoch().retired_total() - engine.stats().retired_before) -
               m.retired_items);
}

Bytes ok_or_err(bool ok) {
  return ok ? "ok" : "err";
}

void snapshot(const DurabilityFacts::Snapshot& rdb, Section& out) {
  out.number("rdb_bgsave_in_progress", rdb.running);
  out.number("rdb_last_save_time", rdb.last_save_time);
  out.text("rdb_last_bgsave_status", ok_or_err(rdb.last_ok));
  out.number("rdb_last_bgsave_time_sec", rdb.last_seconds);
  out.number("rdb_current_bgsave_time_sec", rdb.current_seconds);
  out.size("rdb_saves", rdb.saves);
  out.size("rdb_last_cow_size", rdb.last_cow_bytes);
  out.size("rdb_last_load_keys_expired", rdb.loaded_expired_keys);
  out.size("rdb_last_load_keys_loaded", rdb.loaded_keys);
}

void append_only(const DurabilityFacts::AppendOnly& aof, Section& out) {
  out.number("aof_enabled", aof.enabled);
  out.number("aof_rewrite_in_progress", aof.rewriting);
  out.number("aof_rewrite_scheduled", aof.rewrite_scheduled);
  out.number("aof_last_rewrite_time_sec", aof.last_rewrite_seconds);
  out.number("aof_current_rewrite_time_sec", aof.current_rewrite_seconds);
  out.text("aof_last_bgrewrite_status", ok_or_err(aof.last_rewrite_ok));
  out.size("aof_rewrites", aof.rewrites);
  out.size("aof_rewrites_consecutive_failures", aof.rewrites_failed_in_a_row);
  out.text("aof_last_write_status", ok_or_err(aof.last_write_ok));
  out.size("aof_last_cow_size", aof.last_cow_bytes);
}

void append_only_files(const DurabilityFacts::AppendOnly& aof, Section& out) {
  out.size("aof_current_size", aof.bytes);
  out.size("aof_base_size", aof.base_bytes);
  out.number("aof_pending_rewrite", 0);
  out.size("aof_buffer_length", aof.buffered_bytes);
  out.size("aof_pending_bio_fsync", aof.pending_fsyncs);
  out.size("aof_delayed_fsync", aof.delayed_fsyncs);
  out.number("aof_fsync_usec", aof.fsync_us);
  out.size("aof_held_clients", aof.held_clients);
}

void loading(const DurabilityFacts::Loading& load, Section& out) {
  const double total = static_cast<double>(load.total_bytes);
  out.number("loading_start_time", load.start_time);
  out.size("loading_total_bytes", load.total_bytes);
  out.size("loading_rdb_used_mem", load.used_memory_of_file);
  out.size("loading_loaded_bytes", load.loaded_bytes);
  out.real("loading_loaded_perc",
           total == 0 ? 0 : static_cast<double>(load.loaded_bytes) * 100 / total, 2);
  out.number("loading_eta_seconds", load.eta_seconds);
}

void persistence(Engine& engine, Section& out) {
  DurabilityFacts facts;
  if (engine.durability() != nullptr) {
    facts = engine.durability()->facts();
  } else {
    facts.rdb.last_save_time = engine.started_ms() / 1000;
    facts.rdb.changes_since_save = engine.books().dirty;
  }
  const double keys = static_cast<double>(facts.keys_to_save);
  out.number("loading", engine.loading());
  out.number("async_loading", 0);
  out.size("current_cow_peak", facts.cow_bytes_peak);
  out.size("current_cow_size", facts.cow_bytes_now);
  out.number("current_cow_size_age", 0);
  out.real("current_fork_perc", keys == 0 ? 0 : static_cast<double>(facts.keys_saved) * 100 / keys,
           2);
  out.size("current_save_keys_processed", facts.keys_saved);
  out.size("current_save_keys_total", facts.keys_to_save);
  out.size("rdb_changes_since_last_save", facts.rdb.changes_since_save);
  snapshot(facts.rdb, out);
  append_only(facts.aof, out);
  out.number("module_fork_in_progress", 0);
  out.number("module_fork_last_cow_size", 0);
  out.number("backup_in_progress", facts.backup_in_progress);
  if (facts.aof.enabled) append_only_files(facts.aof, out);
  if (facts.loading.running) loading(facts.loading, out);
}

void zeros(Section& out, std::initializer_list<Bytes> names) {
  for (const Bytes name : names) out.number(name, 0);
}

// EXEC's time is that of the calls in it, which count for themselves.
uint64_t nanoseconds_of_commands(Engine& engine) {
  uint64_t sum = 0;
  for (const auto& command : engine.commands().all()) {
    if (command->spec->name != "exec") sum += command->nanoseconds;
  }
  return sum;
}

void turns(Engine& engine, Section& out) {
  const Stats& s = engine.stats();
  const double per_second = engine.rates().turns.per_second();
  const double each_us =
      per_second == 0 ? 0 : engine.rates().turn_ns.per_second() / per_second / 1000;
  out.size("eventloop_cycles", s.turns);
  out.size("eventloop_duration_sum", s.turn_ns / 1000);
  out.size("eventloop_duration_cmd_sum", nanoseconds_of_commands(engine) / 1000);
  out.number("instantaneous_eventloop_cycles_per_sec", static_cast<int64_t>(per_second));
  out.number("instantaneous_eventloop_duration_usec", static_cast<int64_t>(each_us));
}

void statistics(Engine& engine, Section& out) {
  const Stats& s = engine.stats();
  const Rates& rates = engine.rates();
  out.size("total_connections_received", s.connections_received);
  out.size("total_commands_processed", s.commands_processed);
  out.number("instantaneous_ops_per_sec", static_cast<int64_t>(rates.commands.per_second()));
  out.size("total_net_input_bytes", s.net_input_bytes);
  out.size("total_net_output_bytes", s.net_output_bytes);
  zeros(out, {"total_net_repl_input_bytes", "total_net_repl_output_bytes"});
  out.real("instantaneous_input_kbps", rates.input_bytes.per_second() / 1024, 2);
  out.real("instantaneous_output_kbps", rates.output_bytes.per_second() / 1024, 2);
  out.real("instantaneous_input_repl_kbps", 0, 2);
  out.real("instantaneous_output_repl_kbps", 0, 2);
  out.size("rejected_connections", s.connections_rejected);
  zeros(out, {"sync_full", "sync_partial_ok", "sync_partial_err"});
  out.size("expired_keys", s.expired_keys);
  out.real("expired_stale_perc", 0, 2);
  out.size("expired_time_cap_reached_count", s.expired_time_cap_reached);
  out.size("expire_cycle_cpu_milliseconds", s.expire_cycle_us / 1000);
  out.size("evicted_keys", s.evicted_keys);
  out.size("evicted_clients", s.evicted_clients);
  out.size("total_eviction_exceeded_time", s.eviction_exceeded_us / 1000);
  out.number("current_eviction_exceeded_time", engine.memory_limit().over_ms());
  out.size("keyspace_hits", s.keyspace_hits);
  out.size("keyspace_misses", s.keyspace_misses);
  out.size("pubsub_channels", engine.pubsub().channels());
  out.size("pubsub_patterns", engine.pubsub().patterns());
  out.size("pubsubshard_channels", engine.pubsub().shard_channels());
  const DurabilityFacts facts =
      engine.durability() != nullptr ? engine.durability()->facts() : DurabilityFacts();
  out.number("latest_fork_usec", facts.last_freeze_us);
  out.size("total_forks", facts.freezes);
  zeros(out, {"migrate_cached_sockets", "slave_expires_tracked_keys"});
  out.size("active_defrag_hits", s.defrag_hits);
  out.size("active_defrag_misses", s.defrag_misses);
  out.size("active_defrag_key_hits", s.defrag_key_hits);
  out.size("active_defrag_key_misses", s.defrag_key_misses);
  out.size("total_active_defrag_time", s.defrag_ns / 1'000'000);
  out.number("current_active_defrag_time", engine.compactor().cycle_us() / 1000);
  out.size("tracking_total_keys", engine.tracking().keys());
  out.size("tracking_total_items", engine.tracking().items());
  out.size("tracking_total_prefixes", engine.tracking().prefixes());
  zeros(out, {"unexpected_error_replies"});
  out.size("total_error_replies", s.error_replies);
  zeros(out, {"dump_payload_sanitizations"});
  out.size("total_reads_processed", s.reads_processed);
  out.size("total_writes_processed", s.writes_processed);
  zeros(out, {"io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks",
              "reply_buffer_expands"});
  turns(engine, out);
  out.size("client_query_buffer_limit_disconnections", s.query_buffer_limit_disconnections);
  out.size("client_output_buffer_limit_disconnections", s.output_buffer_limit_disconnections);
  out.size("acl_access_denied_auth", engine.acl_log().denied());
  zeros(out, {"acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel"});
  out.size("expired_subkeys", s.expired_subkeys);
  out.size("pubsub_dropped_messages", s.dropped_messages);
}

void replication(Engine& engine, Section& out) {
  out.text("role", "master");
  out.number("connected_slaves", 0);
  out.text("master_failover_state", "no-failover");
  out.text("master_replid", engine.replication_id());
  out.text("master_replid2", std::string(40, '0'));
  out.size("master_repl_offset", engine.journal().offset());
  out.number("second_repl_offset", -1);
  out.number("repl_backlog_active", 0);
  out.number("repl_backlog_size", engine.values().repl_backlog_size);
  out.number("repl_backlog_first_byte_offset", 0);
  out.number("repl_backlog_histlen", 0);
}

void cpu(Engine& engine, Section& out) {
  const ProcessFacts facts = engine.host().process_facts();
  out.real("used_cpu_sys", facts.cpu_system, 6);
  out.real("used_cpu_user", facts.cpu_user, 6);
  out.real("used_cpu_sys_children", facts.cpu_children_system, 6);
  out.real("used_cpu_user_children", facts.cpu_children_user, 6);
  out.real("used_cpu_sys_main_thread", facts.cpu_thread_system, 6);
  out.real("used_cpu_user_main_thread", facts.cpu_thread_user, 6);
}

void modules(Engine&, Section&) {}

Bytes shown_name(const Command& command) {
  return command.parent == nullptr ? Bytes(command.name) : command.spec->name;
}

void command_statistics(Engine& engine, Section& out) {
  for (const auto& command : engine.commands().all()) {
    if (command->calls + command->rejected_calls + command->failed_calls == 0) continue;
    const double us = static_cast<double>(command->nanoseconds) / 1000;
    char value[160];
    std::snprintf(value, sizeof value,
                  "calls=%" PRIu64 ",usec=%.0f,usec_per_call=%.2f,rejected_calls=%" PRIu64
                  ",failed_calls=%" PRIu64,
                  command->calls, us,
                  command->calls == 0 ? 0.0 : us / static_cast<double>(command->calls),
                  command->rejected_calls, command->failed_calls);
    out.text("cmdstat_" + std::string(shown_name(*command)), value);
  }
}

void error_statistics(Engine& engine, Section& out) {
  for (const auto& [code, count] : engine.stats().errors) {
    out.text("errorstat_" + code, "count=" + std::to_string(count));
  }
}

void latency_statistics(Engine& engine, Section& out) {
  for (const auto& command : engine.commands().all()) {
    if (command->durations.total() == 0) continue;
    std::string value;
    for (const double percent : engine.values().latency_tracking_info_percentiles) {
      char item[64];
      std::snprintf(item, sizeof item, "%sp%.10g=%.3f", value.empty() ? "" : ",", percent,
                    static_cast<double>(command->durations.percentile(percent)) / 1000);
      value += item;
    }
    out.text("latency_percentiles_usec_" + std::string(shown_name(*command)), value);
  }
}

void cluster(Engine&, Section& out) {
  out.number("cluster_enabled", 0);
}

// Estimated from a sample: the exact mean would cost a look at every key.
int64_t average_ttl_ms(Engine& engine, const Keyspace& db) {
  const Entry* sampled[32];
  const size_t count = db.expiries().sample(engine.random(), std::size(sampled), sampled);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += static_cast<double>(std::max<int64_t>(sampled[i]->expiry().at_ms - engine.now_ms(), 0));
  }
  return count == 0 ? 0 : static_cast<int64_t>(sum / static_cast<double>(count));
}

/// Keys with elements that expire. Redis 7.4 tells it; parsers of older servers' lines see it only
/// where there are some.
std::string expiring_elements(const Keyspace& db) {
  const size_t keys = db.element_expiries().size();
  return keys == 0 ? "" : ",subexpiry=" + std::to_string(keys);
}

void keyspace(Engine& engine, Section& out) {
  for (int i = 0; i < engine.database_count(); ++i) {
    const Keyspace& db = engine.database(i);
    if (db.size() == 0) continue;
    out.text("db" + std::to_string(i),
             "keys=" + std::to_string(db.size()) +
                 ",expires=" + std::to_string(db.expiries().size()) +
                 ",avg_ttl=" + std::to_string(average_ttl_ms(engine, db)) + expiring_elements(db));
  }
}

enum class Shown : uint8_t { kByDefault, kInAll, kInEverything };

struct SectionRow {
  Bytes name;
  Bytes title;
  void (*write)(Engine&, Section&);
  Shown shown;
};

constexpr SectionRow kSections[] = {
    {"server", "Server", server, Shown::kByDefault},
    {"clients", "Clients", clients, Shown::kByDefault},
    {"memory", "Memory", memory, Shown::kByDefault},
    {"persistence", "Persistence", persistence, Shown::kByDefault},
    {"stats", "Stats", statistics, Shown::kByDefault},
    {"replication", "Replication", replication, Shown::kByDefault},
    {"cpu", "CPU", cpu, Shown::kByDefault},
    {"modules", "Modules", modules, Shown::kByDefault},
    {"commandstats", "Commandstats", command_statistics, Shown::kInAll},
    {"errorstats", "Errorstats", error_statistics, Shown::kByDefault},
    {"latencystats", "Latencystats", latency_statistics, Shown::kInAll},
    {"cluster", "Cluster", cluster, Shown::kByDefault},
    {"keyspace", "Keyspace", keyspace, Shown::kByDefault},
};

bool wants(const SectionRow& row, std::span<const Bytes> asked) {
  if (asked.empty()) return row.shown == Shown::kByDefault;
  return std::any_of(asked.begin(), asked.end(), [&](Bytes word) {
    if (equals_ignore_case(word, row.name)) return true;
    if (equals_ignore_case(word, "default")) return row.shown == Shown::kByDefault;
    if (equals_ignore_case(word, "all")) return row.shown != Shown::kInEverything;
    return equals_ignore_case(word, "everything");
  });
}

}  // namespace

std::string info_text(Engine& engine, std::span<const Bytes> sections) {
  std::string text;
  Section out(text);
  for (const SectionRow& row : kSections) {
    if (!wants(row, sections)) continue;
    out.title(row.title);
    row.write(engine, out);
  }
  return text;
}

}  // namespace sorrel
