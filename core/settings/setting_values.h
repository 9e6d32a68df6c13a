// SettingValues: every setting of an instance, as plain typed members.
//
// A member is named after its redis.conf directive, and its initialiser is the directive's default:
// the only place where a default is written. Everything else about a directive (aliases, bounds,
// whether it can change at run time, its documentation) is its row in core/settings/rows_*.cc.
// Hot paths read members directly through a `const SettingValues&`; only Settings
// (core/settings/settings.h) writes them. Sizes are bytes unless the comment says otherwise.
#pragma once

#include "core/settings/setting_enums.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sorrel {

/// One line of `save`: a snapshot is due when `seconds` passed and at least `changes` were made.
struct SavePoint {
  int64_t seconds;
  int64_t changes;
  bool operator==(const SavePoint&) const = default;
};

/// What a client of one class may leave unread. Zero is "no limit".
struct OutputBufferLimit {
  int64_t hard_bytes = 0;
  int64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const OutputBufferLimit&) const = default;
};

/// An amount of memory, absolute or as a share of maxmemory.
struct MemoryShare {
  int64_t bytes = 0;
  int64_t percent = 0;  // of maxmemory; when not zero, `bytes` is zero
  /// The amount for a given maxmemory; 0 is "no limit".
  int64_t resolve(int64_t maxmemory) const { return percent ? maxmemory / 100 * percent : bytes; }
  bool operator==(const MemoryShare&) const = default;
};

struct SettingValues {
  using Words = std::vector<std::string>;

  // Network
  std::vector<std::string> bind = {"*", "-::*"};  // a leading '-': may fail to bind
  int64_t port = 6379;                            // 0: no TCP
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive = 300;  // seconds, 0: off
  int64_t timeout = 0;          // idle seconds before a client is closed, 0: never
  bool protected_mode = true;
  std::string unixsocket;
  int64_t unixsocketperm = 0;  // file mode, 0: as the umask has it
  std::string bind_source_addr;
  int64_t socket_mark_id = 0;
  int64_t max_new_connections_per_cycle = 10;
  int64_t max_new_tls_connections_per_cycle = 1;
  bool mptcp = false;

  // TLS
  int64_t tls_port = 0;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_client_cert_file;
  std::string tls_client_key_file;
  std::string tls_client_key_file_pass;
  std::string tls_dh_params_file;
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  std::string tls_protocols;
  std::string tls_ciphers;
  std::string tls_ciphersuites;
  TlsAuthClients tls_auth_clients = TlsAuthClients::kYes;
  bool tls_replication = false;
  bool tls_cluster = false;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  int64_t tls_session_cache_size = 20480;   // sessions
  int64_t tls_session_cache_timeout = 300;  // seconds
  int64_t tls_auto_reload_interval = 0;     // seconds

  // Process
  bool daemonize = false;
  Supervision supervised = Supervision::kNo;
  std::string pidfile;
  std::string dir = ".";
  int64_t databases = 16;
  bool always_show_logo = false;
  bool set_proc_title = true;
  std::string proc_title_template = "{title} {listen-addr} {server-mode}";
  std::string locale_collate;
  int64_t hz = 10;  // background turns a second, 1 to 500
  bool dynamic_hz = true;
  bool activerehashing = true;
  bool disable_thp = true;
  OomScoreAdj oom_score_adj = OomScoreAdj::kNo;
  std::array<int64_t, 3> oom_score_adj_values = {0, 200, 800};  // primary, replica, child
  int64_t io_threads = 1;
  bool io_threads_do_reads = false;
  std::string server_cpulist;
  std::string bio_cpulist;
  std::string aof_rewrite_cpulist;
  std::string bgsave_cpulist;
  std::string ignore_warnings;
  bool crash_log_enabled = true;
  bool crash_memcheck_enabled = true;
  bool use_exit_on_panic = false;
  int64_t watchdog_period = 0;    // ms, 0: off
  int64_t shutdown_timeout = 10;  // seconds
  uint32_t shutdown_on_sigint = kShutdownDefault;
  uint32_t shutdown_on_sigterm = kShutdownDefault;
  std::string availability_zone;
  bool extended_redis_compatibility = false;

  // Logging
  LogLevel loglevel = LogLevel::kNotice;
  std::string logfile;  // empty: standard output
  LogFormat log_format = LogFormat::kLegacy;
  LogTimestampFormat log_timestamp_format = LogTimestampFormat::kLegacy;
  bool hide_user_data_from_log = true;
  bool syslog_enabled = false;
  std::string syslog_ident = "redis";
  SyslogFacility syslog_facility = SyslogFacility::kLocal0;

  // Clients
  int64_t maxclients = 10000;
  MemoryShare maxmemory_clients;
  int64_t client_query_buffer_limit = 1024ll * 1024 * 1024;
  int64_t proto_max_bulk_len = 512ll * 1024 * 1024;
  OutputBufferLimit output_limit_normal;
  OutputBufferLimit output_limit_replica = {256ll << 20, 64ll << 20, 60};
  OutputBufferLimit output_limit_pubsub = {32ll << 20, 8ll << 20, 60};
  bool pubsub_drops_oldest = false;             // a subscriber over its limit loses messages
  int64_t tracking_table_max_keys = 1'000'000;  // keys, 0: no limit

  // Memory
  int64_t maxmemory = 0;  // 0: no limit
  EvictionPolicy maxmemory_policy = EvictionPolicy::kNoEviction;
  int64_t maxmemory_samples = 5;
  int64_t maxmemory_eviction_tenacity = 10;  // 0 to 100
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_time = 1;  // minutes
  bool replica_ignore_maxmemory = true;
  int64_t active_expire_effort = 1;  // 1 to 10
  bool lazyfree_lazy_eviction = false;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
  bool jemalloc_bg_thread = true;
  bool activedefrag = false;
  int64_t active_defrag_ignore_bytes = 100ll << 20;
  int64_t active_defrag_threshold_lower = 10;   // percent
  int64_t active_defrag_threshold_upper = 100;  // percent
  int64_t active_defrag_cycle_min = 1;          // percent of CPU
  int64_t active_defrag_cycle_max = 25;         // percent of CPU
  int64_t active_defrag_cycle_us = 100;
  int64_t active_defrag_max_scan_fields = 1000;

  // Encodings of values
  int64_t hash_max_listpack_entries = 512;
  int64_t hash_max_listpack_value = 64;
  int64_t list_max_listpack_size = -2;  // elements, or -1..-5 for 4..64 KiB
  int64_t list_compress_depth = 0;
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;
  int64_t set_max_listpack_value = 64;
  int64_t zset_max_listpack_entries = 128;
  int64_t zset_max_listpack_value = 64;
  int64_t hll_sparse_max_bytes = 3000;
  int64_t stream_idmp_duration = 100;
  int64_t stream_idmp_maxsize = 100;
  int64_t stream_node_max_bytes = 4096;
  int64_t stream_node_max_entries = 100;

  // Observation: logs of commands, latency, events
  int64_t slowlog_log_slower_than = 10000;  // us, -1: off, 0: every command
  int64_t slowlog_max_len = 128;
  int64_t commandlog_request_larger_than = 1024 * 1024;  // -1: off
  int64_t commandlog_large_request_max_len = 128;
  int64_t commandlog_reply_larger_than = 1024 * 1024;  // -1: off
  int64_t commandlog_large_reply_max_len = 128;
  int64_t latency_monitor_threshold = 0;  // ms, 0: off
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};
  uint32_t notify_keyspace_events = 0;  // bits of core/settings/keyspace_events.h

  // Security
  std::string requirepass;
  std::string aclfile;
  int64_t acllog_max_len = 128;
  AclPubsubDefault acl_pubsub_default = AclPubsubDefault::kResetChannels;
  Permission enable_protected_configs = Permission::kNo;
  Permission enable_debug_command = Permission::kNo;
  Permission enable_module_command = Permission::kNo;
  SanitizeDumpPayload sanitize_dump_payload = SanitizeDumpPayload::kNo;
  std::vector<Words> user;            // one entry a line: name and rules
  std::vector<Words> rename_command;  // one entry a line: old name and new name

  // Scripts and modules
  int64_t busy_reply_threshold = 5000;  // ms
  std::vector<Words> loadmodule;        // one entry a line: path and arguments

  // Snapshots
  std::vector<SavePoint> save = {{3600, 1}, {300, 100}, {60, 10000}};
  std::string dbfilename = "dump.rdb";
  bool stop_writes_on_bgsave_error = true;
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool rdb_del_sync_files = false;
  bool rdb_save_incremental_fsync = true;
  int64_t rdb_version = 10;
  RdbVersionCheck rdb_version_check = RdbVersionCheck::kStrict;
  int64_t rdb_key_save_delay = 0;  // us, for tests
  int64_t key_load_delay = 0;      // us, for tests
  int64_t loading_process_events_interval_bytes = 2 * 1024 * 1024;

  // Append-only file
  bool appendonly = false;
  std::string appendfilename = "appendonly.aof";
  std::string appenddirname = "appendonlydir";
  AppendFsync appendfsync = AppendFsync::kEverySecond;
  bool no_appendfsync_on_rewrite = false;
  int64_t auto_aof_rewrite_percentage = 100;
  int64_t auto_aof_rewrite_min_size = 64ll << 20;
  bool aof_load_truncated = true;
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_rewrite_incremental_fsync = true;
  bool aof_disable_auto_gc = false;

  // Backups
  std::string backupdirname = "backupdir";
  int64_t backup_sealed_ttl = 0;  // seconds; 0: for ever
  std::string preload_file;       // TYPE:PATH; empty: the server's own files

  // Replication
  std::string replicaof_host;  // empty: a primary
  int64_t replicaof_port = 0;
  std::string masterauth;
  std::string masteruser;
  bool replica_serve_stale_data = true;
  bool replica_read_only = true;
  bool replica_lazy_flush = false;
  bool replica_ignore_disk_write_errors = false;
  bool replica_announced = true;
  std::string replica_announce_ip;
  int64_t replica_announce_port = 0;
  int64_t replica_priority = 100;
  bool repl_diskless_sync = true;
  int64_t repl_diskless_sync_delay = 5;  // seconds
  int64_t repl_diskless_sync_max_replicas = 0;
  DisklessLoad repl_diskless_load = DisklessLoad::kDisabled;
  int64_t repl_ping_replica_period = 10;  // seconds
  int64_t repl_timeout = 60;              // seconds
  bool repl_disable_tcp_nodelay = false;
  int64_t repl_backlog_size = 1024 * 1024;
  int64_t repl_backlog_ttl = 3600;  // seconds
  int64_t min_replicas_to_write = 0;
  int64_t min_replicas_max_lag = 10;  // seconds
  PropagationErrorBehavior propagation_error_behavior = PropagationErrorBehavior::kIgnore;
  bool dual_channel_replication_enabled = false;
  bool repl_mptcp = false;
  bool import_mode = false;

  // Cluster
  bool cluster_enabled = false;
  std::string cluster_config_file = "nodes.conf";
  int64_t cluster_node_timeout = 15000;  // ms
  int64_t cluster_port = 0;              // 0: port + 10000
  int64_t cluster_replica_validity_factor = 10;
  int64_t cluster_migration_barrier = 1;
  bool cluster_allow_replica_migration = true;
  bool cluster_require_full_coverage = true;
  bool cluster_replica_no_failover = false;
  bool cluster_allow_reads_when_down = false;
  bool cluster_allow_pubsubshard_when_down = true;
  int64_t cluster_link_sendbuf_limit = 0;
  std::string cluster_announce_hostname;
  std::string cluster_announce_human_nodename;
  ClusterEndpointType cluster_preferred_endpoint_type = ClusterEndpointType::kIp;
  std::string cluster_announce_ip;
  int64_t cluster_announce_port = 0;
  int64_t cluster_announce_tls_port = 0;
  int64_t cluster_announce_bus_port = 0;
  int64_t cluster_ping_interval = 0;               // ms, hidden
  int64_t cluster_manual_failover_timeout = 5000;  // ms
  int64_t cluster_blacklist_ttl = 60;              // seconds
  bool cluster_slot_stats_enabled = false;
};

}  // namespace sorrel
